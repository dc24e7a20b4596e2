/**
 * The pipeline for one ticker: lock, claim, fetch, validate, write, let go.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  acquireTickerLock,
  describeHolder,
  LockBusyError,
  LockError,
  type LockGuard,
} from "../lock/mod.ts";
import { literal } from "../base/log.ts";
import { emptyResult, type OpenedContext, reported, timestamp } from "./context.ts";
import { writeFinishedRow } from "./job_log.ts";
import { statusOf } from "./unstarted_jobs.ts";
import { type Claim, TickerWork, type WorkedJob } from "./ticker_work.ts";
import type { TickerResult } from "./types.ts";
import { uuidV7 } from "../base/uuid.ts";
import type { Attempts } from "./write.ts";

const log = getLogger(["tickerlock", "ingest"]);

/** How an attempt to lock ended: with the lock, with another holder, or with a result already. */
export type LockOutcome = "locked" | "busy" | TickerResult;

/**
 * The work on one ticker in one run: {@linkcode TickerJob.lock}, then `claimJobs`, then
 * {@linkcode TickerJob.work}. Whoever locks it and does not call `work` disposes it.
 */
export class TickerJob implements Disposable, WorkedJob {
  readonly ticker: string;
  readonly jobId = uuidV7();
  readonly startedAt = timestamp();
  /** Set by `claimJobs`; a dry run has none. */
  claim: Claim | undefined;
  /** How often the service and the database were asked: 1, and one more for each further try. */
  readonly attempts: Attempts = { count: 1 };
  readonly #context: OpenedContext;
  readonly #started = performance.now();
  #guard: LockGuard | undefined;

  /** @param context The run. @param ticker Canonical ticker. */
  constructor(context: OpenedContext, ticker: string) {
    this.#context = context;
    this.ticker = ticker;
  }

  /** Whether the lock is held and still protects; not after a forced release. */
  get isProtected(): boolean {
    return this.#guard?.isCurrent() ?? false;
  }

  /** A result of this job with nothing counted yet. */
  get base(): TickerResult {
    return {
      ...emptyResult(this.ticker, this.jobId, "failed"),
      lockAction: this.#guard?.action ?? null,
      lockWaitedSeconds: this.#guard?.waitedSeconds ?? null,
    };
  }

  /**
   * Takes the lock.
   *
   * @param mode `try` says `busy` where another run has it; `wait` and `leave` end with a result
   *   and its row in the log, `lock_timeout` or `lock_busy`.
   * @throws {LockError} Where no ticker at all can be locked in the folder.
   */
  async lock(mode: "try" | "wait" | "leave"): Promise<LockOutcome> {
    const { lockDir, lockTimeoutSeconds, signal, command } = this.#context;
    try {
      this.#guard = await acquireTickerLock(this.ticker, {
        lockDir,
        wait: mode === "wait",
        timeoutSeconds: lockTimeoutSeconds,
        signal,
        command,
        jobId: this.jobId,
        task: this,
        onWait: (holder) =>
          log.info(literal(`waiting for ${this.ticker}, locked by ${describeHolder(holder)}`), {
            ticker: this.ticker,
            holder: holder ?? null,
          }),
      });
      return "locked";
    } catch (error) {
      if (mode === "try" && error instanceof LockBusyError) return "busy";
      // No ticker can be locked in such a folder: the run as a whole has failed.
      if (error instanceof LockError && error.code === "lock_dir_unusable") throw error;
      return await this.#notLocked(error);
    }
  }

  /** Since the job was made, in ms. */
  elapsedMs(): number {
    return Math.round(performance.now() - this.#started);
  }

  async #notLocked(error: unknown): Promise<TickerResult> {
    this.#context.opened.forget(this.ticker);
    const result: TickerResult = {
      ...this.base,
      ...statusOf(error),
      durationMs: this.elapsedMs(),
      error: reported(error),
    };
    await writeFinishedRow(this.#context, result, this.startedAt);
    return result;
  }

  /** Does the work of a locked and claimed job, and lets go of the lock. */
  async work(): Promise<TickerResult> {
    using _lock = this;
    return await new TickerWork(this.#context, this).run();
  }

  /** Lets go of the lock. Does nothing where it is not held. */
  [Symbol.dispose](): void {
    this.#guard?.release();
    this.#guard = undefined;
  }
}
