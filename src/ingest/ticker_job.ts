/**
 * The pipeline for one ticker: lock, claim, plan, fetch, validate, write, let go.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  abandonRunning,
  ClaimLostError,
  finishJob,
  holdsClaim,
  insertRejects,
  insertRunning,
  sameWorkFinished,
  type UpsertCounts,
  upsertPrices,
} from "../db/mod.ts";
import { InterruptedError, messageOf, SourceError } from "../errors.ts";
import {
  acquireTickerLock,
  describeHolder,
  LockBusyError,
  LockError,
  type LockGuard,
  LockTimeoutError,
} from "../lock/mod.ts";
import { literal } from "../log.ts";
import type { PriceRow, Reject } from "../sources/source.ts";
import { emptyResult, reported, type RunContext, timestamp } from "./context.ts";
import { jobEnd, jobStart, writeFinishedRow } from "./job_log.ts";
import type { TickerResult } from "./types.ts";
import { uuidV7 } from "./uuid.ts";
import { validatePrices } from "./validate.ts";

const log = getLogger(["tickerlock", "ingest"]);

interface Fetched {
  readonly good: readonly PriceRow[];
  readonly rejects: readonly Reject[];
  readonly repeated: number;
  readonly payloadSha256: string | null;
}

/** The work on one ticker in one run. */
export class TickerJob {
  readonly #context: RunContext;
  readonly #ticker: string;
  readonly #jobId = uuidV7();
  readonly #startedAt = timestamp();
  readonly #started = performance.now();

  /** @param context The run. @param ticker Canonical ticker. */
  constructor(context: RunContext, ticker: string) {
    this.#context = context;
    this.#ticker = ticker;
  }

  #acquire(wait: boolean): Promise<LockGuard> {
    const { lockDir, lockTimeoutSeconds, signal, command } = this.#context;
    return acquireTickerLock(this.#ticker, {
      lockDir,
      wait,
      timeoutSeconds: lockTimeoutSeconds,
      signal,
      command,
      jobId: this.#jobId,
      task: this,
      onWait: (holder) =>
        log.info(literal(`waiting for ${this.#ticker}, locked by ${describeHolder(holder)}`), {
          ticker: this.#ticker,
          holder: holder ?? null,
        }),
    });
  }

  /**
   * Does the work if the lock is free.
   *
   * @returns The result, or undefined where another run holds the lock.
   */
  async tryNow(): Promise<TickerResult | undefined> {
    let guard: LockGuard;
    try {
      guard = await this.#acquire(false);
    } catch (error) {
      if (error instanceof LockBusyError) return undefined;
      return await this.#notLocked(error);
    }
    return await this.#locked(guard);
  }

  /**
   * Does the work, or records why not.
   *
   * @param wait Wait for a lock that another run holds; false leaves the ticker out.
   */
  async work(wait: boolean): Promise<TickerResult> {
    let guard: LockGuard;
    try {
      guard = await this.#acquire(wait);
    } catch (error) {
      return await this.#notLocked(error);
    }
    return await this.#locked(guard);
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#started);
  }

  async #notLocked(error: unknown): Promise<TickerResult> {
    // No ticker can be locked in such a folder: the run as a whole has failed.
    if (error instanceof LockError && error.code === "lock_dir_unusable") throw error;
    this.#context.opened.forget(this.#ticker);
    const base = emptyResult(this.#ticker, this.#jobId, "failed");
    const ended = { ...base, durationMs: this.#elapsedMs(), error: reported(error) };
    let result: TickerResult = ended;
    if (error instanceof LockBusyError) {
      result = { ...ended, status: "lock_busy", lockAction: "busy", lockWaitedSeconds: 0 };
    } else if (error instanceof LockTimeoutError) {
      const { waitedSeconds } = error;
      result = {
        ...ended,
        status: "lock_timeout",
        lockAction: "timed_out",
        lockWaitedSeconds: waitedSeconds,
      };
    } else if (error instanceof InterruptedError) {
      result = { ...ended, status: "interrupted" };
    }
    await writeFinishedRow(this.#context, result, this.#startedAt);
    return result;
  }

  async #locked(guard: LockGuard): Promise<TickerResult> {
    using lock = guard;
    const base: TickerResult = {
      ...emptyResult(this.#ticker, this.#jobId, "failed"),
      lockAction: lock.action,
      lockWaitedSeconds: lock.waitedSeconds,
    };
    let ingestId: number | undefined;
    let fetched: Fetched | undefined;
    try {
      ingestId = await this.#claim(base);
      fetched = await this.#fetch();
      const known = {
        ...base,
        rowsFetched: fetched.good.length + fetched.rejects.length + fetched.repeated,
        rowsRejected: fetched.rejects.length,
        payloadSha256: fetched.payloadSha256,
      };
      return await this.#write(ingestId, known, fetched);
    } catch (error) {
      const interrupted = error instanceof InterruptedError;
      const result: TickerResult = {
        ...base,
        status: interrupted ? "interrupted" : "failed",
        durationMs: this.#elapsedMs(),
        rowsFetched: fetched === undefined
          ? 0
          : fetched.good.length + fetched.rejects.length + fetched.repeated,
        rowsRejected: fetched?.rejects.length ?? 0,
        payloadSha256: fetched?.payloadSha256 ?? null,
        error: reported(error),
      };
      await this.#recordFailure(ingestId, result, fetched?.rejects ?? []);
      return result;
    } finally {
      this.#context.opened.forget(this.#ticker);
    }
  }

  /** Step 2: what is still `running` for this ticker is dead, since we hold the lock. */
  async #claim(base: TickerResult): Promise<number | undefined> {
    const { db, dryRun } = this.#context;
    if (dryRun) return undefined;
    return await db.transaction(`claim ${this.#ticker} in`, () => {
      const abandoned = abandonRunning(db, this.#ticker, timestamp());
      if (abandoned > 0) {
        log.warn(literal(`${this.#ticker}: marked ${abandoned} unfinished run(s) as abandoned`), {
          ticker: this.#ticker,
          abandoned,
        });
      }
      return insertRunning(db, jobStart(this.#context, base, this.#startedAt));
    });
  }

  /** Steps 4 and 5. No transaction is open. */
  async #fetch(): Promise<Fetched> {
    const { opened, signal, lastDay } = this.#context;
    const good: PriceRow[] = [];
    const rejects: Reject[] = [];
    let repeated = 0;
    let payloadSha256: string | null = null;
    for await (const batch of opened.fetch(this.#ticker)) {
      signal.throwIfAborted();
      const checked = validatePrices(batch.prices, lastDay);
      for (const row of checked.good) good.push(row);
      for (const reject of batch.rejects) rejects.push(reject);
      for (const reject of checked.rejects) rejects.push(reject);
      repeated += batch.repeated ?? 0;
      payloadSha256 = batch.payloadSha256 ?? payloadSha256;
    }
    signal.throwIfAborted();
    return { good, rejects, repeated, payloadSha256 };
  }

  /** Steps 3 and 6: nothing where another run has just done the same, else one transaction. */
  async #write(
    ingestId: number | undefined,
    known: TickerResult,
    fetched: Fetched,
  ): Promise<TickerResult> {
    const { db, source, dryRun } = this.#context;
    if (fetched.good.length === 0) {
      throw new SourceError(
        "no_valid_rows",
        `${this.#ticker}: none of ${fetched.rejects.length} row(s) is valid; ` +
          `the first is refused because ${fetched.rejects[0]?.reason ?? "there are no rows"}`,
        { hint: "Look at the rows in ingest_rejects and at the source's data." },
      );
    }
    const finished = (counts: UpsertCounts, status: TickerResult["status"]): TickerResult => ({
      ...known,
      status,
      rowsInserted: counts.inserted,
      rowsUpdated: counts.updated,
      rowsUnchanged: counts.unchanged + fetched.repeated,
      durationMs: this.#elapsedMs(),
    });
    if (dryRun || ingestId === undefined) {
      const counts = await db.rehearsal(
        `rehearse ${this.#ticker} in`,
        () => upsertPrices(db, this.#ticker, source, 0, fetched.good),
      );
      const result = finished(counts, "dry_run");
      await writeFinishedRow(this.#context, result, this.#startedAt);
      return result;
    }
    return await db.transaction(`write the prices of ${this.#ticker} to`, () => {
      if (!holdsClaim(db, ingestId)) throw new ClaimLostError(this.#ticker, this.#jobId);
      if (this.#isDoneAlready(fetched)) {
        const skipped: TickerResult = {
          ...known,
          status: "skipped",
          rowsRejected: 0,
          durationMs: this.#elapsedMs(),
        };
        finishJob(db, ingestId, jobEnd(skipped));
        return skipped;
      }
      const counts = upsertPrices(db, this.#ticker, source, ingestId, fetched.good);
      this.#insertRejects(ingestId, fetched.rejects);
      const result = finished(counts, "success");
      finishJob(db, ingestId, jobEnd(result));
      return result;
    });
  }

  #isDoneAlready(fetched: Fetched): boolean {
    const { db, source, forceRefresh, startedAt } = this.#context;
    if (forceRefresh || fetched.payloadSha256 === null) return false;
    return sameWorkFinished(db, {
      ticker: this.#ticker,
      source,
      payloadSha256: fetched.payloadSha256,
      since: startedAt,
    });
  }

  #insertRejects(ingestId: number, rejects: readonly Reject[]): void {
    const { db, source } = this.#context;
    insertRejects(db, { ingestId, ticker: this.#ticker, source, at: timestamp() }, rejects);
  }

  async #recordFailure(
    ingestId: number | undefined,
    result: TickerResult,
    rejects: readonly Reject[],
  ): Promise<void> {
    const { db } = this.#context;
    if (ingestId === undefined) {
      await writeFinishedRow(this.#context, result, this.#startedAt, rejects);
      return;
    }
    try {
      await db.transaction("write the log to", () => {
        // Where the claim was lost, the row says `abandoned`, and says so rightly.
        if (!finishJob(db, ingestId, jobEnd(result))) return;
        this.#insertRejects(ingestId, rejects);
      });
    } catch (error) {
      log.error(literal(`could not write the log row: ${messageOf(error)}`), {
        ...reported(error),
        ticker: this.#ticker,
        job_id: this.#jobId,
      });
    }
  }
}
