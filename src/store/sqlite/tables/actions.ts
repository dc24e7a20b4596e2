/**
 * Dividends, splits and capital gains.
 *
 * @module
 */
import type { Database } from "../connection/database.ts";

/** A row for `corporate_actions`. */
export interface ActionValues {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly kind: "dividend" | "split" | "capital_gain";
  /** Above 0; null for a split. */
  readonly amount: number | null;
  /** Above 0; null for money. */
  readonly numerator: number | null;
  /** Above 0; null for money. */
  readonly denominator: number | null;
}

const UPSERT = `
INSERT INTO corporate_actions (ticker, date, source, kind, amount, numerator, denominator, ingest_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (ticker, date, source, kind) DO UPDATE SET amount = excluded.amount,
  numerator = excluded.numerator, denominator = excluded.denominator, ingest_id = excluded.ingest_id
WHERE amount IS NOT excluded.amount OR numerator IS NOT excluded.numerator
  OR denominator IS NOT excluded.denominator`;

/**
 * Upserts one ticker's actions; an unchanged row is left alone.
 *
 * @param db Inside a transaction.
 * @param ticker Canonical ticker.
 * @param source Name of the source.
 * @param ingestId Row of `ingest_logs` that answers for them.
 * @param actions Each (date, kind) once.
 * @returns How many rows were inserted or changed.
 */
export function upsertActions(
  db: Database,
  ticker: string,
  source: string,
  ingestId: number,
  actions: readonly ActionValues[],
): number {
  let changed = 0;
  for (const { date, kind, amount, numerator, denominator } of actions) {
    changed += db.run(
      UPSERT,
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

/**
 * The stored actions of a ticker, by date.
 *
 * @param db Open database.
 * @param ticker Canonical ticker.
 * @param source Name of the source.
 */
export function storedActions(db: Database, ticker: string, source: string): ActionValues[] {
  return db.all(
    `SELECT date, kind, amount, numerator, denominator FROM corporate_actions
     WHERE ticker = ? AND source = ? ORDER BY date, kind`,
    ticker,
    source,
  ) as unknown as ActionValues[];
}
