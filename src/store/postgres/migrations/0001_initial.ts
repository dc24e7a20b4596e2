/** The first schema: the log of runs, prices, what comes with them, locks. @module */

/** SQL of migration 1. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE ingest_logs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id text COLLATE "C" NOT NULL UNIQUE,
  run_id text COLLATE "C" NOT NULL,
  ticker text COLLATE "C",
  source text COLLATE "C" NOT NULL,
  command text COLLATE "C" NOT NULL,
  started_at timestamptz(3) NOT NULL,
  finished_at timestamptz(3),
  status text COLLATE "C" NOT NULL CHECK (status IN ('running', 'success', 'skipped', 'failed',
    'lock_busy', 'lock_timeout', 'interrupted', 'abandoned', 'dry_run')),
  lock_action text COLLATE "C"
    CHECK (lock_action IN ('acquired', 'waited', 'busy', 'timed_out')),
  lock_waited_seconds double precision,
  rows_fetched bigint,
  rows_inserted bigint,
  rows_updated bigint,
  rows_unchanged bigint,
  rows_rejected bigint,
  payload_sha256 text COLLATE "C",
  attempts bigint NOT NULL DEFAULT 1,
  duration_ms bigint,
  error_code text COLLATE "C",
  error_message text COLLATE "C",
  host text COLLATE "C" NOT NULL,
  pid bigint NOT NULL,
  version text COLLATE "C" NOT NULL,
  -- The days that were asked for, inclusive; window_from is null for the whole history, both are null
  -- where the input was a file.
  window_from date,
  window_to date,
  -- Requests that were made to a service; null where there is none.
  requests bigint,
  -- What was asked of a dataset; null for prices.
  query text COLLATE "C",
  history text COLLATE "C",
  restated bigint,
  restated_by text COLLATE "C",
  restated_from date,
  restated_to date,
  restated_factor double precision,
  -- How far back it counts where the rows before it are pruned; empty for the whole history.
  joined_from text COLLATE "C",
  CHECK ((status = 'running') = (finished_at IS NULL))
);

CREATE INDEX ingest_logs_by_ticker ON ingest_logs (ticker, source, id);

CREATE INDEX ingest_logs_by_run ON ingest_logs (run_id);

CREATE INDEX ingest_logs_running ON ingest_logs (ticker) WHERE status = 'running';

CREATE INDEX ingest_logs_history ON ingest_logs (ticker, source, history, started_at)
  WHERE history IS NOT NULL;

CREATE TABLE prices (
  ticker text COLLATE "C" NOT NULL CHECK (ticker <> ''),
  date date NOT NULL,
  source text COLLATE "C" NOT NULL,
  open double precision,
  high double precision,
  low double precision,
  close double precision NOT NULL,
  adj_close double precision,
  volume double precision CHECK (volume >= 0),
  -- Names the run that wrote the row last. No foreign key: old log rows may be pruned while the
  -- prices stay.
  ingest_id bigint NOT NULL,
  PRIMARY KEY (ticker, date, source)
);

CREATE TABLE price_details (
  ticker text COLLATE "C" NOT NULL CHECK (ticker <> ''),
  date date NOT NULL,
  source text COLLATE "C" NOT NULL,
  -- Currency of all prices of the day, as the source writes it.
  currency text COLLATE "C",
  isin text COLLATE "C",
  -- Kind of paper, with the marks of the day.
  specification text COLLATE "C",
  -- Rises by one with each dividend, split or other right.
  distribution bigint CHECK (distribution >= 0),
  -- The exchange's market; days of a forward; strike per unit and last day of an option.
  market text COLLATE "C",
  term bigint CHECK (term > 0),
  strike double precision CHECK (strike > 0),
  expiry date,
  trades bigint CHECK (trades >= 0),
  -- Money that changed hands.
  turnover double precision CHECK (turnover >= 0),
  average double precision,
  bid double precision,
  ask double precision,
  ingest_id bigint NOT NULL,
  PRIMARY KEY (ticker, date, source)
);

CREATE TABLE ingest_rejects (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ingest_id bigint NOT NULL REFERENCES ingest_logs (id) ON DELETE CASCADE,
  ticker text COLLATE "C",
  source text COLLATE "C" NOT NULL,
  origin text COLLATE "C",
  line bigint,
  -- As received: what is no day is among what is refused.
  date text COLLATE "C",
  code text COLLATE "C" NOT NULL,
  reason text COLLATE "C" NOT NULL,
  raw text COLLATE "C",
  rejected_at timestamptz(3) NOT NULL
);

CREATE INDEX ingest_rejects_by_ingest ON ingest_rejects (ingest_id);

CREATE TABLE corporate_actions (
  ticker text COLLATE "C" NOT NULL CHECK (ticker <> ''),
  -- The first day without the right to it; it may be in the future.
  date date NOT NULL,
  source text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('dividend', 'split', 'capital_gain')),
  -- Money per unit in the currency of the quote; for a split, units after and before it.
  amount double precision CHECK (amount > 0),
  numerator double precision CHECK (numerator > 0),
  denominator double precision CHECK (denominator > 0),
  ingest_id bigint NOT NULL,
  PRIMARY KEY (ticker, date, source, kind),
  CHECK ((kind = 'split') = (amount IS NULL)),
  CHECK ((kind = 'split') = (numerator IS NOT NULL)),
  CHECK ((kind = 'split') = (denominator IS NOT NULL))
);

CREATE VIEW prices_canonical AS
SELECT prices.ticker, prices.date, prices.open, prices.high, prices.low, prices.close,
  prices.volume, prices.source, ingest_logs.finished_at AS fetched_at,
  ingest_logs.payload_sha256 AS raw_checksum
FROM prices LEFT JOIN ingest_logs ON ingest_logs.id = prices.ingest_id;

-- The tickers are found in the key one by one, and the days of each pair are read from their newest end.
CREATE VIEW prices_latest AS
WITH RECURSIVE known (ticker) AS (
  (SELECT prices.ticker FROM prices ORDER BY prices.ticker LIMIT 1)
  UNION ALL
  SELECT (SELECT prices.ticker FROM prices WHERE prices.ticker > known.ticker
    ORDER BY prices.ticker LIMIT 1)
  FROM known WHERE known.ticker IS NOT NULL
)
SELECT newest.ticker, newest.date, newest.open, newest.high, newest.low, newest.close,
  newest.adj_close, newest.volume, newest.source
FROM known
CROSS JOIN LATERAL (SELECT DISTINCT prices.source FROM prices
  WHERE prices.ticker = known.ticker) AS pair
CROSS JOIN LATERAL (SELECT * FROM prices WHERE prices.ticker = known.ticker
  AND prices.source = pair.source ORDER BY prices.date DESC LIMIT 1) AS newest;

CREATE TABLE collectors (
  -- The same as run_id in ingest_logs.
  run_id text COLLATE "C" PRIMARY KEY,
  host text COLLATE "C" NOT NULL,
  pid bigint NOT NULL,
  version text COLLATE "C" NOT NULL,
  started_at timestamptz(3) NOT NULL,
  heartbeat_at timestamptz(3) NOT NULL,
  stopped_at timestamptz(3),
  stop_reason text COLLATE "C",
  state text COLLATE "C" NOT NULL
    CHECK (state IN ('syncing', 'idle', 'running', 'stopping', 'stopped')),
  -- The task that is at work.
  task text COLLATE "C",
  next_turn_at timestamptz(3),
  -- All its tasks, as JSON.
  tasks text COLLATE "C" NOT NULL,
  CHECK ((state = 'stopped') = (stopped_at IS NOT NULL))
);

-- The leases of tickers and jobs. All times are the server's. A row is never deleted.
CREATE TABLE locks (
  -- Ticker, or job with a leading dot.
  name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
  -- Rises by one with each acquisition and each forced release.
  token bigint NOT NULL DEFAULT 0,
  -- One acquisition: the job's id; null where it is free.
  owner text COLLATE "C",
  -- Key of the advisory lock that the holder's session has; null where it is behind a pooler.
  session integer,
  run_id text COLLATE "C",
  command text COLLATE "C",
  host text COLLATE "C",
  pid bigint,
  process_started_at timestamptz(3),
  acquired_at timestamptz(3),
  beat_at timestamptz(3),
  ttl interval,
  -- A waiter found that the holder's session is gone.
  suspected_at timestamptz(3),
  -- A waiter wants to be told of the release.
  wanted_at timestamptz(3)
  -- Room beside each row: heartbeats change no column of an index, and stay on the page.
) WITH (fillfactor = 50);
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "09dd7fbeba72bce775c0187f28dc0af56ce171f2f5e60c0e5e8d70d1468a63a8";

/** Takes this migration back. */
export const down = `
DROP TABLE locks;
DROP TABLE collectors;
DROP VIEW prices_latest;
DROP VIEW prices_canonical;
DROP TABLE corporate_actions;
DROP TABLE ingest_rejects;
DROP TABLE price_details;
DROP TABLE prices;
DROP TABLE ingest_logs;
`;
