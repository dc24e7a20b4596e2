/**
 * What a run's results mean for whoever started it.
 *
 * @module
 */
import { EXIT, type ExitCode } from "../base/errors.ts";
import type { TickerResult } from "./types.ts";

/**
 * The exit code of a run that was not stopped.
 *
 * @param results One per ticker, and one per file that failed as a whole.
 */
export function exitCodeOf(
  results: readonly (Pick<TickerResult, "status"> & Partial<Pick<TickerResult, "ticker">>)[],
): ExitCode {
  let done = 0;
  let failed = 0;
  let locked = 0;
  for (const { status, ticker } of results) {
    const good = status === "success" || status === "skipped" || status === "dry_run";
    // Records that belong to no ticker are not a ticker that succeeded.
    if (good && ticker === null) continue;
    if (good) done++;
    else if (status === "lock_busy" || status === "lock_timeout") locked++;
    else failed++;
  }
  if (failed > 0) return done > 0 ? EXIT.partial : EXIT.failed;
  return locked > 0 ? EXIT.locked : EXIT.ok;
}
