/**
 * What online sources need: dividends and splits, and which days a run asked for.
 *
 * @module
 */

/** SQL of migration 3. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE corporate_actions (
  ticker TEXT NOT NULL CHECK (ticker <> ''),
  -- The first day without the right to it; it may be in the future.
  date TEXT NOT NULL CHECK (length(date) = 10),
  source TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('dividend', 'split', 'capital_gain')),
  -- Money per unit in the currency of the quote; for a split, units after and before it.
  amount REAL CHECK (amount > 0),
  numerator REAL CHECK (numerator > 0),
  denominator REAL CHECK (denominator > 0),
  ingest_id INTEGER NOT NULL,
  PRIMARY KEY (ticker, date, source, kind),
  CHECK ((kind = 'split') = (amount IS NULL)),
  CHECK ((kind = 'split') = (numerator IS NOT NULL)),
  CHECK ((kind = 'split') = (denominator IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- The days that were asked for, inclusive; window_from is null for the whole history, both are null
-- where the input was a file.
ALTER TABLE ingest_logs ADD COLUMN window_from TEXT;

ALTER TABLE ingest_logs ADD COLUMN window_to TEXT;

-- Requests that were made to a service; null where there is none.
ALTER TABLE ingest_logs ADD COLUMN requests INTEGER;
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "30cd180f2cc82694c1e64480f0ba51a7b780474e80a740ba4f7cc0f44d0ed878";

/** Takes migration 3 back. */
export const down = `
ALTER TABLE ingest_logs DROP COLUMN requests;

ALTER TABLE ingest_logs DROP COLUMN window_to;

ALTER TABLE ingest_logs DROP COLUMN window_from;

DROP TABLE corporate_actions;
`;
