/**
 * The store on a server: transactions of one connection, leases that another renews. Times in the log are
 * the server's; those of this machine are moved by how far the clocks differ.
 * @module
 */
import { debug } from "../../base/debug.ts";
import { TickerlockError } from "../../base/errors.ts";
import { newJob } from "../../model/new_job.ts";
import { ClaimLostError, StoreError } from "../errors.ts";
import type {
  Attempts,
  JobToTake,
  RefusedTicker,
  Store,
  TakenTicker,
  TakeOptions,
  TickerWrite,
  Written,
} from "../store.ts";
import { isOfOneRow, NO_COUNTS } from "../writing.ts";
import { leaseOf, writeGroup } from "./write_group.ts";
import { Connection, type Patience, type Transaction } from "./connection/connection.ts";
import { migrate } from "./connection/migrate.ts";
import type { Target } from "./connection/target.ts";
import { Lease, Leases } from "./locks/leases.ts";
import { PostgresLocks } from "./locks/locks.ts";
import { PricesAhead } from "./prices_ahead.ts";
import { Together } from "./together.ts";
import { holdRows, letGo } from "./locks/rows.ts";
import {
  beatCollector,
  endCollector,
  insertCollector,
  markDeadCollectors,
} from "./tables/collectors.ts";
import {
  isFinished,
  knownOf,
  newestTime,
  readCheckpoint,
  sessionsOf,
  unknownSince,
  writeCheckpoint,
} from "./tables/history.ts";
import {
  abandonRunning,
  bringInFinished,
  endCodes,
  endJobs,
  fence,
  insertEnded,
  insertRejects,
  insertRunning,
} from "./tables/jobs.ts";
import { upsertBatch } from "./tables/markets.ts";
import { storedIsins, storedPrices, storedTickers, upsertPrices } from "./tables/prices.ts";

/** Clocks that differ by less are one: the answer of the server takes as long. */
const NEAR_MS = 1000;

const MOST_ROWS = 20_000;

/** A question, and what answers it together with others of its kind, in order. */
interface Read {
  readonly question: unknown;
  answer(db: Transaction, questions: readonly unknown[]): Promise<readonly unknown[]>;
}

interface Take {
  readonly job: JobToTake;
  readonly options: TakeOptions;
}

/** A run's tickers, leased and claimed in one statement. */
export class PostgresStore implements Store {
  readonly engine = "postgres";
  readonly name: string;
  readonly locks: PostgresLocks;
  readonly #main: Connection;
  readonly #leases: Leases;
  readonly #ahead: PricesAhead;
  readonly #signal: AbortSignal | undefined;
  /** How far the server's clock is ahead of this machine's. */
  readonly #aheadMs: number;
  readonly #reads = new Together<Read, unknown>((reads) => this.#readAll(reads));
  readonly #takes = new Together<Take, TakenTicker | RefusedTicker>(async (takes) => {
    await this.#main.free();
    // Of one run, which takes every ticker alike.
    const [{ options } = { options: undefined }] = takes();
    return options === undefined ? [] : await this.#take(takes().map(({ job }) => job), options);
  });
  readonly #writes = new Together<TickerWrite, Written>(
    (writes) => this.#writeAll(writes),
    MOST_ROWS,
    ({ prices }) => prices.length,
  );

  private constructor(main: Connection, aheadMs: number, signal: AbortSignal | undefined) {
    this.name = main.target.name;
    this.#main = main;
    this.#signal = signal;
    this.#aheadMs = aheadMs;
    this.#leases = new Leases(main.target, main);
    this.#ahead = new PricesAhead(
      (work) => this.#stored(work),
      (wanted) => this.#ask(storedPrices, wanted),
    );
    this.locks = new PostgresLocks(main.target, { main, leases: this.#leases });
  }

  static async open(
    target: Target,
    patience: Patience,
    signal: AbortSignal | undefined,
  ): Promise<PostgresStore> {
    const main = new Connection(target, patience);
    try {
      await migrate(main);
      const before = Date.now();
      const row = await main.read(
        "ask the time of",
        (db) => db.get("SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms"),
      );
      const aheadMs = Math.round(Number(row?.ms) - (before + Date.now()) / 2);
      return new PostgresStore(main, aheadMs, signal);
    } catch (error) {
      await main[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A time of this machine's clock on the server's. */
  #moved(at: string): string {
    const ms = Date.parse(at) + this.#aheadMs;
    // The ends of the calendar stay.
    return at.startsWith("9999") ? at : new Date(ms).toISOString();
  }

  async take(
    jobs: readonly JobToTake[],
    options: TakeOptions,
  ): Promise<readonly (TakenTicker | RefusedTicker)[]> {
    const all = options.wait
      ? await this.#take(jobs, options)
      : await Promise.all(jobs.map((job) => this.#takes.ask({ job, options })));
    this.#ahead.take(all.flatMap((each) => each.taken ? [each.lock] : []));
    return all;
  }

  async #take(
    jobs: readonly JobToTake[],
    options: TakeOptions,
  ): Promise<readonly (TakenTicker | RefusedTicker)[]> {
    const { run, holder, wait, timeoutSeconds, claim, jobLock, signal, onWait } = options;
    if (jobLock?.isCurrent() === false) {
      return jobs.map(({ jobId }) => ({
        taken: false,
        error: new ClaimLostError(`job ${jobLock.name}`, jobId),
        lock: null,
      }));
    }
    const ids = new Map<string, number>();
    const abandoned = new Map<string, number>();
    const wanted = jobs.map(({ ticker, jobId }) => ({
      ...{ name: ticker, owner: jobId, command: holder, runId: run.runId },
    }));
    let found: Map<string, Lease | Error>;
    try {
      found = await this.#leases.take(wanted, {
        ...{ wait, timeoutSeconds, signal, onWait },
        onRetry: () => {
          for (const { attempts } of jobs) attempts.count++;
        },
        taken: async (db, names, waitedMs) => {
          if (!claim) return;
          const taken = jobs.filter(({ ticker }) => names.has(ticker));
          const lock = {
            lockAction: waitedMs === undefined ? "acquired" as const : "waited" as const,
            lockWaitedSeconds: Math.round(waitedMs ?? 0) / 1000,
          };
          const [gone, rows] = await Promise.all([
            abandonRunning(db, taken.map(({ ticker }) => ticker)),
            insertRunning(
              db,
              taken.map((job) => ({
                job: newJob({ ...run, ...job, ...lock }),
                // The claim is the start.
                sinceStartMs: 0,
              })),
            ),
          ]);
          for (const [ticker, n] of gone) abandoned.set(ticker, n);
          for (const [jobId, id] of rows) ids.set(jobId, id);
        },
      });
    } catch (error) {
      // The database can take nothing more: no ticker has failed.
      if (error instanceof StoreError && error.scope === "store") throw error;
      if (!(error instanceof TickerlockError)) throw error;
      return jobs.map(() => ({ taken: false, error, lock: null }));
    }
    return jobs.map(({ ticker, jobId }) => {
      const lease = found.get(ticker);
      if (lease === undefined || lease instanceof Error) {
        return { taken: false, error: lease, lock: null };
      }
      return {
        taken: true,
        lock: lease,
        id: ids.get(jobId) ?? null,
        abandoned: abandoned.get(ticker) ?? 0,
        [Symbol.asyncDispose]: () => this.#leases.release([lease]),
      };
    });
  }

  #write<T>(
    attempted: string,
    attempts: readonly Attempts[],
    work: (db: Transaction) => Promise<T>,
  ): Promise<T> {
    return this.#main.transaction(attempted, work, {
      signal: this.#signal,
      onRetry: () => {
        for (const each of attempts) each.count++;
      },
    });
  }

  async #readAll(reads: () => readonly Read[]): Promise<readonly unknown[]> {
    const read = (all: () => readonly Read[]): Promise<readonly unknown[]> =>
      this.#main.read("look for what is stored in", async (db) => {
        const answers = new Map<Read, unknown>();
        const kinds = Map.groupBy(all(), ({ answer }) => answer);
        await Promise.all([...kinds].map(async ([answer, own]) => {
          const found = await answer(db, own.map(({ question }) => question));
          for (const [at, each] of own.entries()) answers.set(each, found[at]);
        }));
        return all().map((each) => answers.get(each));
      });
    try {
      return await read(reads);
    } catch (error) {
      const all = reads();
      if (all.length === 1 || !isOfOneRow(error)) throw error;
      return all.map((each) => read(() => [each]).then(([answer]) => answer));
    }
  }

  async #ask<Question, Answer>(
    answer: (db: Transaction, questions: readonly Question[]) => Promise<readonly Answer[]>,
    question: Question,
  ): Promise<Answer> {
    return await this.#reads.ask({ answer, question } as Read) as Answer;
  }

  #stored<T>(work: (db: Transaction) => Promise<T>): Promise<T> {
    return this.#ask(async (db) => [await work(db)], undefined);
  }

  readonly known: Store["known"] = (ticker, source) => this.#ask(knownOf, { ticker, source });

  readonly firstGap: Store["firstGap"] = async (ticker, source, calendar) => {
    const { firstGap } = await import("./queries/gaps.ts");
    return await this.#stored((db) => firstGap(db, ticker, source, calendar));
  };

  readonly prices: Store["prices"] = (ticker, days, source) =>
    this.#ahead.prices(ticker, days, source);

  readonly isins: Store["isins"] = (ticker) => this.#stored((db) => storedIsins(db, ticker));

  readonly checkpoint: Store["checkpoint"] = (name, source, query) =>
    this.#stored((db) => readCheckpoint(db, source, name, query));

  readonly newestTime: Store["newestTime"] = () =>
    this.#main.read("look for the newest row of the log in", async (db) => {
      const newest = await newestTime(db);
      // It is compared with this machine's clock.
      return newest === null || Math.abs(this.#aheadMs) < NEAR_MS
        ? newest
        : new Date(Date.parse(newest) - this.#aheadMs).toISOString();
    });

  readonly isFinished: Store["isFinished"] = (work) =>
    this.#ask(isFinished, { ...work, since: this.#moved(work.since) });

  readonly unknownSince: Store["unknownSince"] = (ticker, source, since) =>
    this.#stored((db) => unknownSince(db, ticker, source, this.#moved(since)));

  readonly tickers: Store["tickers"] = (source) =>
    this.#main.read("look for stored tickers in", (db) => storedTickers(db, source));

  readonly sessions: Store["sessions"] = (source, tickers) =>
    this.#main.read("look for stored days in", (db) => sessionsOf(db, source, tickers));

  readonly firstGaps: Store["firstGaps"] = async (source, tickers, calendar) => {
    const { firstGaps } = await import("./queries/gaps.ts");
    return await this.#main.read(
      "look for gaps in",
      (db) => firstGaps(db, source, tickers, calendar),
    );
  };

  readonly write: Store["write"] = (group) =>
    Promise.all(group.map((each) => this.#writes.ask(each)));

  async #writeAll(
    writes: () => readonly TickerWrite[],
    what = "prices",
  ): Promise<readonly Written[]> {
    let group: readonly TickerWrite[] = [];
    try {
      const written = await this.#main.transaction(`write ${what} to`, async (db) => {
        group = writes();
        return await writeGroup(db, group, (at) => this.#moved(at), performance.now());
      }, {
        signal: this.#signal,
        onRetry: () => {
          for (const { job: { attempts } } of group) attempts.count++;
        },
      });
      this.#leases.released(group.map(({ job: { jobId } }) => jobId));
      this.#ahead.forget(group.map(({ job: { ticker } }) => ticker));
      return written;
    } catch (error) {
      group = writes();
      if (group.length === 1 || !isOfOneRow(error)) {
        return group.map(() => ({ outcome: "failed", error }));
      }
      const written: Written[] = [];
      for (const each of group) {
        const own = `the prices of ${each.job.ticker}`;
        written.push(...await this.#writeAll(() => [each], own));
      }
      return written;
    }
  }

  readonly writePage: Store["writePage"] = async (job, { markets, rejects, checkpoint }) => {
    const { id, ticker, source, jobId, attempts } = job;
    return await this.#write(`write a page of ${ticker} to`, [attempts], async (db) => {
      await holdRows(db, [leaseOf(job)]);
      if (!(await fence(db, [job])).has(id)) throw new ClaimLostError(ticker, jobId);
      const by = { source, ingestId: id };
      const counts = markets === undefined ? [] : await upsertBatch(db, by, markets);
      await insertRejects(db, [{ ingestId: id, ticker, source, rejects }]);
      if (checkpoint !== undefined) await writeCheckpoint(db, source, ticker, checkpoint);
      return counts;
    });
  };

  readonly rehearse: Store["rehearse"] = (what) => {
    const by = { source: what.source, ingestId: 0 };
    return this.#main.transaction("rehearse a write in", async (db) => {
      if ("markets" in what) return await upsertBatch(db, by, what.markets);
      const { ticker, prices: rows, keepKnown } = what;
      const counts = await upsertPrices(db, [{ ...by, ticker, rows }], keepKnown);
      return [counts.get(0) ?? NO_COUNTS];
    }, { mode: "rehearse", signal: this.#signal });
  };

  readonly end: Store["end"] = async (job, end, rejects = []) => {
    const { id, ticker, source, attempts } = job;
    const code = await this.#write(`write the log of ${ticker} to`, [attempts], async (db) => {
      await holdRows(db, [leaseOf(job)]);
      const ended = await endJobs(db, [{ claim: job, end: { ...end, attempts: attempts.count } }]);
      await letGo(db, [leaseOf(job)]);
      if (!ended.has(id)) return (await endCodes(db, [id])).get(id) ?? "";
      await insertRejects(db, [{ ingestId: id, ticker, source, rejects }]);
      return null;
    });
    this.#leases.released([job.jobId]);
    return code;
  };

  readonly record: Store["record"] = (job, end, attempts, rejects = []) =>
    this.#write("write the log to", [attempts], async (db) => {
      const starting = { job, sinceStartMs: Date.now() - Date.parse(job.startedAt) };
      const id = await insertEnded(db, starting, { ...end, attempts: attempts.count });
      const { ticker, source } = job;
      await insertRejects(db, [{ ingestId: id, ticker, source, rejects }]);
    });

  readonly bringIn: Store["bringIn"] = (jobs) =>
    jobs.length === 0
      ? Promise.resolve()
      : this.#write("bring finished jobs into", [], (db) => bringInFinished(db, jobs));

  readonly beginCollector: Store["beginCollector"] = (start, beat) =>
    this.#write("write the collector's row to", [], async (db) => {
      const dead = await markDeadCollectors(db, `found dead by collector ${start.runId}`);
      await insertCollector(db, { ...start, startedAt: this.#moved(start.startedAt) }, beat);
      return dead;
    });

  readonly beatCollector: Store["beatCollector"] = (start, beat) =>
    this.#write("write the heartbeat to", [], async (db) => {
      const outcome = await beatCollector(db, start.runId, beat);
      if (outcome === "missing") {
        await insertCollector(db, { ...start, startedAt: this.#moved(start.startedAt) }, beat);
      }
      return outcome !== "replaced";
    });

  readonly endCollector: Store["endCollector"] = (runId, reason) =>
    this.#write("write the collector's end to", [], (db) => endCollector(db, runId, reason));

  async [Symbol.asyncDispose](): Promise<void> {
    debug("db", () => [`database ${this.name}: closed`, { path: this.name }]);
    await this.#leases[Symbol.asyncDispose]();
    await this.#main[Symbol.asyncDispose]();
  }
}
