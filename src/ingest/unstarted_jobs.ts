/**
 * Results, and rows of the log, for what never became a job: tickers that the source has not, files
 * that cannot be read, runs that could not begin.
 *
 * @module
 */
import type { SourceRun } from "../sources/source.ts";
import type { RunContext } from "./context.ts";
import { failureOf, recordResult, resultOf } from "./result.ts";
import type { TickerResult } from "./types.ts";

/** Refused records that a dry run shows. */
const MOST_SHOWN_REJECTS = 20;

/**
 * Records what has no ticker, or a ticker that the source has not.
 *
 * @param missing Tickers that were asked for and are not there.
 */
export async function recordTheRest(
  context: RunContext,
  opened: SourceRun,
  missing: readonly string[],
): Promise<TickerResult[]> {
  const { startedAt, dryRun } = context;
  const failures = [
    ...missing.map((ticker) => ({ ticker, error: opened.missing(ticker) })),
    ...opened.failures.map(({ error }) => ({ ticker: null, error })),
  ];
  const results: TickerResult[] = [];
  for (const { ticker, error } of failures) {
    const result = resultOf({ ticker, ...failureOf(error) });
    results.push(await recordResult(context, result, startedAt));
  }
  const { unassigned } = opened;
  if (unassigned.length > 0) {
    const result = resultOf({
      ticker: null,
      status: dryRun ? "dry_run" : "success",
      rowsFetched: unassigned.length,
      rowsRejected: unassigned.length,
      ...(dryRun ? { rejects: unassigned.slice(0, MOST_SHOWN_REJECTS) } : {}),
    });
    results.push(await recordResult(context, result, startedAt, dryRun ? [] : unassigned));
  }
  return results;
}

/**
 * Records that a run could not begin, or could not go on: one row per ticker that was asked for, or
 * one for the run.
 *
 * @param tickers What was asked for; null for everything.
 */
export async function recordTotalFailure(
  context: RunContext,
  tickers: readonly string[] | null,
  error: unknown,
): Promise<TickerResult[]> {
  const results: TickerResult[] = [];
  for (const ticker of tickers ?? [null]) {
    const result = resultOf({ ticker, ...failureOf(error) });
    results.push(result);
    await recordResult(context, result, context.startedAt);
  }
  return results;
}

/** Records a run that found nothing to do: every run leaves a row. */
export async function recordNothing(context: RunContext): Promise<TickerResult> {
  const result = resultOf({ ticker: null, status: context.dryRun ? "dry_run" : "success" });
  await recordResult(context, result, context.startedAt);
  return result;
}
