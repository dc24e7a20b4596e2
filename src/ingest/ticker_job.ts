/**
 * The pipeline for one ticker: lock, claim, fetch, validate, write, let go.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { finishJob, insertRejects } from "../db/mod.ts";
import { messageOf } from "../errors.ts";
import {
  acquireTickerLock,
  describeHolder,
  LockBusyError,
  LockError,
  type LockGuard,
} from "../lock/mod.ts";
import { literal } from "../log.ts";
import type { Reject } from "../sources/source.ts";
import { emptyResult, type OpenedContext, reported, timestamp } from "./context.ts";
import { asRevoked, jobEnd, jobStart, withoutRejects, writeFinishedRow } from "./job_log.ts";
import { statusOf } from "./leftovers.ts";
import { spill } from "./spill.ts";
import type { TickerResult } from "./types.ts";
import { uuidV7 } from "./uuid.ts";
import { type Planned, planTicker, windowOf } from "./plan.ts";
import { saveRaw } from "./save_raw.ts";
import {
  type Attempts,
  type Fetched,
  fetchTicker,
  rehearse,
  writeSkipped,
  writeTicker,
} from "./write.ts";

const log = getLogger(["tickerlock", "ingest"]);

/** How an attempt to lock ended: with the lock, with another holder, or with a result already. */
export type LockOutcome = "locked" | "busy" | TickerResult;

/** The job's row in `ingest_logs`, with the number of rows that it ended; or why there is none. */
export type Claim =
  | { readonly id: number; readonly abandoned: number }
  | { readonly error: unknown };

/**
 * The work on one ticker in one run: {@linkcode TickerJob.lock}, then `claimJobs`, then
 * {@linkcode TickerJob.work}. Whoever locks it and does not call `work` disposes it.
 */
export class TickerJob implements Disposable {
  readonly ticker: string;
  readonly jobId = uuidV7();
  readonly startedAt = timestamp();
  /** Set by `claimJobs`; a dry run has none. */
  claim: Claim | undefined;
  /** How often the database was asked to take what this job has to write. */
  readonly attempts: Attempts = { count: 1 };
  readonly #context: OpenedContext;
  readonly #started = performance.now();
  #guard: LockGuard | undefined;
  #planned: Planned | undefined;
  #requests = 0;

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

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#started);
  }

  async #notLocked(error: unknown): Promise<TickerResult> {
    this.#context.opened.forget(this.ticker);
    const result: TickerResult = {
      ...this.base,
      ...statusOf(error),
      durationMs: this.#elapsedMs(),
      error: reported(error),
    };
    await writeFinishedRow(this.#context, result, this.startedAt);
    return result;
  }

  /** Does the work of a locked and claimed job, and lets go of the lock. */
  async work(): Promise<TickerResult> {
    using _lock = this;
    let fetched: Fetched | undefined;
    try {
      if (this.claim !== undefined && "error" in this.claim) throw this.claim.error;
      const job = this.claim === undefined
        ? undefined
        : { ingestId: this.claim.id, attempts: this.attempts };
      const finish = (result: TickerResult) => ({ ...result, durationMs: this.#elapsedMs() });
      const planned = this.#planned = planTicker(this.#context, this.ticker);
      if (planned.skip !== undefined) {
        const skipped = finish({
          ...this.#asked(),
          status: "skipped",
          note: planned.skip,
        });
        if (job !== undefined) return await writeSkipped(this.#context, job, skipped);
        await writeFinishedRow(this.#context, skipped, this.startedAt);
        return skipped;
      }
      fetched = await this.#fetch(planned);
      const known: TickerResult = { ...this.#asked(), ...countsOf(fetched) };
      if (job !== undefined) {
        return await writeTicker(this.#context, job, known, fetched, finish);
      }
      const result = await rehearse(this.#context, known, fetched, finish);
      await writeFinishedRow(this.#context, result, this.startedAt);
      return result;
    } catch (error) {
      const result: TickerResult = {
        ...this.#asked(),
        ...(fetched === undefined ? {} : countsOf(fetched)),
        ...statusOf(error),
        durationMs: this.#elapsedMs(),
        error: reported(error),
      };
      return await this.#recordFailure(result, fetched?.rejects ?? []);
    } finally {
      this.#context.opened.forget(this.ticker);
    }
  }

  /** A result with what was asked for. */
  #asked(): TickerResult {
    const plan = this.#planned?.plan;
    if (plan === undefined || plan.kind === "all") return this.base;
    return { ...this.base, ...windowOf(plan), requests: this.#requests };
  }

  async #fetch(planned: Planned & { readonly skip?: undefined }): Promise<Fetched> {
    const { rawFolder } = this.#context;
    const fetched = await fetchTicker(this.#context, this.ticker, {
      plan: planned.plan,
      stored: planned.stored,
      onRequest: () => void this.#requests++,
      onRetry: (why) => {
        this.attempts.count++;
        log.info(literal(`${this.ticker}: trying again: ${messageOf(why)}`), {
          ticker: this.ticker,
          ...reported(why),
        });
      },
      ...(rawFolder === undefined
        ? {}
        : { onAnswer: (answer) => saveRaw(rawFolder, this.ticker, this.jobId, answer) }),
    });
    for (const warning of fetched.warnings) log.warn(literal(warning), { ticker: this.ticker });
    return fetched;
  }

  async #recordFailure(
    result: TickerResult,
    rejects: readonly Reject[],
  ): Promise<TickerResult> {
    const { db, source } = this.#context;
    const id = this.claim !== undefined && "id" in this.claim ? this.claim.id : undefined;
    if (id === undefined) {
      return await writeFinishedRow(this.#context, result, this.startedAt, rejects);
    }
    try {
      return await db.transaction("write the log to", () => {
        // Where the claim was lost, the row says `abandoned`, and says so rightly.
        if (!finishJob(db, id, jobEnd(result, this.attempts.count))) {
          return asRevoked(this.#context, id, result);
        }
        insertRejects(
          db,
          { ingestId: id, ticker: this.ticker, source, at: timestamp() },
          rejects,
        );
        return result;
      }, { onRetry: () => void this.attempts.count++ });
    } catch (error) {
      log.error(literal(`could not write the log row: ${messageOf(error)}`), {
        ...reported(error),
      });
      const job = jobStart(this.#context, this.base, this.startedAt);
      await spill(db.path, { job, end: jobEnd(result, this.attempts.count) });
      return withoutRejects(result);
    }
  }

  /** Lets go of the lock. Does nothing where it is not held. */
  [Symbol.dispose](): void {
    this.#guard?.release();
    this.#guard = undefined;
  }
}

function countsOf(
  fetched: Fetched,
): Pick<TickerResult, "rowsFetched" | "rowsRejected" | "payloadSha256"> {
  return {
    rowsFetched: fetched.good.length + fetched.rejects.length + fetched.repeated,
    rowsRejected: fetched.rejects.length,
    payloadSha256: fetched.payloadSha256,
  };
}
