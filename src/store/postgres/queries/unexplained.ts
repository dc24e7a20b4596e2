/**
 * Steps in the count of a paper's events that no event explains, as `Reports.unexplained` says.
 *
 * @module
 */
import { NEWEST } from "../../../model/adjustment.ts";
import type { UnexplainedStep } from "../../reports.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText } from "../connection/driver.ts";

/** Reads them. */
export async function unexplainedSteps(
  db: Transaction,
  tickers: readonly string[],
): Promise<UnexplainedStep[]> {
  return await db.all(
    `SELECT ticker, ex_date, unexplained AS reason,
       EXISTS (SELECT FROM corporate_events AS events WHERE events.ticker = factors.ticker)
         OR EXISTS (SELECT FROM corporate_actions AS actions
           WHERE actions.ticker = factors.ticker) AS has_events
     FROM adjustment_factors AS factors
     WHERE unexplained IS NOT NULL AND ex_date <> '${NEWEST}'
       AND (cardinality($1::text[]) = 0 OR ticker = ANY($1::text[])) ORDER BY ticker, ex_date`,
    arrayText(tickers),
  ) as unknown as UnexplainedStep[];
}
