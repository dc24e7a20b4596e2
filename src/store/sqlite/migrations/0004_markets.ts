/**
 * Prediction markets: events, markets, settlements, snapshots of prices; and how far a dataset's
 * sync has come.
 *
 * @module
 */

const QUOTES = `
  yes_bid_dollars TEXT,
  yes_ask_dollars TEXT,
  no_bid_dollars TEXT,
  no_ask_dollars TEXT,
  last_price_dollars TEXT,
  yes_bid_size_fp TEXT,
  yes_ask_size_fp TEXT,
  volume_fp TEXT,
  volume_24h_fp TEXT,
  open_interest_fp TEXT`;

/** SQL of migration 4. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE events (
  event_ticker TEXT NOT NULL PRIMARY KEY CHECK (event_ticker <> ''),
  source TEXT NOT NULL,
  series_ticker TEXT,
  title TEXT,
  sub_title TEXT,
  category TEXT,
  mutually_exclusive INTEGER CHECK (mutually_exclusive IN (0, 1)),
  strike_date TEXT,
  strike_period TEXT,
  last_updated_ts TEXT,
  -- 1 for an event that only a market has named so far.
  is_placeholder INTEGER NOT NULL CHECK (is_placeholder IN (0, 1)),
  -- The object as received; null for a placeholder.
  raw TEXT,
  ingest_id INTEGER NOT NULL,
  CHECK ((raw IS NULL) = is_placeholder)
) STRICT;

-- Money is decimal text in dollars, counts are decimal text: cast them where you calculate.
CREATE TABLE markets (
  ticker TEXT NOT NULL PRIMARY KEY CHECK (ticker <> ''),
  source TEXT NOT NULL,
  event_ticker TEXT NOT NULL REFERENCES events (event_ticker),
  market_type TEXT,
  yes_sub_title TEXT,
  no_sub_title TEXT,
  created_time TEXT,
  updated_time TEXT,
  open_time TEXT,
  close_time TEXT,
  expected_expiration_time TEXT,
  latest_expiration_time TEXT,
  settlement_ts TEXT,${QUOTES},
  status TEXT,
  result TEXT,
  settlement_value_dollars TEXT,
  -- The object as received.
  raw TEXT NOT NULL,
  ingest_id INTEGER NOT NULL
) STRICT;
CREATE INDEX markets_by_event ON markets (event_ticker);

CREATE TABLE settlements (
  ticker TEXT NOT NULL PRIMARY KEY REFERENCES markets (ticker),
  source TEXT NOT NULL,
  event_ticker TEXT NOT NULL REFERENCES events (event_ticker),
  status TEXT,
  result TEXT,
  settlement_value_dollars TEXT,
  settlement_ts TEXT,
  -- The market's, when it was seen settled.
  updated_time TEXT,
  -- The market as received when it was seen settled.
  raw TEXT NOT NULL,
  ingest_id INTEGER NOT NULL
) STRICT;
CREATE INDEX settlements_by_event ON settlements (event_ticker);

CREATE TABLE price_snapshots (
  ticker TEXT NOT NULL REFERENCES markets (ticker),
  -- One moment for all markets of a sync.
  taken_at TEXT NOT NULL,
  source TEXT NOT NULL,${QUOTES},
  status TEXT,
  ingest_id INTEGER NOT NULL,
  -- The moment first: a snapshot goes in at the end. The other way round each of its rows is on
  -- a page of its own, 25 times as much to write.
  PRIMARY KEY (taken_at, ticker)
) STRICT, WITHOUT ROWID;

-- The moments of all snapshots, found in the key one by one. With it the history of one market
-- needs no index: SELECT s.* FROM snapshot_times CROSS JOIN price_snapshots s USING (taken_at)
-- WHERE s.ticker = ?
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
  source TEXT NOT NULL,
  name TEXT NOT NULL,
  -- What is asked: two questions about one dataset come along each on its own.
  query TEXT NOT NULL,
  checkpoint TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (source, name, query)
) STRICT, WITHOUT ROWID;

-- What was asked of a dataset; null for prices.
ALTER TABLE ingest_logs ADD COLUMN query TEXT;
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "a506826b8175025e00fa998c4b7f40482d4a679fa9669fced4549f5c279acd2e";

/** Takes migration 4 back. */
export const down = `
ALTER TABLE ingest_logs DROP COLUMN query;

DROP TABLE sync_state;

DROP VIEW snapshot_times;

DROP TABLE price_snapshots;

DROP TABLE settlements;

DROP TABLE markets;

DROP TABLE events;
`;
