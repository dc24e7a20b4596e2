import type { PriceColumns } from "../../../model/price_columns.ts";
import type { CorporateAction, PriceRow } from "../../../model/prices.ts";
import type { DaySpan, UpsertCounts } from "../../store.ts";
import { NO_COUNTS } from "../../writing.ts";
import type { Database } from "../connection/database.ts";
import { changedTwice, upsertDetails } from "./price_details.ts";
import { rowsUpsert, upsertRows } from "./upsert_rows.ts";

const COLUMNS = ["open", "high", "low", "close", "adj_close", "volume"];
const AS_GIVEN = rowsUpsert("prices", { own: COLUMNS });
const KEEPING = rowsUpsert("prices", { own: COLUMNS, kept: ["open", "adj_close", "volume"] });

const COUNT_SQL = "SELECT count(*) AS rows FROM prices WHERE ticker = ? AND date BETWEEN ? AND ?";

function countStored(db: Database, ticker: string, from: string, to: string): number {
  return Number(db.get(COUNT_SQL, ticker, from, to)?.rows ?? 0);
}

/** A number is bound as a float; the column keeps what it is given, and whole numbers are to stay whole. */
function exact(volume: number): number | bigint {
  return Number.isInteger(volume) ? BigInt(volume) : volume;
}

/**
 * Upserts one ticker's rows and details. What is stored is counted before and after, and never decides what
 * is written; a row whose price and details change counts once.
 * @param ingestId Answers for them alone.
 * @param rows Each (date, source) once; NaN is stored as NULL.
 * @param keepKnown As `TickerWrite.keepKnown`.
 */
export function upsertPrices(
  db: Database,
  ticker: string,
  source: string,
  ingestId: number,
  rows: PriceColumns,
  keepKnown = false,
): UpsertCounts {
  const { length, date, source: sources } = rows;
  if (length === 0) return NO_COUNTS;
  const { from, to } = rows.span();
  const before = countStored(db, ticker, from, to);
  const prices = upsertRows(db, keepKnown ? KEEPING : AS_GIVEN, { ticker, ingestId }, length, {
    shares: (a, b) => sources[a] === sources[b],
    shared: (row) => [sources[row] ?? source],
    fill(values, at, row) {
      values[at] = date[row] ?? "";
      values[at + 1] = rows.open(row);
      values[at + 2] = rows.high(row);
      values[at + 3] = rows.low(row);
      values[at + 4] = rows.close(row);
      values[at + 5] = rows.adjClose(row);
      values[at + 6] = exact(rows.volume(row));
    },
  });
  const details = upsertDetails(db, ticker, source, ingestId, rows);
  // Where nothing was stored, every row was inserted, whatever its details.
  const twice = details === 0
    ? 0
    : prices === length
    ? details
    : changedTwice(db, ticker, ingestId, from, to);
  const changed = prices + details - twice;
  const inserted = before === 0 ? prices : countStored(db, ticker, from, to) - before;
  return { inserted, updated: changed - inserted, unchanged: length - changed };
}

/** The stored rows of a ticker by date. @param source Default every one: then each row says its own. */
export function storedPrices(
  db: Database,
  ticker: string,
  { from, to }: DaySpan,
  source?: string,
): PriceRow[] {
  return db.all(
    `SELECT date, open, high, low, close, adj_close AS adjClose, volume
       ${source === undefined ? ", source" : ""} FROM prices
     WHERE ticker = ? AND date BETWEEN ? AND ? ${source === undefined ? "" : "AND source = ?"}
     ORDER BY date`,
    ticker,
    from,
    to,
    ...source === undefined ? [] : [source],
  ) as unknown as PriceRow[];
}

/** The newest stored day of each of some tickers, of any source; empty for none. */
export function newestDays(db: Database, tickers: readonly string[]): [string, string][] {
  return db.all(
    `SELECT value AS ticker, (SELECT max(date) FROM prices WHERE ticker = value) AS date
     FROM json_each(?)`,
    JSON.stringify(tickers),
  ).map(({ ticker, date }) => [String(ticker), typeof date === "string" ? date : ""]);
}

/** Every ticker that has prices, sorted, in the time that the tickers take. @param source Default all. */
export function storedTickers(db: Pick<Database, "all">, source?: string): string[] {
  return db.all(
    `WITH RECURSIVE tickers (ticker) AS (
       SELECT min(ticker) FROM prices
       UNION ALL
       SELECT (SELECT min(prices.ticker) FROM prices WHERE prices.ticker > tickers.ticker)
       FROM tickers WHERE tickers.ticker IS NOT NULL
     )
     SELECT ticker FROM tickers WHERE ticker IS NOT NULL ${
      source === undefined ? "" : `AND EXISTS (
       SELECT 1 FROM prices WHERE prices.ticker = tickers.ticker AND prices.source = ?)`
    }
     ORDER BY ticker`,
    ...source === undefined ? [] : [source],
  ).map((row) => String(row.ticker));
}

const UPSERT_ACTION = `
INSERT INTO corporate_actions (ticker, date, source, kind, amount, numerator, denominator, ingest_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (ticker, date, source, kind) DO UPDATE SET amount = excluded.amount,
  numerator = excluded.numerator, denominator = excluded.denominator, ingest_id = excluded.ingest_id
WHERE amount IS NOT excluded.amount OR numerator IS NOT excluded.numerator
  OR denominator IS NOT excluded.denominator`;

/** Upserts one ticker's actions, each (date, kind) once. @returns How many were inserted or changed. */
export function upsertActions(
  db: Database,
  ticker: string,
  source: string,
  ingestId: number,
  actions: readonly CorporateAction[],
): number {
  let changed = 0;
  for (const { date, kind, amount, numerator, denominator } of actions) {
    changed += db.run(
      UPSERT_ACTION,
      ticker,
      date,
      source,
      kind,
      amount,
      numerator,
      denominator,
      ingestId,
    );
  }
  return changed;
}

/** Removes actions of a ticker. @returns How many. */
export function deleteActions(
  db: Database,
  ticker: string,
  source: string,
  actions: readonly Pick<CorporateAction, "date" | "kind">[],
): number {
  let removed = 0;
  for (const { date, kind } of actions) {
    removed += db.run(
      "DELETE FROM corporate_actions WHERE ticker = ? AND source = ? AND date = ? AND kind = ?",
      ...[ticker, source, date, kind],
    );
  }
  return removed;
}

/** Removes days of a ticker, with their details. */
export function deletePrices(
  db: Database,
  ticker: string,
  source: string,
  days: readonly string[],
): void {
  if (days.length === 0) return;
  for (const table of ["prices", "price_details"]) {
    db.run(
      `DELETE FROM ${table} WHERE ticker = ? AND source = ?
         AND date IN (SELECT value FROM json_each(?))`,
      ticker,
      source,
      JSON.stringify(days),
    );
  }
}

/** The stored actions of a ticker, by date. */
export function storedActions(db: Database, ticker: string, source: string): CorporateAction[] {
  return db.all(
    `SELECT date, kind, amount, numerator, denominator FROM corporate_actions
     WHERE ticker = ? AND source = ? ORDER BY date, kind`,
    ticker,
    source,
  ) as unknown as CorporateAction[];
}
