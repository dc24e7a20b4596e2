/**
 * Prediction markets: events, markets, settlements, snapshots of prices; and how far the sync of a dataset
 * has come.
 * @module
 */

const QUOTES = `
  yes_bid_dollars text COLLATE "C",
  yes_ask_dollars text COLLATE "C",
  no_bid_dollars text COLLATE "C",
  no_ask_dollars text COLLATE "C",
  last_price_dollars text COLLATE "C",
  yes_bid_size_fp text COLLATE "C",
  yes_ask_size_fp text COLLATE "C",
  volume_fp text COLLATE "C",
  volume_24h_fp text COLLATE "C",
  open_interest_fp text COLLATE "C"`;

/** SQL of this migration. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE events (
  event_ticker text COLLATE "C" PRIMARY KEY CHECK (event_ticker <> ''),
  source text COLLATE "C" NOT NULL,
  series_ticker text COLLATE "C",
  title text COLLATE "C",
  sub_title text COLLATE "C",
  category text COLLATE "C",
  mutually_exclusive smallint CHECK (mutually_exclusive IN (0, 1)),
  strike_date text COLLATE "C",
  strike_period text COLLATE "C",
  last_updated_ts text COLLATE "C",
  -- 1 for an event that only a market has named so far.
  is_placeholder smallint NOT NULL CHECK (is_placeholder IN (0, 1)),
  -- The object as received; null for a placeholder.
  raw text COLLATE "C",
  ingest_id bigint NOT NULL,
  CHECK ((raw IS NULL) = (is_placeholder = 1))
);

-- Money is decimal text in dollars, counts are decimal text: cast them where you calculate.
CREATE TABLE markets (
  ticker text COLLATE "C" PRIMARY KEY CHECK (ticker <> ''),
  source text COLLATE "C" NOT NULL,
  event_ticker text COLLATE "C" NOT NULL REFERENCES events (event_ticker),
  market_type text COLLATE "C",
  yes_sub_title text COLLATE "C",
  no_sub_title text COLLATE "C",
  created_time text COLLATE "C",
  updated_time text COLLATE "C",
  open_time text COLLATE "C",
  close_time text COLLATE "C",
  expected_expiration_time text COLLATE "C",
  latest_expiration_time text COLLATE "C",
  settlement_ts text COLLATE "C",${QUOTES},
  status text COLLATE "C",
  result text COLLATE "C",
  settlement_value_dollars text COLLATE "C",
  -- The object as received.
  raw text COLLATE "C" NOT NULL,
  ingest_id bigint NOT NULL
);

CREATE INDEX markets_by_event ON markets (event_ticker);

CREATE TABLE settlements (
  ticker text COLLATE "C" PRIMARY KEY REFERENCES markets (ticker),
  source text COLLATE "C" NOT NULL,
  event_ticker text COLLATE "C" NOT NULL REFERENCES events (event_ticker),
  status text COLLATE "C",
  result text COLLATE "C",
  settlement_value_dollars text COLLATE "C",
  settlement_ts text COLLATE "C",
  -- The market's, when it was seen settled.
  updated_time text COLLATE "C",
  -- The market as received when it was seen settled.
  raw text COLLATE "C" NOT NULL,
  ingest_id bigint NOT NULL
);

CREATE INDEX settlements_by_event ON settlements (event_ticker);

CREATE TABLE price_snapshots (
  ticker text COLLATE "C" NOT NULL REFERENCES markets (ticker),
  -- One moment for all markets of a sync.
  taken_at timestamptz(3) NOT NULL,
  source text COLLATE "C" NOT NULL,${QUOTES},
  status text COLLATE "C",
  ingest_id bigint NOT NULL,
  PRIMARY KEY (taken_at, ticker)
);

-- The moments of all snapshots, found in the key one by one.
CREATE VIEW snapshot_times (taken_at) AS
WITH RECURSIVE times (taken_at) AS (
  SELECT min(taken_at) FROM price_snapshots
  UNION ALL
  SELECT (SELECT min(s.taken_at) FROM price_snapshots AS s WHERE s.taken_at > times.taken_at)
  FROM times WHERE times.taken_at IS NOT NULL
)
SELECT taken_at FROM times WHERE taken_at IS NOT NULL;

-- How far a dataset's sync has come, in the source's own words.
CREATE TABLE sync_state (
  source text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  -- What is asked: two questions about one dataset come along each on its own.
  query text COLLATE "C" NOT NULL,
  checkpoint text COLLATE "C" NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  PRIMARY KEY (source, name, query)
);
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "2c13ee9bea0007be9f1215d830e50fb4acea599392db918501ae48bfb84b7c9a";

/** Takes this migration back. */
export const down = `
DROP TABLE sync_state;
DROP VIEW snapshot_times;
DROP TABLE price_snapshots;
DROP TABLE settlements;
DROP TABLE markets;
DROP TABLE events;
`;
