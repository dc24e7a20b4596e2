/**
 * What the jobs of one run share.
 *
 * @module
 */
import type { Database } from "../store/pipeline.ts";
import { codeOf, messageOf, TickerlockError } from "../base/errors.ts";
import type { LockGuard } from "../lock/mod.ts";
import type { SourceRun } from "../sources/source.ts";
import type { ReportedError, TickerResult } from "./types.ts";

/** One run: its settings, its source, its database. */
export interface RunContext {
  readonly runId: string;
  readonly source: string;
  readonly command: string;
  readonly startedAt: string;
  readonly host: string;
  readonly lockDir: string;
  readonly wait: boolean;
  readonly lockTimeoutSeconds: number;
  readonly forceRefresh: boolean;
  readonly dryRun: boolean;
  /** The run is over every ticker that is stored. */
  readonly allStored: boolean;
  /** The source asks a service. */
  readonly isNetwork: boolean;
  /** Tickers that are worked on at once. */
  readonly concurrency: number;
  /** Folder for the bodies of answers. */
  readonly rawFolder?: string;
  readonly signal: AbortSignal;
  readonly db: Database;
  /** Whether rows may be written to the log: not in a dry run on a database that is not there. */
  readonly logged: boolean;
  /** The job lock, where the run holds one. */
  readonly jobGuard?: LockGuard;
  /** Last day that is not in the future. */
  readonly lastDay: string;
}

/** A run whose source is open. */
export interface OpenedContext extends RunContext {
  readonly opened: SourceRun;
}

let lastMs = 0;
let lastText = "";

/**
 * Now, as the tables have it. A run over thousands of tickers asks several times per millisecond, and
 * a date costs more than a look at the clock.
 */
export function timestamp(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastMs = now;
    lastText = new Date(now).toISOString();
  }
  return lastText;
}

/** An error as a result carries it. */
export function reported(error: unknown): ReportedError {
  return {
    code: codeOf(error),
    message: messageOf(error),
    hint: error instanceof TickerlockError ? error.hint ?? null : null,
  };
}

/** A result with nothing counted, to build others from. */
export function emptyResult(
  ticker: string | null,
  jobId: string,
  status: TickerResult["status"],
): TickerResult {
  return {
    ticker,
    jobId,
    status,
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
    error: null,
  };
}
