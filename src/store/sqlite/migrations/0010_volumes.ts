/**
 * Volumes with fractions: 0.00123 of a coin is neither 0 nor 1. Whole numbers stay integers, which a column
 * of the type REAL would show with a ".0". SQLite can change a column's type only by way of a new table,
 * and views have to be made anew with it. The page that the old table leaves in a new database is given
 * back.
 * @module
 */

/** The table anew, and the views of it. @param volume Its column. @param copied What of a volume is kept. */
function remade(volume: string, copied: string): string {
  return `
DROP VIEW prices_latest;

DROP VIEW prices_canonical;

ALTER TABLE prices RENAME TO prices_before;

CREATE TABLE prices (
  ticker TEXT NOT NULL CHECK (ticker <> ''),
  date TEXT NOT NULL CHECK (length(date) = 10),
  source TEXT NOT NULL,
  open REAL,
  high REAL,
  low REAL,
  close REAL NOT NULL,
  adj_close REAL,
  ${volume},
  -- Names the run that wrote the row last. No foreign key: old log rows may be pruned while the
  -- prices stay.
  ingest_id INTEGER NOT NULL,
  PRIMARY KEY (ticker, date, source)
) STRICT, WITHOUT ROWID;

INSERT INTO prices
SELECT ticker, date, source, open, high, low, close, adj_close, ${copied}, ingest_id
FROM prices_before ORDER BY ticker, date, source;

DROP TABLE prices_before;

CREATE VIEW prices_canonical AS
SELECT prices.ticker, prices.date, prices.open, prices.high, prices.low, prices.close,
  prices.volume, prices.source, ingest_logs.finished_at AS fetched_at,
  ingest_logs.payload_sha256 AS raw_checksum
FROM prices LEFT JOIN ingest_logs ON ingest_logs.id = prices.ingest_id;

CREATE VIEW prices_latest AS
SELECT prices.ticker, prices.date, prices.open, prices.high, prices.low, prices.close,
  prices.adj_close, prices.volume, prices.source
FROM (SELECT DISTINCT ticker, source FROM prices) AS pair CROSS JOIN prices
WHERE prices.ticker = pair.ticker AND prices.source = pair.source
  AND prices.date = (SELECT newest.date FROM prices AS newest
    WHERE newest.ticker = pair.ticker AND newest.source = pair.source
    ORDER BY newest.date DESC LIMIT 1);
`;
}

/** SQL of this migration. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `${
  remade(
    "volume ANY CHECK (volume >= 0 AND typeof(volume) IN ('integer', 'real', 'null'))",
    "volume",
  )
}
PRAGMA incremental_vacuum;
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "2785ce0eb7956077485942429d08347aa907ab0e7ee9867693166086d821a036";

/** What taking it back changes. */
export const changes = [{
  what: "prices.volume with a fraction, which is rounded",
  sql: "SELECT count(*) AS rows FROM prices WHERE volume <> round(volume)",
}];

/** Takes this migration back. Fractions of volumes are rounded. */
export const down: string = remade(
  "volume INTEGER CHECK (volume >= 0)",
  "CAST(round(volume) AS INTEGER)",
);
