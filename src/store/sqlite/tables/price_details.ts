import {
  DETAIL_NUMBERS,
  isSamePaper,
  type Paper,
  type PriceColumns,
} from "../../../model/price_columns.ts";
import type { Database } from "../connection/database.ts";
import { rowsUpsert, upsertRows } from "./upsert_rows.ts";

const SHARED: readonly (keyof Paper)[] = [
  "currency",
  "isin",
  "specification",
  "distribution",
  "market",
  "term",
  "strike",
  "expiry",
];
const SQL = rowsUpsert("price_details", { shared: SHARED, own: DETAIL_NUMBERS });

/** Upserts the details of one ticker's rows. @returns How many were inserted or changed. */
export function upsertDetails(
  db: Database,
  ticker: string,
  source: string,
  ingestId: number,
  rows: PriceColumns,
): number {
  const { date, source: sources, paper } = rows;
  return upsertRows(db, SQL, { ticker, ingestId }, paper.length, {
    shares: (a, b) => sources[a] === sources[b] && isSamePaper(paper[a], paper[b]),
    shared(row) {
      const values = paper[row];
      return values && [sources[row] ?? source, ...SHARED.map((name) => values[name])];
    },
    fill(values, at, row) {
      values[at] = date[row] ?? "";
      values[at + 1] = rows.trades(row);
      values[at + 2] = rows.turnover(row);
      values[at + 3] = rows.average(row);
      values[at + 4] = rows.bid(row);
      values[at + 5] = rows.ask(row);
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
      ...[ticker, from, to, ingestId],
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
