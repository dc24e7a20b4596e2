/** What the jobs of one run share. @module */
import type { CalendarChanges } from "../exchange/gaps.ts";
import type { SourceRun } from "../sources/source.ts";
import type { HeldLock, Store } from "../store/store.ts";
import type { TickerProgress } from "./progress.ts";

/** One run: its settings, its source, its store. */
export interface RunContext {
  readonly runId: string;
  readonly source: string;
  readonly command: string;
  /** What the locks' records call it. */
  readonly holder: string;
  readonly startedAt: string;
  /** By `performance.now()`: the clock may have been set since. */
  readonly startedMs: number;
  readonly wait: boolean;
  readonly lockTimeoutSeconds: number;
  readonly forceRefresh: boolean;
  /** A history replaces the stored one whatever it lacks or denies. */
  readonly acceptRestatement: boolean;
  readonly dryRun: boolean;
  /** Largest share of refused rows that a ticker may have, from 0 to 1. */
  readonly maxRejected: number;
  readonly minFreeBytes: number;
  readonly allStored: boolean;
  readonly isNetwork: boolean;
  /** Requests at once; some more tickers are at work. */
  readonly concurrency: number;
  /** Folder for the bodies of answers. */
  readonly rawFolder: string | null;
  readonly signal: AbortSignal;
  readonly store: Store;
  /** Whether rows may be written to the log: not in a dry run on a database that is not there. */
  readonly logged: boolean;
  readonly jobLock: HeldLock | undefined;
  readonly calendar: CalendarChanges;
  /** As `IngestOptions.fullEveryMs`. */
  readonly fullEveryMs: number | null | undefined;
  readonly lastDay: string;
}

/** When a run began, by the clock as it is set now: after a step forward old work would count as new. */
export function begunAt(
  { startedAt, startedMs }: Pick<RunContext, "startedAt" | "startedMs">,
): string {
  // Parts of a millisecond would put it before the end of a run just before this one.
  const now = new Date(Date.now() - (performance.now() - startedMs)).toISOString();
  return now > startedAt ? now : startedAt;
}

/** A run whose source is open. */
export interface OpenedContext extends RunContext {
  /** First missing session by ticker, of those without a calendar; null where no gaps are to be filled. */
  readonly firstGaps: ReadonlyMap<string, string> | null;
  readonly opened: SourceRun;
  readonly progress?: TickerProgress;
}
