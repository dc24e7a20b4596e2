/**
 * What events do to prices: factors by ticker and ex-date, and prices adjusted by them. Adjusted prices are
 * never stored: each new event would change all of them.
 * @module
 */

/** SQL of migration 15. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE adjustment_factors (
  ticker TEXT NOT NULL CHECK (ticker <> ''),
  -- 9999-12-31 for the newest days, which no event has changed: each ticker with prices has that row.
  ex_date TEXT NOT NULL CHECK (length(ex_date) = 10),
  -- The ex-date before it, or empty: its products count for days from then on, and before ex_date.
  since TEXT NOT NULL,
  -- Prices before the ex-date are multiplied by that; closes with cash by both.
  split_factor REAL NOT NULL CHECK (split_factor > 0),
  cash_factor REAL NOT NULL CHECK (cash_factor >= 0),
  -- Labels of the events of the day, and whose word they are.
  kind TEXT NOT NULL,
  origin TEXT NOT NULL,
  -- Products of the factors of this ex-date and of all later ones; NULL where they are not known.
  split_through REAL,
  cash_through REAL,
  -- Why days before it cannot be adjusted; the reason is that of this ex-date or of a later one.
  unexplained TEXT,
  reason TEXT,
  PRIMARY KEY (ticker, ex_date)
) STRICT, WITHOUT ROWID;

INSERT INTO adjustment_factors
SELECT DISTINCT ticker, '9999-12-31', '', 1.0, 1.0, '', '', NULL, NULL,
  'not known yet: ingest the ticker again', 'not known yet: ingest the ticker again'
FROM prices;

-- The factors lead: each of them is found once, and not for each price. Yahoo's prices have splits in
-- them already.
CREATE VIEW prices_adjusted AS
SELECT ticker, date, source, open * split AS open, high * split AS high, low * split AS low,
  close * split AS close, close * split * cash AS adj_close, volume / split AS volume,
  close AS raw_close, split AS split_factor, cash AS cash_factor, reason
FROM (
  SELECT prices.ticker, prices.date, prices.source, open, high, low, close, volume, reason,
    CASE WHEN prices.source = 'yahoo' THEN 1.0 ELSE split_through END AS split,
    cash_through AS cash
  FROM adjustment_factors CROSS JOIN prices
  WHERE prices.ticker = adjustment_factors.ticker AND prices.date >= adjustment_factors.since
    AND prices.date < adjustment_factors.ex_date
    AND prices.source IN ('cotahist', 'b3-daily', 'yahoo')
) AS adjusted;
`;

/** SHA-256 of the SQL. */
export const checksum = "d593d46abece5ae3d061d86c752b400d26ecf0d695254cf9ce6672bb4c054f90";

/** Takes migration 15 back. */
export const down = `
DROP VIEW prices_adjusted;
DROP TABLE adjustment_factors;
`;
