/**
 * Ends of jobs for tests.
 *
 * @module
 */
import type { ToldError, Verdict } from "../../src/notify/message.ts";

/** An error that is told. */
export function errorOf(code: string, ticker: string | null = "PETR4.SA"): ToldError {
  return { ticker, code, message: `what is wrong with ${ticker}` };
}

/** The end of a run over one ticker. */
export function verdictOf(db: string, ...errors: readonly ToldError[]): Verdict {
  const isOk = errors.length === 0;
  return {
    state: isOk ? "ok" : "failed",
    command: "ingest",
    job: "tickerlock ingest PETR4.SA",
    db,
    exitCode: isOk ? 0 : 1,
    runId: "0190f000-0000-7000-9000-00000000beef",
    counts: isOk ? { success: 1 } : { failed: errors.length },
    errors,
  };
}
