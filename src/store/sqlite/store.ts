/**
 * The store on SQLite: file locks, and one connection, each operation one synchronous transaction.
 * @module
 */
import { debug } from "../../base/debug.ts";
import { timestamp } from "../../base/time.ts";
import { makeLockFolder } from "../../lock/lock_file.ts";
import { acquireTickerLock, LockError } from "../../lock/mod.ts";
import { newJob } from "../../model/new_job.ts";
import { exists, removeQuietly } from "../../platform/files.ts";
import { ClaimLostError, StoreError } from "../errors.ts";
import type {
  Attempts,
  JobToTake,
  RefusedTicker,
  Store,
  TakenTicker,
  TakeOptions,
  Written,
} from "../store.ts";
import { isOfOneRow } from "../writing.ts";
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

  /** @throws {LockError} `lock_dir_unusable`, before a database is made. @throws {UsageError} */
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
   * The lock is looked at inside the transaction: a run that was stopped may have lost it, and a successor
   * that takes it after that look claims after this run, which ends this one's claim.
   */
  async #claim(
    locked: readonly Locked[],
    { run, jobLock }: TakeOptions,
  ): Promise<Map<JobToTake, Claim>> {
    const claims = new Map<JobToTake, Claim>();
    const jobs = locked.map(({ job }) => job);
    try {
      const attempts = jobs.map((job) => job.attempts);
      await this.#write(`claim ${tickersOf(jobs)} in`, attempts, (db) => {
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

  #write<T>(
    attempted: string,
    attempts: readonly Attempts[],
    work: (db: Database) => T,
  ): Promise<T> {
    return this.#db.transaction(attempted, () => work(this.#db), {
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

  readonly known: Store["known"] = (ticker, source) =>
    this.#stored(ticker, (db) => ({
      ...storedDays(db, ticker, source),
      askedFrom: askedFrom(db, ticker, source),
      actions: storedActions(db, ticker, source),
      ...lastWhole(db, ticker, source),
      contradiction: lastContradiction(db, ticker, source),
    }));

  readonly prices: Store["prices"] = (ticker, days, source) => {
    const newest = this.#newest.get(ticker);
    if (newest !== undefined && newest < days.from) return Promise.resolve([]);
    return this.#stored(ticker, (db) => storedPrices(db, ticker, days, source));
  };

  readonly isins: Store["isins"] = (ticker) =>
    this.#stored(ticker, (db) => storedIsins(db, ticker));

  readonly checkpoint: Store["checkpoint"] = (name, source, query) =>
    this.#stored(name, (db) => readCheckpoint(db, source, name, query));

  readonly newestTime: Store["newestTime"] = () =>
    this.#read("look for the newest row of the log in", newestTime);

  readonly isFinished: Store["isFinished"] = (work) =>
    this.#stored(work.ticker, (db) => isFinished(db, work));

  readonly unknownSince: Store["unknownSince"] = (ticker, source, since) =>
    this.#stored(ticker, (db) => unknownSince(db, ticker, source, since));

  readonly tickers: Store["tickers"] = (source) =>
    this.#read("look for stored tickers in", (db) => storedTickers(db, source));

  readonly sessions: Store["sessions"] = (source, tickers) =>
    this.#read("look for stored days in", (db) => sessionsOf(db, source, tickers));

  readonly firstGap: Store["firstGap"] = async (ticker, source, calendar) => {
    const { firstGap } = await import("./queries/gaps.ts");
    return await this.#stored(ticker, (db) => firstGap(db, ticker, source, calendar));
  };

  readonly firstGaps: Store["firstGaps"] = async (source, tickers, calendar) => {
    const { firstGaps } = await import("./queries/gaps.ts");
    return await this.#read("look for gaps in", (db) => firstGaps(db, source, tickers, calendar));
  };

  readonly write: Store["write"] = async (group) => {
    const jobs = group.map(({ job }) => job);
    const attempted = `write the prices of ${tickersOf(jobs)} to`;
    const started = performance.now();
    for (const { ticker } of jobs) this.#newest.delete(ticker);
    try {
      const attempts = jobs.map((job) => job.attempts);
      return await this.#write(attempted, attempts, (db) => writeGroup(db, group, started));
    } catch (error) {
      if (group.length === 1 || !isOfOneRow(error)) {
        return group.map(() => ({ outcome: "failed", error }));
      }
      const written: Written[] = [];
      for (const each of group) written.push(...await this.write([each]));
      return written;
    }
  };

  readonly writePage: Store["writePage"] = async (job, { markets, rejects, checkpoint }) => {
    const { id, ticker, source, jobId, attempts } = job;
    return await this.#write(`write a page of ${ticker} to`, [attempts], (db) => {
      if (!heldClaims(db, [id]).has(id)) throw new ClaimLostError(ticker, jobId);
      const by = { source, ingestId: id };
      const counts = markets === undefined ? [] : upsertBatch(db, by, markets);
      insertRejects(db, { ingestId: id, ticker, source, at: timestamp() }, rejects);
      if (checkpoint !== undefined) {
        writeCheckpoint(db, source, ticker, checkpoint.query, checkpoint.value, timestamp());
      }
      return counts;
    });
  };

  readonly rehearse: Store["rehearse"] = (what) => {
    const db = this.#db;
    const { source } = what;
    if ("markets" in what) {
      const { markets } = what;
      return db.rehearsal(
        "rehearse a page in",
        () => upsertBatch(db, { source, ingestId: 0 }, markets),
      );
    }
    const { ticker, prices, keepKnown } = what;
    return db.rehearsal(
      `rehearse ${ticker} in`,
      () => [upsertPrices(db, ticker, source, 0, prices, keepKnown)],
    );
  };

  readonly end: Store["end"] = ({ id, ticker, source, attempts }, end, rejects = []) =>
    this.#write(`write the log of ${ticker} to`, [attempts], (db) => {
      const at = timestamp();
      if (!endJob(db, id, { ...end, finishedAt: at, attempts: attempts.count })) {
        return endCodeOf(db, id) ?? "";
      }
      insertRejects(db, { ingestId: id, ticker, source, at }, rejects);
      return null;
    });

  readonly record: Store["record"] = (job, end, attempts, rejects = []) =>
    this.#write("write the log to", [attempts], (db) => {
      const id = insertRunning(db, job);
      const at = timestamp();
      const { ticker, source } = job;
      insertRejects(db, { ingestId: id, ticker, source, at }, rejects);
      endJob(db, id, { ...end, finishedAt: at, attempts: attempts.count });
    });

  readonly bringIn: Store["bringIn"] = (jobs) =>
    this.#write("bring finished jobs into", [], (db) => {
      for (const { job, end } of jobs) bringInFinished(db, job, end);
    });

  readonly beginCollector: Store["beginCollector"] = (start, beat) =>
    this.#write("write the collector's row to", [], (db) => {
      const at = timestamp();
      this.#lockFolder.remember(db);
      const dead = markDeadCollectors(db, `found dead by collector ${start.runId}`, at);
      insertCollector(db, start, beat, at);
      return dead;
    });

  readonly beatCollector: Store["beatCollector"] = (start, beat) =>
    this.#write("write the heartbeat to", [], (db) => {
      const at = timestamp();
      const outcome = beatCollector(db, start.runId, beat, at);
      if (outcome === "missing") insertCollector(db, start, beat, at);
      return outcome !== "replaced";
    });

  readonly endCollector: Store["endCollector"] = (runId, reason) =>
    this.#write(
      "write the collector's end to",
      [],
      (db) => endCollector(db, runId, reason, timestamp()),
    );

  [Symbol.asyncDispose](): Promise<void> {
    debug("db", () => [`database ${this.name}: closed`, { path: this.name }]);
    return Promise.try(() => this.#db.close());
  }
}

type Claim = { readonly id: number | null; readonly abandoned: number } | {
  readonly error: unknown;
};
