/**
 * Steps in the count of a paper's events that no event explains, as `Reports.unexplained` says.
 *
 * @module
 */
import { NEWEST } from "../../../model/adjustment.ts";
import type { UnexplainedStep } from "../../reports.ts";
import type { Reader } from "../connection/reader.ts";

/** Reads them. */
export function unexplainedSteps(db: Reader, tickers: readonly string[]): UnexplainedStep[] {
  const only = tickers.length === 0 ? "" : "AND ticker IN (SELECT value FROM json_each(?))";
  return db.all(
    `SELECT ticker, ex_date, unexplained AS reason,
       EXISTS (SELECT 1 FROM corporate_events AS events WHERE events.ticker = factors.ticker)
         OR EXISTS (SELECT 1 FROM corporate_actions AS actions
           WHERE actions.ticker = factors.ticker) AS has_events
     FROM adjustment_factors AS factors
     WHERE unexplained IS NOT NULL AND ex_date <> '${NEWEST}' ${only} ORDER BY ticker, ex_date`,
    ...tickers.length === 0 ? [] : [JSON.stringify(tickers)],
  ).map((row) => ({
    ticker: String(row.ticker),
    ex_date: String(row.ex_date),
    reason: String(row.reason),
    has_events: row.has_events === 1,
  }));
}
