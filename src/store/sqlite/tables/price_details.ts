/**
 * Upserts into `price_details`, the table beside `prices` with the same key.
 *
 * @module
 */
import type { PriceDetails, PriceRow } from "../../../model/prices.ts";
import type { Database } from "../connection/database.ts";
import { rowsUpsert, upsertRows } from "./upsert_rows.ts";

type DetailedRow = PriceRow & { readonly details: PriceDetails };
type Columns = readonly (keyof PriceDetails)[];

/** Columns that say the same on most days of a ticker. */
const SHARED: Columns = [
  "currency",
  "isin",
  "specification",
  "distribution",
  "market",
  "term",
  "strike",
  "expiry",
];
const OWN: Columns = ["trades", "turnover", "average", "bid", "ask"];

const SQL = rowsUpsert("price_details", { shared: SHARED, own: OWN });

// Written out, not a loop over the names: it is asked for each row.
function isSameInstrument(a: PriceDetails, b: PriceDetails): boolean {
  return a.isin === b.isin && a.specification === b.specification &&
    a.distribution === b.distribution && a.strike === b.strike && a.expiry === b.expiry &&
    a.currency === b.currency && a.market === b.market && a.term === b.term;
}

/**
 * Upserts the details of one ticker's rows; an unchanged row is left alone.
 *
 * @param rows Each (date, source) once.
 * @returns How many rows were inserted or changed.
 */
export function upsertDetails(
  db: Database,
  ticker: string,
  source: string,
  ingestId: number,
  rows: readonly DetailedRow[],
): number {
  return upsertRows(db, SQL, { ticker, ingestId }, rows, {
    shares: (a, b) => a.source === b.source && isSameInstrument(a.details, b.details),
    shared: (row) => [row.source ?? source, ...SHARED.map((name) => row.details[name])],
    fill(values, at, { date, details }) {
      values[at] = date;
      values[at + 1] = details.trades;
      values[at + 2] = details.turnover;
      values[at + 3] = details.average;
      values[at + 4] = details.bid;
      values[at + 5] = details.ask;
    },
  });
}

/** Days on which both tables have a row of this run, which one count of changes has twice. */
export function changedTwice(
  db: Database,
  ticker: string,
  ingestId: number,
  from: string,
  to: string,
): number {
  return Number(
    db.get(
      `SELECT count(*) AS rows FROM price_details AS details JOIN prices
         ON prices.ticker = details.ticker AND prices.date = details.date
           AND prices.source = details.source
       WHERE details.ticker = ? AND details.date BETWEEN ? AND ? AND details.ingest_id = ?
         AND prices.ingest_id = details.ingest_id`,
      ticker,
      from,
      to,
      ingestId,
    )?.rows ?? 0,
  );
}

/** ISINs that the stored days of a ticker have. */
export function storedIsins(db: Database, ticker: string): string[] {
  return db.all(
    "SELECT DISTINCT isin FROM price_details WHERE ticker = ? AND isin IS NOT NULL ORDER BY isin",
    ticker,
  ).map(({ isin }) => String(isin));
}
