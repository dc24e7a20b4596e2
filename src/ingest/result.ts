/** Results of jobs, their rows in the log, and what they mean together. @module */
import { getLogger } from "@logtape/logtape";
import {
  codeOf,
  EXIT,
  type ExitCode,
  InterruptedError,
  messageOf,
  SourceError,
  TickerlockError,
} from "../base/errors.ts";
import { literal } from "../base/log.ts";
import { ordinary } from "../files/errors.ts";
import { timestamp } from "../base/time.ts";
import { uuidV7 } from "../base/uuid.ts";
import { LockBusyError, LockTimeoutError } from "../lock/mod.ts";
import { endColumnsOf, isFailure, type JobStart, shortId } from "../model/job.ts";
import { newJob } from "../model/new_job.ts";
import type { Reject } from "../model/prices.ts";
import { ClaimLostError } from "../store/errors.ts";
import { spill } from "../store/spill.ts";
import type { Attempts, EndedJob } from "../store/store.ts";
import type { SourceSkip } from "../sources/source.ts";
import type { RunContext } from "./context.ts";
import { checkShare, lostRows } from "./fetch.ts";
import type { ReportedError, TickerResult } from "./types.ts";

const log = getLogger(["tickerlock", "ingest"]);

/** How many refused rows a result has: more of a dry run, which keeps none in the database. */
export function mostShown(dryRun: boolean): number {
  return dryRun ? 20 : 5;
}

/** An error as a result carries it. */
export function reported(thrown: unknown): ReportedError {
  const error = ordinary(thrown);
  return {
    code: codeOf(error),
    message: messageOf(error),
    hint: error instanceof TickerlockError ? error.hint ?? null : null,
  };
}

/** A result with nothing counted, but for what is given. A job without an id gets a new one. */
export function resultOf(
  given: Pick<TickerResult, "ticker" | "status"> & Partial<TickerResult>,
): TickerResult {
  return {
    jobId: given.jobId ?? uuidV7(),
    lockAction: null,
    lockWaitedSeconds: null,
    rowsFetched: 0,
    rowsInserted: 0,
    rowsUpdated: 0,
    rowsUnchanged: 0,
    rowsRejected: 0,
    durationMs: 0,
    payloadSha256: null,
    windowFrom: null,
    windowTo: null,
    requests: null,
    history: null,
    restated: null,
    restatedBy: null,
    restatedFrom: null,
    restatedTo: null,
    restatedFactor: null,
    error: null,
    ...given,
  };
}

/** What an error says of a job's end. */
export function failureOf(
  error: unknown,
): Pick<TickerResult, "status" | "error"> & Partial<TickerResult> {
  const end = { error: reported(error) };
  if (error instanceof LockBusyError) {
    return { ...end, status: "lock_busy", lockAction: "busy", lockWaitedSeconds: 0 };
  }
  if (error instanceof LockTimeoutError) {
    const { waitedSeconds: lockWaitedSeconds } = error;
    return { ...end, status: "lock_timeout", lockAction: "timed_out", lockWaitedSeconds };
  }
  return { ...end, status: error instanceof InterruptedError ? "interrupted" : "failed" };
}

/** The end of a job's row. */
export function endOf(result: TickerResult): EndedJob {
  const { error, note = null, code = null } = result;
  return endColumnsOf({
    ...result,
    errorCode: error?.code ?? code,
    errorMessage: error?.message ?? note,
  });
}

function startOf(context: RunContext, result: TickerResult, startedAt: string): JobStart {
  const { runId, source, command } = context;
  const { ticker, jobId, lockAction, lockWaitedSeconds } = result;
  const job = { ticker, jobId, startedAt, lockAction, lockWaitedSeconds };
  return newJob({ runId, source, command, ...job });
}

function withoutRejects(result: TickerResult): TickerResult {
  return result.rowsRejected === 0 ? result : { ...result, rejectsLost: true };
}

/** The result of a job whose row another process has ended: it says what the row says. */
export function asRevoked(
  { store: { engine } }: RunContext,
  code: string,
  result: TickerResult,
): TickerResult {
  const lost = reported(new ClaimLostError(result.ticker ?? "", result.jobId));
  const error = { ...lost, code: code || lost.code };
  // A later run that got the lock has ended the row: no release was forced.
  if (code === "abandoned") {
    error.message =
      `${result.ticker}: another run obtained the lock meanwhile and took this one for ` +
      "dead; nothing was written";
    error.hint = engine === "postgres"
      ? "Its machine was stopped, asleep or cut off from the server for a minute."
      : "Find out who removed the lock file or the lock folder while a run was at work.";
  }
  return withoutRejects({ ...result, status: "abandoned", error });
}

/** The log row of a job that could not be written goes to the spill file. */
export async function spillResult(
  context: RunContext,
  result: TickerResult,
  startedAt: string,
  attempts: Attempts,
  error: unknown,
): Promise<TickerResult> {
  log.error(literal(`could not write the log row: ${messageOf(error)}`), { ...reported(error) });
  await spill(context.store.name, {
    job: startOf(context, result, startedAt),
    end: { ...endOf(result), finishedAt: timestamp(), attempts: attempts.count },
  });
  return withoutRejects(result);
}

/** Writes the whole row of a job that has none, or spills it: the run's result stands. */
export async function recordResult(
  context: RunContext,
  result: TickerResult,
  rejects: readonly Reject[] = [],
  startedAt = context.startedAt,
  attempts: Attempts = { count: 1 },
): Promise<TickerResult> {
  if (!context.logged) return result;
  try {
    const job = startOf(context, result, startedAt);
    await context.store.record(job, endOf(result), attempts, rejects);
    return result;
  } catch (error) {
    return await spillResult(context, result, startedAt, attempts, error);
  }
}

/** Records what ended before it became a job, with its rows that belong to no ticker. */
export async function recordFailures(
  context: RunContext,
  failures: Iterable<
    {
      readonly ticker: string | null;
      readonly error: unknown;
      readonly rejects?: readonly Reject[];
    }
  >,
): Promise<TickerResult[]> {
  const results: TickerResult[] = [];
  for (const { ticker, error, rejects = [] } of failures) {
    results.push(await recordRefused(context, { ticker, ...failureOf(error) }, rejects));
  }
  return results;
}

/** Records what there was no need to bring in, or not yet. */
export async function recordSkip(
  context: RunContext,
  { ticker, code, note }: SourceSkip & Pick<TickerResult, "ticker">,
): Promise<TickerResult> {
  return await recordResult(context, resultOf({ ticker, status: "skipped", note, code }));
}

/** Records refused rows without any good one. @param further How many more are only counted. */
async function recordRefused(
  context: RunContext,
  given: Parameters<typeof resultOf>[0],
  rejects: readonly Reject[],
  further = 0,
): Promise<TickerResult> {
  const { dryRun } = context;
  const count = rejects.length + further;
  const result = resultOf({
    ...given,
    rowsFetched: count,
    rowsRejected: count,
    ...(count > 0 ? { rejects: rejects.slice(0, mostShown(dryRun)) } : {}),
  });
  return await recordResult(context, result, dryRun ? [] : rejects);
}

/**
 * Records the refused rows of no ticker: failed where their share is too large, or there is no other row.
 * @param taken Other rows of the input; Infinity where their number is not known.
 */
export async function recordUnassigned(
  context: RunContext,
  rejects: readonly Reject[],
  taken: number,
  further = 0,
): Promise<TickerResult> {
  const jobId = uuidV7();
  const status = context.dryRun ? "dry_run" : "success";
  let end: Parameters<typeof resultOf>[0] = { ticker: null, jobId, status };
  try {
    if (taken === 0) {
      const message =
        `no row of the input was taken, and ${rejects.length + further} were refused; ` +
        `the first because ${rejects[0]?.reason}`;
      const hint = `See them with: tickerlock logs show ${shortId(jobId)}, and look at the input.`;
      throw new SourceError("no_valid_rows", message, { hint });
    }
    const lost = lostRows(rejects);
    const whose = { what: "rows of no ticker", jobId };
    checkShare(context.maxRejected, whose, taken, lost, lost.length + further);
  } catch (error) {
    end = { ticker: null, jobId, ...failureOf(error) };
  }
  return await recordRefused(context, end, rejects, further);
}

/** The exit code of a run that was not stopped, by its results per ticker and per failed file. */
export function exitCodeOf(results: readonly Pick<TickerResult, "status" | "ticker">[]): ExitCode {
  let done = 0;
  let failed = 0;
  let locked = 0;
  for (const { status, ticker } of results) {
    if (status === "lock_busy" || status === "lock_timeout") locked++;
    else if (isFailure(status)) failed++;
    // Records that belong to no ticker are not a ticker that succeeded.
    else if (ticker !== null) done++;
  }
  if (failed > 0) return done > 0 ? EXIT.partial : EXIT.failed;
  return locked > 0 ? EXIT.locked : EXIT.ok;
}
