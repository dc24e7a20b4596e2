/**
 * Log rows of jobs that never had a transaction of their own: a lock that was not obtained, a
 * ticker that is not in the file, a file that cannot be read.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  ClaimLostError,
  codeInLog,
  finishJob,
  insertRejects,
  insertRunning,
  type JobStart,
} from "../store/pipeline.ts";
import { messageOf } from "../base/errors.ts";
import { literal } from "../base/log.ts";
import type { Reject } from "../sources/source.ts";
import { VERSION } from "../base/version.ts";
import { reported, type RunContext, timestamp } from "./context.ts";
import { spill } from "../store/spill.ts";
import type { TickerResult } from "./types.ts";

const log = getLogger(["tickerlock", "ingest"]);

/** The start of a job's row. */
export function jobStart(
  context: RunContext,
  result: Pick<TickerResult, "ticker" | "jobId" | "lockAction" | "lockWaitedSeconds">,
  startedAt: string,
): JobStart {
  return {
    jobId: result.jobId,
    runId: context.runId,
    ticker: result.ticker,
    source: context.source,
    command: context.command,
    startedAt,
    lockAction: result.lockAction,
    lockWaitedSeconds: result.lockWaitedSeconds,
    host: context.host,
    pid: Deno.pid,
    version: VERSION,
  };
}

/**
 * The columns of a finished row that a result knows.
 *
 * @param result How the job ended.
 * @param attempts How often the database was asked until it took what the job had to write.
 */
export function jobEnd(result: TickerResult, attempts = 1): Parameters<typeof finishJob>[2] {
  return {
    attempts,
    finishedAt: timestamp(),
    status: result.status,
    durationMs: result.durationMs,
    rowsFetched: result.rowsFetched,
    rowsInserted: result.rowsInserted,
    rowsUpdated: result.rowsUpdated,
    rowsUnchanged: result.rowsUnchanged,
    rowsRejected: result.rowsRejected,
    payloadSha256: result.payloadSha256,
    errorCode: result.error?.code ?? null,
    errorMessage: result.error?.message ?? result.note ?? null,
    windowFrom: result.windowFrom,
    windowTo: result.windowTo,
    requests: result.requests,
    query: result.query ?? null,
  };
}

/**
 * The result of a job whose row somebody else has ended: it says what the row says, so that report
 * and log agree.
 *
 * @param context The run.
 * @param id The job's row, which is no longer `running`.
 * @param result How the job ended by its own account.
 */
export function asRevoked(context: RunContext, id: number, result: TickerResult): TickerResult {
  const lost = reported(new ClaimLostError(result.ticker ?? "", result.jobId));
  const code = codeInLog(context.db, id) || lost.code;
  // A later run that got the lock has ended the row: nobody has released anything.
  const taken = code === "abandoned"
    ? {
      message:
        `${result.ticker}: another run obtained the lock meanwhile and took this one for dead; ` +
        "nothing was written",
      hint: "Find out who removed the lock file or the lock folder while a run was at work.",
    }
    : {};
  return withoutRejects({ ...result, status: "abandoned", error: { ...lost, ...taken, code } });
}

/** A result whose rejects, where there were any, could not be kept. */
export function withoutRejects(result: TickerResult): TickerResult {
  return result.rowsRejected === 0 ? result : { ...result, rejectsLost: true };
}

/**
 * Writes a whole row at once. A database that cannot take it leaves it to the spill file: the run's
 * result stands.
 *
 * @param context The run.
 * @param result How the job ended.
 * @param startedAt When it began.
 * @param rejects Rows that were refused with it.
 * @returns The result; it says so where the rejects could not be kept.
 */
export async function writeFinishedRow(
  context: RunContext,
  result: TickerResult,
  startedAt: string,
  rejects: readonly Reject[] = [],
): Promise<TickerResult> {
  if (!context.logged) return result;
  const { db } = context;
  let attempts = 1;
  try {
    await db.transaction("write the log to", () => {
      const id = insertRunning(db, jobStart(context, result, startedAt));
      insertRejects(db, {
        ingestId: id,
        ticker: result.ticker,
        source: context.source,
        at: timestamp(),
      }, rejects);
      finishJob(db, id, jobEnd(result, attempts));
    }, { onRetry: () => void attempts++ });
    return result;
  } catch (error) {
    log.error(literal(`could not write the log row: ${messageOf(error)}`), { ...reported(error) });
    await spill(db.path, {
      job: jobStart(context, result, startedAt),
      end: jobEnd(result, attempts),
    });
    return withoutRejects(result);
  }
}
