/**
 * Results, and rows of the log, for what never became a job: tickers that the source has not, files
 * that cannot be read, runs that could not begin.
 *
 * @module
 */
import { InterruptedError } from "../base/errors.ts";
import { LockBusyError, LockTimeoutError } from "../lock/mod.ts";
import type { SourceRun } from "../sources/source.ts";
import { emptyResult, reported, type RunContext } from "./context.ts";
import { writeFinishedRow } from "./job_log.ts";
import type { TickerResult } from "./types.ts";
import { uuidV7 } from "../base/uuid.ts";

/**
 * Records what has no ticker, or a ticker that the source has not.
 *
 * @param context The run.
 * @param opened Its source.
 * @param missing Tickers that were asked for and are not there.
 */
export async function recordTheRest(
  context: RunContext,
  opened: SourceRun,
  missing: readonly string[],
): Promise<TickerResult[]> {
  const results: TickerResult[] = [];
  const add = async (result: TickerResult, rejects: SourceRun["unassigned"] = []) => {
    results.push(await writeFinishedRow(context, result, context.startedAt, rejects));
  };
  for (const ticker of missing) {
    const error = reported(opened.missing(ticker));
    await add({ ...emptyResult(ticker, uuidV7(), "failed"), error });
  }
  for (const { error } of opened.failures) {
    await add({ ...emptyResult(null, uuidV7(), "failed"), error: reported(error) });
  }
  const { unassigned } = opened;
  if (unassigned.length > 0) {
    const count = unassigned.length;
    const status = context.dryRun ? "dry_run" : "success";
    await add({
      ...emptyResult(null, uuidV7(), status),
      rowsFetched: count,
      rowsRejected: count,
      ...(context.dryRun ? { rejects: unassigned.slice(0, 20) } : {}),
    }, context.dryRun ? [] : unassigned);
  }
  return results;
}

/**
 * Records that a run could not begin, or could not go on: one row per ticker that was asked for, or
 * one for the run.
 *
 * @param context The run.
 * @param tickers What was asked for; null for everything.
 * @param error Why.
 */
export async function recordTotalFailure(
  context: RunContext,
  tickers: readonly string[] | null,
  error: unknown,
): Promise<TickerResult[]> {
  const results: TickerResult[] = [];
  for (const ticker of tickers ?? [null]) {
    const result = {
      ...emptyResult(ticker, uuidV7(), "failed"),
      ...statusOf(error),
      error: reported(error),
    };
    results.push(result);
    await writeFinishedRow(context, result, context.startedAt);
  }
  return results;
}

/**
 * Records a run that found nothing to do: every run leaves a row.
 *
 * @param context The run.
 */
export async function recordNothing(context: RunContext): Promise<TickerResult> {
  const result = emptyResult(null, uuidV7(), context.dryRun ? "dry_run" : "success");
  await writeFinishedRow(context, result, context.startedAt);
  return result;
}

/** What an error says of a job's end. */
export function statusOf(
  error: unknown,
): Pick<TickerResult, "status"> & Partial<Pick<TickerResult, "lockAction" | "lockWaitedSeconds">> {
  if (error instanceof LockBusyError) {
    return { status: "lock_busy", lockAction: "busy", lockWaitedSeconds: 0 };
  }
  if (error instanceof LockTimeoutError) {
    const { waitedSeconds: lockWaitedSeconds } = error;
    return { status: "lock_timeout", lockAction: "timed_out", lockWaitedSeconds };
  }
  return { status: error instanceof InterruptedError ? "interrupted" : "failed" };
}
