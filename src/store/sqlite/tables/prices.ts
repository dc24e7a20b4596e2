/**
 * Upserts into `prices`, counted exactly, and into `corporate_actions`.
 *
 * @module
 */
import type { SQLInputValue } from "node:sqlite";
import type { CorporateAction, PriceRow } from "../../../model/prices.ts";
import type { UpsertCounts } from "../../store.ts";
import type { Database } from "../connection/database.ts";

/**
 * Rows per statement. Each call into SQLite has a cost of its own, and so has each parameter: of 1, 2,
 * 3, 4, 6, 12 and 20 rows at a time, 4 to 6 took the least time, a sixth less than 1.
 */
const ROWS_PER_STATEMENT = 6;

const COLUMNS_PER_ROW = 8;

function upsertSql(rows: number, keepKnown: boolean): string {
  const tuples = Array.from({ length: rows }, (_, row) => {
    const p = (offset: number): string => `?${3 + row * COLUMNS_PER_ROW + offset}`;
    return `(?1, ${p(0)}, ${p(1)}, ${p(2)}, ${p(3)}, ${p(4)}, ${p(5)}, ${p(6)}, ${p(7)}, ?2)`;
  });
  const changed = ["open", "high", "low", "close", "adj_close", "volume"];
  const value = (name: string): string =>
    keepKnown && (name === "open" || name === "adj_close" || name === "volume")
      ? `coalesce(excluded.${name}, ${name})`
      : `excluded.${name}`;
  return `INSERT INTO prices (ticker, date, source, open, high, low, close, adj_close, volume,
    ingest_id) VALUES ${tuples.join(", ")}
  ON CONFLICT (ticker, date, source) DO UPDATE SET
    ${changed.map((name) => `${name} = ${value(name)}`).join(", ")},
    ingest_id = excluded.ingest_id
  WHERE ${changed.map((name) => `${name} IS NOT ${value(name)}`).join(" OR ")}`;
}

const AS_GIVEN = { bulk: upsertSql(ROWS_PER_STATEMENT, false), single: upsertSql(1, false) };
const KEEPING = { bulk: upsertSql(ROWS_PER_STATEMENT, true), single: upsertSql(1, true) };

const COUNT_SQL = "SELECT count(*) AS rows FROM prices WHERE ticker = ? AND date BETWEEN ? AND ?";

function countStored(db: Database, ticker: string, from: string, to: string): number {
  return Number(db.get(COUNT_SQL, ticker, from, to)?.rows ?? 0);
}

/** A number is bound as a float; the column keeps what it is given, and whole numbers are to stay whole. */
function exact(volume: number | null): number | bigint | null {
  return Number.isInteger(volume) ? BigInt(volume ?? 0) : volume;
}

function fill(values: SQLInputValue[], at: number, row: PriceRow, source: string): void {
  values[at] = row.date;
  values[at + 1] = row.source ?? source;
  values[at + 2] = row.open;
  values[at + 3] = row.high;
  values[at + 4] = row.low;
  values[at + 5] = row.close;
  values[at + 6] = row.adjClose;
  values[at + 7] = exact(row.volume);
}

/**
 * Upserts one ticker's rows: the database's own `INSERT … ON CONFLICT … DO UPDATE`, which leaves a
 * row alone where nothing changes. What is stored is counted before and after, in the same
 * transaction, and never decides what is written.
 *
 * @param source Default of {@linkcode PriceRow.source}.
 * @param ingestId Row of `ingest_logs` that answers for them.
 * @param rows Each (date, source) once. Finite numbers only: SQLite would store NaN as NULL.
 * @param keepKnown A row without open, adjusted close or volume leaves what is stored of that as it is.
 */
export function upsertPrices(
  db: Database,
  ticker: string,
  source: string,
  ingestId: number,
  rows: readonly PriceRow[],
  keepKnown = false,
): UpsertCounts {
  const sql = keepKnown ? KEEPING : AS_GIVEN;
  const first = rows[0];
  if (first === undefined) return { inserted: 0, updated: 0, unchanged: 0 };
  let from = first.date;
  let to = first.date;
  for (const { date } of rows) {
    if (date < from) from = date;
    if (date > to) to = date;
  }
  const before = countStored(db, ticker, from, to);
  const whole = rows.length - rows.length % ROWS_PER_STATEMENT;
  let changed = 0;
  if (whole > 0) {
    const bulk = db.prepare(sql.bulk);
    const values: SQLInputValue[] = new Array(2 + ROWS_PER_STATEMENT * COLUMNS_PER_ROW);
    values[0] = ticker;
    values[1] = ingestId;
    for (let start = 0; start < whole; start += ROWS_PER_STATEMENT) {
      for (let row = 0; row < ROWS_PER_STATEMENT; row++) {
        fill(values, 2 + row * COLUMNS_PER_ROW, rows[start + row] ?? first, source);
      }
      changed += Number(bulk.run(...values).changes);
    }
  }
  if (whole < rows.length) {
    const single = db.prepare(sql.single);
    const values: SQLInputValue[] = [ticker, ingestId];
    for (const row of rows.slice(whole)) {
      fill(values, 2, row, source);
      changed += Number(single.run(...values).changes);
    }
  }
  // Where nothing was stored, every change was an insertion.
  const inserted = before === 0 ? changed : countStored(db, ticker, from, to) - before;
  return { inserted, updated: changed - inserted, unchanged: rows.length - changed };
}

/**
 * Every ticker that has prices of a source, sorted. Jumps from ticker to ticker in the key, so it
 * takes as long as there are tickers, not rows.
 */
export function storedTickers(db: Database, source: string): string[] {
  return db.all(
    `WITH RECURSIVE tickers (ticker) AS (
       SELECT min(ticker) FROM prices
       UNION ALL
       SELECT (SELECT min(prices.ticker) FROM prices WHERE prices.ticker > tickers.ticker)
       FROM tickers WHERE tickers.ticker IS NOT NULL
     )
     SELECT ticker FROM tickers WHERE ticker IS NOT NULL AND EXISTS (
       SELECT 1 FROM prices WHERE prices.ticker = tickers.ticker AND prices.source = ?)
     ORDER BY ticker`,
    source,
  ).map((row) => String(row.ticker));
}

const UPSERT_ACTION = `
INSERT INTO corporate_actions (ticker, date, source, kind, amount, numerator, denominator, ingest_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (ticker, date, source, kind) DO UPDATE SET amount = excluded.amount,
  numerator = excluded.numerator, denominator = excluded.denominator, ingest_id = excluded.ingest_id
WHERE amount IS NOT excluded.amount OR numerator IS NOT excluded.numerator
  OR denominator IS NOT excluded.denominator`;

/**
 * Upserts one ticker's actions; an unchanged row is left alone.
 *
 * @param ingestId Row of `ingest_logs` that answers for them.
 * @param actions Each (date, kind) once.
 * @returns How many rows were inserted or changed.
 */
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

/** The stored actions of a ticker, by date. */
export function storedActions(db: Database, ticker: string, source: string): CorporateAction[] {
  return db.all(
    `SELECT date, kind, amount, numerator, denominator FROM corporate_actions
     WHERE ticker = ? AND source = ? ORDER BY date, kind`,
    ticker,
    source,
  ) as unknown as CorporateAction[];
}
