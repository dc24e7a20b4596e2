/**
 * Dividends, splits and capital gains.
 *
 * @module
 */
import type { CorporateAction } from "../../../model/prices.ts";
import type { Database } from "../connection/database.ts";

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

/** The stored actions of a ticker, by date. */
export function storedActions(db: Database, ticker: string, source: string): CorporateAction[] {
  return db.all(
    `SELECT date, kind, amount, numerator, denominator FROM corporate_actions
     WHERE ticker = ? AND source = ? ORDER BY date, kind`,
    ticker,
    source,
  ) as unknown as CorporateAction[];
}
