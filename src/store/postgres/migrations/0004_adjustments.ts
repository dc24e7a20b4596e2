/**
 * Events of papers as the exchange tells them, the factors by which they change prices, and prices adjusted
 * by them. Adjusted prices are never stored: each new event would change all of them.
 * @module
 */

/** SQL of this migration. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE corporate_events (
  ticker text COLLATE "C" NOT NULL CHECK (ticker <> ''),
  source text COLLATE "C" NOT NULL,
  -- 9999-12-31 where it is not known yet.
  last_with_right date NOT NULL,
  label text COLLATE "C" NOT NULL,
  -- Empty where it is not told.
  approved_on text COLLATE "C" NOT NULL,
  -- The number as it was received.
  rate text COLLATE "C" NOT NULL,
  ex_date date,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('split', 'cash', 'other')),
  -- Units after it for one before; money per unit before taxes.
  ratio double precision CHECK (ratio > 0),
  amount double precision CHECK (amount > 0),
  isin text COLLATE "C",
  ingest_id bigint NOT NULL,
  PRIMARY KEY (ticker, source, last_with_right, label, approved_on, rate)
);

CREATE TABLE adjustment_factors (
  ticker text COLLATE "C" NOT NULL CHECK (ticker <> ''),
  -- 9999-12-31 for the newest days, which no event has changed: each ticker with prices has that row.
  ex_date date NOT NULL,
  -- The ex-date before it, or empty: its products count for days from then on, and before ex_date.
  since text COLLATE "C" NOT NULL,
  -- Prices before the ex-date are multiplied by that; closes with cash by both.
  split_factor double precision NOT NULL CHECK (split_factor > 0),
  cash_factor double precision NOT NULL CHECK (cash_factor >= 0),
  -- Labels of the events of the day, and whose word they are.
  kind text COLLATE "C" NOT NULL,
  origin text COLLATE "C" NOT NULL,
  -- Products of the factors of this ex-date and of all later ones; NULL where they are not known.
  split_through double precision,
  cash_through double precision,
  -- Why days before it cannot be adjusted; the reason is that of this ex-date or of a later one.
  unexplained text COLLATE "C",
  reason text COLLATE "C",
  PRIMARY KEY (ticker, ex_date)
);

INSERT INTO adjustment_factors
SELECT DISTINCT ticker, date '9999-12-31', '', 1.0, 1.0, '', '', NULL::double precision,
  NULL::double precision, 'not known yet: ingest the ticker again',
  'not known yet: ingest the ticker again'
FROM prices;

-- Yahoo's prices have splits in them already.
CREATE VIEW prices_adjusted AS
SELECT ticker, date, source, open * split AS open, high * split AS high, low * split AS low,
  close * split AS close, close * split * cash AS adj_close, volume / split AS volume,
  close AS raw_close, split AS split_factor, cash AS cash_factor, reason
FROM (
  SELECT prices.ticker, prices.date, prices.source, open, high, low, close, volume, reason,
    CASE WHEN prices.source = 'yahoo' THEN 1.0 ELSE split_through END AS split,
    cash_through AS cash
  FROM adjustment_factors JOIN prices ON prices.ticker = adjustment_factors.ticker
    AND prices.date >= coalesce(nullif(adjustment_factors.since, '')::date, '-infinity')
    AND prices.date < adjustment_factors.ex_date
  WHERE prices.source IN ('cotahist', 'b3-daily', 'yahoo')
) AS adjusted;
`;

/** SHA-256 of `sql`, which every database has that the migration was applied to. */
export const checksum = "951766d4ead9bac0cccad9a1aa7f4c1b033c65b1fd5b423f824f12e395114f83";

/** Takes this migration back. */
export const down = `
DROP VIEW prices_adjusted;
DROP TABLE adjustment_factors;
DROP TABLE corporate_events;
`;
