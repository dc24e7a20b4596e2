/**
 * Which sources have brought prices, and from when to when.
 *
 * @module
 */
import type { Reader } from "../connection/reader.ts";

/** What a source has brought. */
export interface SourceSpan {
  readonly source: string;
  /** How many tickers have prices of it. */
  readonly tickers: number;
  /** First and last day, `YYYY-MM-DD`. */
  readonly first_date: string;
  readonly last_date: string;
}

/**
 * Internal: no index leads by source, and going through millions of rows takes seconds. So the pairs
 * of ticker and source come from the log and from both ends of each ticker's days, and each pair's
 * days from two steps into the key.
 */
export const SPANS = `
  WITH RECURSIVE known (ticker) AS (
    SELECT min(ticker) FROM prices
    UNION ALL
    SELECT (SELECT min(prices.ticker) FROM prices WHERE prices.ticker > known.ticker)
    FROM known WHERE known.ticker IS NOT NULL
  ), ends (ticker, date) AS (
    SELECT ticker, (SELECT max(date) FROM prices WHERE prices.ticker = known.ticker) FROM known
    UNION
    SELECT ticker, (SELECT min(date) FROM prices WHERE prices.ticker = known.ticker) FROM known
  ), pairs (ticker, source) AS (
    SELECT prices.ticker, prices.source FROM ends JOIN prices
      ON prices.ticker = ends.ticker AND prices.date = ends.date
    UNION
    SELECT ticker, source FROM ingest_logs WHERE ticker IS NOT NULL
  ), spans AS (
    SELECT source,
      (SELECT date FROM prices WHERE prices.ticker = pairs.ticker AND prices.source = pairs.source
        ORDER BY date LIMIT 1) AS first,
      (SELECT date FROM prices WHERE prices.ticker = pairs.ticker AND prices.source = pairs.source
        ORDER BY date DESC LIMIT 1) AS last
    FROM pairs
  )
  SELECT source, count(*) AS tickers, min(first) AS first_date, max(last) AS last_date
  FROM spans WHERE first IS NOT NULL GROUP BY source ORDER BY source`;

/**
 * The sources of the stored prices. Takes as long as there are tickers, not rows. A source that no run
 * was of, as the column `source` of a CSV file can name it, is found where it has the first or the last
 * day of a ticker.
 */
export function sourceSpans(db: Reader): SourceSpan[] {
  return db.all(SPANS).map((row) => ({
    source: String(row.source),
    tickers: Number(row.tickers),
    first_date: String(row.first_date),
    last_date: String(row.last_date),
  }));
}
