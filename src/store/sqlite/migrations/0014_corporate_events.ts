/**
 * Events of papers as the exchange tells them, beside the dividends and splits that have come into force by
 * the word of other sources.
 * @module
 */

/** SQL of migration 14. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE corporate_events (
  ticker TEXT NOT NULL CHECK (ticker <> ''),
  source TEXT NOT NULL,
  -- 9999-12-31 where it is not known yet.
  last_with_right TEXT NOT NULL CHECK (length(last_with_right) = 10),
  label TEXT NOT NULL,
  approved_on TEXT NOT NULL,
  -- The number as it was received.
  rate TEXT NOT NULL,
  ex_date TEXT CHECK (length(ex_date) = 10),
  kind TEXT NOT NULL CHECK (kind IN ('split', 'cash', 'other')),
  -- Units after it for one before; money per unit before taxes.
  ratio REAL CHECK (ratio > 0),
  amount REAL CHECK (amount > 0),
  isin TEXT,
  ingest_id INTEGER NOT NULL,
  PRIMARY KEY (ticker, source, last_with_right, label, approved_on, rate)
) STRICT, WITHOUT ROWID;
`;

/** SHA-256 of the SQL. */
export const checksum = "447e2d95e3936b331b27fc295ac94f49da4b30eaab100623334bedd00c7efa7e";

/** Takes migration 14 back. */
export const down = `
DROP TABLE corporate_events;
`;
