/**
 * The store on SQLite: one connection, whose transactions run one at a time, and file locks.
 *
 * Each operation is one synchronous transaction underneath, so no other task of the process can come
 * between its statements.
 *
 * @module
 */
import { debug } from "../../base/debug.ts";
import { InterruptedError } from "../../base/errors.ts";
import { timestamp } from "../../base/time.ts";
import type { CalendarChanges } from "../../exchange/gaps.ts";
import { makeLockFolder } from "../../lock/lock_file.ts";
import { acquireTickerLock, LockError } from "../../lock/mod.ts";
import type { FinishedJob, JobStart } from "../../model/job.ts";
import { newJob } from "../../model/new_job.ts";
import type { PriceRow, Reject, StoredState } from "../../model/prices.ts";
import { exists, removeQuietly } from "../../platform/files.ts";
import { ClaimLostError, StoreError } from "../errors.ts";
import type {
  Attempts,
  ClaimedJob,
  CollectorBeat,
  CollectorStart,
  DaySpan,
  EndedJob,
  FinishedWork,
  JobToTake,
  PageWrite,
  RefusedTicker,
  Rehearsal,
  Store,
  TakenTicker,
  TakeOptions,
  TickerWrite,
  UpsertCounts,
  Written,
} from "../store.ts";
import { Database, type OpenOptions } from "./connection/database.ts";
import { FileLocks, type LockPlace } from "./locks.ts";
import {
  beatCollector,
  endCollector,
  insertCollector,
  markDeadCollectors,
} from "./tables/collectors.ts";
import { storedIsins } from "./tables/price_details.ts";
import {
  askedFrom,
  isFinished,
  lastContradiction,
  lastWhole,
  newestTime,
  readCheckpoint,
  sessionsOf,
  storedDays,
  unknownSince,
  writeCheckpoint,
} from "./tables/history.ts";
import {
  abandonRunning,
  bringInFinished,
  endCodeOf,
  endJob,
  heldClaims,
  insertRejects,
  insertRunning,
} from "./tables/jobs.ts";
import { upsertBatch } from "./tables/markets.ts";
import { OwnLockFolder } from "./tables/lock_folders.ts";
import {
  newestDays,
  storedActions,
  storedPrices,
  storedTickers,
  upsertPrices,
} from "./tables/prices.ts";
import { writeGroup } from "./write_group.ts";

type Guard = Awaited<ReturnType<typeof acquireTickerLock>>;

interface Locked {
  readonly job: JobToTake;
  readonly guard: Guard;
}

/** Whether a failure is of one ticker's rows; not of the database as a whole, and no stop. */
function isOfOneRow(error: unknown): boolean {
  if (error instanceof StoreError) return error.scope === "row" && !error.retryable;
  return !(error instanceof InterruptedError);
}

function tickersOf(jobs: readonly { readonly ticker: string }[]): string {
  return jobs.length === 1 ? jobs[0]?.ticker ?? "" : `${jobs.length} tickers`;
}

/** A run's tickers, locked by {@linkcode FileLocks} and claimed in the database. */
export class SqliteStore implements Store {
  readonly engine = "sqlite";
  readonly name: string;
  readonly locks: FileLocks;
  readonly #db: Database;
  readonly #place: LockPlace;
  readonly #lockFolder: OwnLockFolder;
  /** Newest stored days of tickers that are locked together: nothing else writes them meanwhile. */
  readonly #newest = new Map<string, string>();

  private constructor(db: Database, place: LockPlace) {
    this.name = db.path;
    this.locks = new FileLocks(db.path, place, () => this.#checkFolder());
    this.#db = db;
    this.#place = place;
    this.#lockFolder = new OwnLockFolder(place.lockDir);
  }

  /**
   * @throws {StoreError} With a code for each way in which the database cannot be used.
   * @throws {LockError} `lock_dir_unusable`, before a database is made.
   * @throws {UsageError} `other_lock_folder`.
   */
  static async open(path: string, place: LockPlace, options: OpenOptions): Promise<SqliteStore> {
    const isNew = path !== ":memory:" && !exists(path);
    const madeFolder = isNew && !exists(place.lockDir);
    if (isNew) makeLockFolder(place.lockDir, place.lockMode);
    let db: Database;
    try {
      db = await Database.open(path, options);
    } catch (error) {
      if (madeFolder) removeQuietly(place.lockDir);
      throw error;
    }
    try {
      const store = new SqliteStore(db, place);
      store.#checkFolder();
      return store;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  #checkFolder(): void {
    this.#db.read("look for the lock folder in", () => this.#lockFolder.check(this.#db));
  }

  async take(
    jobs: readonly JobToTake[],
    options: TakeOptions,
  ): Promise<readonly (TakenTicker | RefusedTicker)[]> {
    using locked = new DisposableStack();
    const attempts = new Map<JobToTake, Locked | RefusedTicker>();
    // In one order, so that two runs which wait for the same tickers never wait for each other.
    for (const job of jobs.toSorted((a, b) => a.ticker < b.ticker ? -1 : 1)) {
      try {
        attempts.set(job, { job, guard: locked.use(await this.#lock(job, options)) });
      } catch (error) {
        // No ticker can be locked in such a folder: the run as a whole has failed.
        if (error instanceof LockError && error.code === "lock_dir_unusable") throw error;
        attempts.set(job, { taken: false, error, lock: null });
      }
    }
    const attempted = jobs.flatMap((job) => attempts.get(job) ?? []);
    const held = attempted.filter((each): each is Locked => "guard" in each);
    const claims = options.claim && held.length > 0
      ? await this.#claim(held, options)
      : new Map<JobToTake, Claim>();
    locked.move();
    return attempted.map((each) => {
      if (!("guard" in each)) return each;
      const claim = claims.get(each.job) ?? { id: null, abandoned: 0 };
      const { guard } = each;
      if ("id" in claim) {
        return {
          taken: true,
          lock: guard,
          ...claim,
          [Symbol.asyncDispose]: () => {
            this.#newest.delete(guard.name);
            return Promise.try(() => guard.release());
          },
        };
      }
      guard.release();
      return { taken: false, error: claim.error, lock: guard };
    });
  }

  #lock(job: JobToTake, options: TakeOptions): Promise<Guard> {
    const { wait, timeoutSeconds, signal, holder: command, onWait } = options;
    return acquireTickerLock(job.ticker, {
      ...this.#place,
      wait,
      timeoutSeconds,
      signal,
      command,
      jobId: job.jobId,
      task: job,
      onWait: (holder) => onWait?.(job.ticker, holder),
    });
  }

  /**
   * A run that was stopped between lock and claim may have lost the lock meanwhile, and its successor
   * may be done already. So the lock is looked at inside the transaction: a successor that takes it
   * after that look claims after this run, and its claim ends this one's.
   */
  async #claim(
    locked: readonly Locked[],
    { run, jobLock }: TakeOptions,
  ): Promise<Map<JobToTake, Claim>> {
    const claims = new Map<JobToTake, Claim>();
    const db = this.#db;
    const jobs = locked.map(({ job }) => job);
    try {
      await this.#write(`claim ${tickersOf(jobs)} in`, jobs.map(({ attempts }) => attempts), () => {
        // Here, too: of two runs that are the first, each with a folder of its own, one is refused.
        this.#lockFolder.remember(db);
        const current = locked.filter(({ job, guard }) => {
          const lost = jobLock?.isCurrent() === false
            ? `job ${jobLock.name}`
            : guard.isCurrent()
            ? undefined
            : job.ticker;
          if (lost !== undefined) claims.set(job, { error: new ClaimLostError(lost, job.jobId) });
          return lost === undefined;
        });
        const tickers = current.map(({ job }) => job.ticker);
        const marked = abandonRunning(db, tickers, timestamp());
        if (tickers.length > 1) {
          for (const [ticker, day] of newestDays(db, tickers)) this.#newest.set(ticker, day);
        }
        for (const { job, guard } of current) {
          const abandoned = marked.get(job.ticker) ?? 0;
          const { action: lockAction, waitedSeconds: lockWaitedSeconds } = guard;
          const { jobId, ticker } = job;
          // It starts now, with the lock in hand: spans of one ticker never overlap.
          const row = newJob({ ...run, jobId, ticker, lockAction, lockWaitedSeconds });
          claims.set(job, { id: insertRunning(db, row), abandoned });
        }
      });
    } catch (error) {
      // The database can take nothing more: no ticker has failed.
      if (error instanceof StoreError && error.scope === "store") throw error;
      for (const job of jobs) claims.set(job, { error });
    }
    return claims;
  }

  /** A transaction; each further try counts. */
  #write<T>(attempted: string, attempts: readonly Attempts[], work: () => T): Promise<T> {
    return this.#db.transaction(attempted, work, {
      onRetry: () => {
        for (const each of attempts) each.count++;
      },
    });
  }

  #read<T>(attempted: string, work: (db: Database) => T): Promise<T> {
    return Promise.try(() => this.#db.read(attempted, () => work(this.#db)));
  }

  #stored<T>(name: string, work: (db: Database) => T): Promise<T> {
    return this.#read(`look for what is stored of ${name} in`, work);
  }

  known(ticker: string, source: string): Promise<StoredState> {
    return this.#stored(ticker, (db) => ({
      ...storedDays(db, ticker, source),
      askedFrom: askedFrom(db, ticker, source),
      actions: storedActions(db, ticker, source),
      ...lastWhole(db, ticker, source),
      contradiction: lastContradiction(db, ticker, source),
    }));
  }

  prices(ticker: string, days: DaySpan, source?: string): Promise<readonly PriceRow[]> {
    const newest = this.#newest.get(ticker);
    if (newest !== undefined && newest < days.from) return Promise.resolve([]);
    return this.#stored(ticker, (db) => storedPrices(db, ticker, days, source));
  }

  isins(ticker: string): Promise<string[]> {
    return this.#stored(ticker, (db) => storedIsins(db, ticker));
  }

  checkpoint(name: string, source: string, query: string): Promise<string | null> {
    return this.#stored(name, (db) => readCheckpoint(db, source, name, query));
  }

  newestTime(): Promise<string | null> {
    return this.#read("look for the newest row of the log in", newestTime);
  }

  isFinished(work: FinishedWork): Promise<boolean> {
    return this.#stored(work.ticker, (db) => isFinished(db, work));
  }

  unknownSince(ticker: string, source: string, since: string): Promise<string | null> {
    return this.#stored(ticker, (db) => unknownSince(db, ticker, source, since));
  }

  tickers(source: string): Promise<string[]> {
    return this.#read("look for stored tickers in", (db) => storedTickers(db, source));
  }

  sessions(source: string, tickers: readonly string[] | null): Promise<string[]> {
    return this.#read("look for stored days in", (db) => sessionsOf(db, source, tickers));
  }

  async firstGap(
    ticker: string,
    source: string,
    calendar: CalendarChanges,
  ): Promise<string | undefined> {
    const { firstGap } = await import("./queries/gaps.ts");
    return await this.#stored(ticker, (db) => firstGap(db, ticker, source, calendar));
  }

  async firstGaps(
    source: string,
    tickers: readonly string[],
    calendar: CalendarChanges,
  ): Promise<ReadonlyMap<string, string>> {
    const { firstGaps } = await import("./queries/gaps.ts");
    return await this.#read("look for gaps in", (db) => firstGaps(db, source, tickers, calendar));
  }

  async write(group: readonly TickerWrite[]): Promise<readonly Written[]> {
    const jobs = group.map(({ job }) => job);
    const attempted = `write the prices of ${tickersOf(jobs)} to`;
    const started = performance.now();
    for (const { ticker } of jobs) this.#newest.delete(ticker);
    try {
      return await this.#write(
        attempted,
        jobs.map(({ attempts }) => attempts),
        () => writeGroup(this.#db, group, started),
      );
    } catch (error) {
      if (group.length === 1 || !isOfOneRow(error)) {
        return group.map(() => ({ outcome: "failed", error }));
      }
      const written: Written[] = [];
      for (const each of group) written.push(...await this.write([each]));
      return written;
    }
  }

  async writePage(job: ClaimedJob, page: PageWrite): Promise<readonly UpsertCounts[]> {
    const db = this.#db;
    const { id, ticker, source, jobId, attempts } = job;
    return await this.#write(`write a page of ${ticker} to`, [attempts], () => {
      if (!heldClaims(db, [id]).has(id)) throw new ClaimLostError(ticker, jobId);
      const by = { source, ingestId: id };
      const counts = page.markets === undefined ? [] : upsertBatch(db, by, page.markets);
      insertRejects(db, { ingestId: id, ticker, source, at: timestamp() }, page.rejects);
      if (page.checkpoint !== undefined) {
        const { query, value } = page.checkpoint;
        writeCheckpoint(db, source, ticker, query, value, timestamp());
      }
      return counts;
    });
  }

  rehearse(what: Rehearsal): Promise<readonly UpsertCounts[]> {
    const db = this.#db;
    if ("markets" in what) {
      return db.rehearsal(
        "rehearse a page in",
        () => upsertBatch(db, { source: what.source, ingestId: 0 }, what.markets),
      );
    }
    const { ticker, source, prices, keepKnown } = what;
    return db.rehearsal(
      `rehearse ${ticker} in`,
      () => [upsertPrices(db, ticker, source, 0, prices, keepKnown)],
    );
  }

  end(job: ClaimedJob, end: EndedJob, rejects: readonly Reject[] = []): Promise<string | null> {
    const db = this.#db;
    const { id, ticker, source, attempts } = job;
    return this.#write(`write the log of ${ticker} to`, [attempts], () => {
      const at = timestamp();
      if (!endJob(db, id, { ...end, finishedAt: at, attempts: attempts.count })) {
        return endCodeOf(db, id) ?? "";
      }
      insertRejects(db, { ingestId: id, ticker, source, at }, rejects);
      return null;
    });
  }

  record(
    job: JobStart,
    end: EndedJob,
    attempts: Attempts,
    rejects: readonly Reject[] = [],
  ): Promise<void> {
    const db = this.#db;
    return this.#write("write the log to", [attempts], () => {
      const id = insertRunning(db, job);
      const at = timestamp();
      const { ticker, source } = job;
      insertRejects(db, { ingestId: id, ticker, source, at }, rejects);
      endJob(db, id, { ...end, finishedAt: at, attempts: attempts.count });
    });
  }

  bringIn(jobs: readonly FinishedJob[]): Promise<void> {
    return this.#write("bring finished jobs into", [], () => {
      for (const { job, end } of jobs) bringInFinished(this.#db, job, end);
    });
  }

  beginCollector(start: CollectorStart, beat: CollectorBeat): Promise<readonly string[]> {
    const db = this.#db;
    return this.#write("write the collector's row to", [], () => {
      const at = timestamp();
      this.#lockFolder.remember(db);
      const dead = markDeadCollectors(db, `found dead by collector ${start.runId}`, at);
      insertCollector(db, start, beat, at);
      return dead;
    });
  }

  beatCollector(start: CollectorStart, beat: CollectorBeat): Promise<boolean> {
    const db = this.#db;
    return this.#write("write the heartbeat to", [], () => {
      const at = timestamp();
      const outcome = beatCollector(db, start.runId, beat, at);
      if (outcome === "missing") insertCollector(db, start, beat, at);
      return outcome !== "replaced";
    });
  }

  endCollector(runId: string, reason: string): Promise<void> {
    return this.#write(
      "write the collector's end to",
      [],
      () => endCollector(this.#db, runId, reason, timestamp()),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    debug("db", () => [`database ${this.name}: closed`, { path: this.name }]);
    return Promise.try(() => this.#db.close());
  }
}

/** A job's row with the number of rows that it ended; or why there is none. */
type Claim = { readonly id: number | null; readonly abandoned: number } | {
  readonly error: unknown;
};
