/**
 * Views for people: notebooks, `sqlite3`, Datasette and pandas read them without knowing our keys.
 *
 * @module
 */

/** SQL of migration 2. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE VIEW prices_canonical AS
SELECT prices.ticker, prices.date, prices.open, prices.high, prices.low, prices.close,
  prices.volume, prices.source, ingest_logs.finished_at AS fetched_at,
  ingest_logs.payload_sha256 AS raw_checksum
FROM prices LEFT JOIN ingest_logs ON ingest_logs.id = prices.ingest_id;

CREATE VIEW prices_latest AS
SELECT ticker, date, open, high, low, close, adj_close, volume, source
FROM prices
WHERE date = (SELECT max(other.date) FROM prices AS other
  WHERE other.ticker = prices.ticker AND other.source = prices.source);
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "0daf8d0997d88a1eb4317a30d6086f8be432494892aba6cf7c3d18c8d3a07cf0";

/** Takes migration 2 back. */
export const down = `
DROP VIEW prices_latest;

DROP VIEW prices_canonical;
`;
