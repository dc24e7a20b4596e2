/**
 * What an exchange says of a ticker's day beside its prices: a table of its own, since most sources have
 * none of it and a query for prices should not read it.
 * @module
 */

/** SQL of this migration. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE price_details (
  ticker TEXT NOT NULL CHECK (ticker <> ''),
  date TEXT NOT NULL CHECK (length(date) = 10),
  source TEXT NOT NULL,
  -- Currency of all prices of the day, as the source writes it.
  currency TEXT,
  isin TEXT,
  -- Kind of paper, with the marks of the day.
  specification TEXT,
  -- Rises by one with each dividend, split or other right.
  distribution INTEGER CHECK (distribution >= 0),
  -- The exchange's market; days of a forward; strike per unit and last day of an option.
  market TEXT,
  term INTEGER CHECK (term > 0),
  strike REAL CHECK (strike > 0),
  expiry TEXT CHECK (length(expiry) = 10),
  trades INTEGER CHECK (trades >= 0),
  -- Money that changed hands.
  turnover REAL CHECK (turnover >= 0),
  average REAL,
  bid REAL,
  ask REAL,
  ingest_id INTEGER NOT NULL,
  PRIMARY KEY (ticker, date, source)
) STRICT, WITHOUT ROWID;
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "26c1223a34f37dd76182c65475e313e5ab066ca2eb621e8483e6197887eec509";

/** Takes this migration back. */
export const down = `
DROP TABLE price_details;
`;
