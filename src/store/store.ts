/**
 * What a run, a collector and `locks` need of a database: whole transactions, all asynchronous. An
 * engine is a folder beside this file that implements it; `open.ts` alone names the engines.
 *
 * Nothing here is an SQL dialect, and no function of a caller runs inside a transaction. The
 * promises are stated as tests in `tests/store/contract.ts`, which every engine passes.
 *
 * @module
 */
import type { CalendarChanges } from "../exchange/gaps.ts";
import type { FinishedJob, JobEnd, JobStart } from "../model/job.ts";
import type { CorporateEvent } from "../model/corporate_events.ts";
import type { MarketBatch } from "../model/markets.ts";
import type { PriceColumns } from "../model/price_columns.ts";
import type { CorporateAction, PriceRow, Reject, StoredState } from "../model/prices.ts";
import type { HolderRecord, LockState, Released } from "../lock/mod.ts";

/** What an upsert did. The three add up to the number of rows given. */
export interface UpsertCounts {
  readonly inserted: number;
  readonly updated: number;
  /** Stored just so already; not written again. */
  readonly unchanged: number;
}

/** How often the service and the database were asked for a job; the store adds its further tries. */
export interface Attempts {
  count: number;
}

/**
 * A lock that is held: a ticker's or a job's.
 *
 * @category Ingest
 */
export interface HeldLock {
  /** The ticker, or the job's name. */
  readonly name: string;
  /** Whether it was free at once or had to be waited for. */
  readonly action: "acquired" | "waited";
  /** Seconds between asking and obtaining. */
  readonly waitedSeconds: number;
  /**
   * Whether it still protects; not after a forced release. A true answer can be out of date at once:
   * it saves work, and the fence of each write is what proves.
   */
  isCurrent(): boolean;
}

/** A job whose ticker is to be taken. */
export interface JobToTake {
  readonly jobId: string;
  readonly ticker: string;
  readonly attempts: Attempts;
}

/** How tickers are taken. */
export interface TakeOptions {
  /** What the rows of all jobs have in common. */
  readonly run: Pick<JobStart, "runId" | "source" | "command">;
  /** What the holders' records say, which messages show whole. */
  readonly holder: string;
  readonly wait: boolean;
  readonly timeoutSeconds: number;
  /** Write `running` rows, and end those that a dead run has left. False for a dry run. */
  readonly claim: boolean;
  /** The run's own lock: nothing is claimed once it is lost. */
  readonly jobLock?: HeldLock | undefined;
  readonly signal: AbortSignal;
  /** Called when a ticker has to be waited for. */
  readonly onWait?: ((ticker: string, holder: HolderRecord | undefined) => void) | undefined;
}

/** A ticker that was taken: locked and, but for a dry run, with its `running` row. */
export interface TakenTicker extends AsyncDisposable {
  readonly taken: true;
  readonly lock: HeldLock;
  /** Row of `ingest_logs`; null in a dry run. */
  readonly id: number | null;
  /** Rows of dead runs that were ended with it. */
  readonly abandoned: number;
}

/** A ticker that was not taken. */
export interface RefusedTicker {
  readonly taken: false;
  /** A `LockBusyError`, a `LockTimeoutError`, a lost lock, or why the database failed. */
  readonly error: unknown;
  /** How the lock was obtained, where the claim failed after that; it has been released. */
  readonly lock: HeldLock | null;
}

/** Work that another run may have finished. */
export interface FinishedWork {
  readonly ticker: string;
  readonly source: string;
  /** Only runs that finished at or after this time count. ISO 8601 in UTC. */
  readonly since: string;
  /** The days that are wanted, or the query of a dataset. */
  readonly work:
    | { readonly from: string | null; readonly to: string }
    | { readonly query: string };
}

/** First and last day, `YYYY-MM-DD`. */
export interface DaySpan {
  readonly from: string;
  readonly to: string;
}

/** A claimed job, for what is written of it. */
export interface ClaimedJob {
  /** Its row of `ingest_logs`. */
  readonly id: number;
  readonly jobId: string;
  readonly ticker: string;
  readonly source: string;
  readonly attempts: Attempts;
}

/** The prices of one ticker, and the end of its row. */
export interface TickerWrite {
  readonly job: ClaimedJob;
  /** Judged; each (date, source) once. */
  readonly prices: PriceColumns;
  /** Each (date, kind) once. */
  readonly actions: readonly CorporateAction[];
  /** Counted as rows. */
  readonly events: readonly CorporateEvent[];
  /** Stored actions that go. */
  readonly withdrawn: readonly CorporateAction[];
  /** Those that are kept; `end.rowsRejected` is their number with those that are only counted. */
  readonly rejects: readonly Reject[];
  /**
   * A row without open, adjusted close or volume leaves what is stored of that as it is: for services
   * that now and then answer without. Not for rows in other terms than the stored ones, after a split.
   */
  readonly keepKnown: boolean;
  /** Stored days that go: a history that replaces the stored one lacks them. */
  readonly lackingDays: readonly string[];
  /** Write nothing where another run has brought in the same payload since then; null writes always. */
  readonly unlessSince: string | null;
  /** Repetitions that the source left out, counted as unchanged. */
  readonly repeated: number;
  /** What is known of the end before the write. */
  readonly end: Omit<
    JobEnd,
    "finishedAt" | "status" | "durationMs" | "attempts" | "rowsInserted" | "rowsUpdated"
  >;
  /** Milliseconds that the job has taken until now, waiting for its lock included. */
  readonly elapsedMs: number;
}

/** How the write of one ticker ended. */
export type Written =
  | {
    readonly outcome: "success" | "skipped";
    readonly counts: UpsertCounts;
    readonly durationMs: number;
  }
  /** The claim is gone and nothing was written; the code is the one in the job's row. */
  | { readonly outcome: "revoked"; readonly code: string }
  /** Nothing of this ticker was written. */
  | { readonly outcome: "failed"; readonly error: unknown };

/** A part of a dataset. */
export interface PageWrite {
  readonly markets: MarketBatch | undefined;
  readonly rejects: readonly Reject[];
  /** How far the dataset has come with it, under the query that was asked. */
  readonly checkpoint: { readonly query: string; readonly value: string } | undefined;
}

/** What would be written, for {@linkcode Store.rehearse}. */
export type Rehearsal =
  | {
    readonly ticker: string;
    readonly source: string;
    readonly prices: PriceColumns;
    readonly keepKnown: boolean;
  }
  | { readonly source: string; readonly markets: MarketBatch };

/** The end of a job whose row is there; the store sets the time. */
export type EndedJob = Omit<JobEnd, "finishedAt" | "attempts">;

/** What a collector is doing. */
export interface CollectorBeat {
  readonly state: "syncing" | "idle" | "running" | "stopping";
  readonly task: string | null;
  readonly nextTurnAt: string | null;
  /** JSON. */
  readonly tasks: string;
}

/** What is known when a collector starts. */
export interface CollectorStart {
  /** UUID v7; the same as `run_id` in `ingest_logs`. */
  readonly runId: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
}

/** How a job lock is asked for. */
export interface HoldOptions {
  readonly wait: boolean;
  readonly timeoutSeconds: number;
  /** What the holder's record says. */
  readonly command: string;
  /** The run, which a forced release revokes; undefined for what has no jobs. */
  readonly runId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((holder: HolderRecord | undefined) => void) | undefined;
}

/** A released lock, and the jobs that can no longer write. */
export interface ReleasedLock extends Released {
  /** Null where there is no database yet, and so no claim to revoke. */
  readonly revokedJobs: readonly string[] | null;
}

/** The folder of locks that the runs of a machine use on a database. */
export interface LockFolder {
  readonly host: string;
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Since when, ISO 8601 in UTC. */
  readonly since: string;
}

/** What a database says of the folder of locks of this machine. */
export interface RememberedFolder {
  /** Null where no run has been yet. */
  readonly folder: LockFolder | null;
  /** Whether it is another one than the folder that was asked about. */
  readonly isOther: boolean;
}

/** A folder of locks that was made that of this machine. */
export interface AdoptedFolder extends LockFolder {
  /** The one before; null where none was remembered. */
  readonly previous: LockFolder | null;
}

/** Locks between runs. */
export interface Locks {
  /** @throws {UsageError} `other_lock_folder` where the runs on the database have their locks elsewhere. */
  checkFolder(): Promise<void>;
  /** Every lock that there is, by name. Each state comes from trying it. */
  list(): Promise<readonly LockState[]>;
  /** The state of one lock. @throws {UsageError} `bad_ticker`, `bad_job_name`. */
  status(name: string): Promise<LockState>;
  /**
   * Clears what a dead holder left. With `force` the claim of a living holder is revoked first, with
   * an audit row in `ingest_logs`, and then its lock is taken away.
   *
   * @throws {LockBusyError} Where a living holder has it and `force` is not set.
   * @throws {StoreError} Where a claim may exist and cannot be revoked: the lock stays with its holder.
   */
  release(name: string, force: boolean): Promise<ReleasedLock>;
  /**
   * Holds the lock of a whole run.
   *
   * @throws {LockBusyError} {@linkcode LockTimeoutError} Where another run has it.
   * @throws {UsageError} `other_lock_folder` where the runs on the database have their locks elsewhere.
   */
  holdJob(name: string, options: HoldOptions): Promise<HeldLock & AsyncDisposable>;
  /**
   * Makes this the folder of locks of this machine's runs on the database, which refuses runs with any
   * other.
   *
   * @throws {StoreError} `db_not_found`; `db_in_use` while a lock of the folder before is held.
   */
  adopt(): Promise<AdoptedFolder>;
}

/** A database that is open for runs. Dispose it with `await using`. */
export interface Store extends AsyncDisposable {
  readonly engine: "sqlite" | "postgres";
  /** The database as the user named it: a path, or an address without secrets. */
  readonly name: string;
  readonly locks: Locks;

  /**
   * Locks tickers and writes their `running` rows in one transaction; older `running` rows of them
   * become `abandoned`, since their runs no longer hold the lock. Answers in the order of the jobs;
   * one ticker's refusal leaves the others alone.
   *
   * The first claim makes the database remember the run's folder of locks.
   *
   * @throws {LockError} `lock_dir_unusable`, where no ticker at all can be locked.
   * @throws {StoreError} Of the scope `store`, where no ticker at all can be claimed.
   */
  take(
    jobs: readonly JobToTake[],
    options: TakeOptions,
  ): Promise<readonly (TakenTicker | RefusedTicker)[]>;
  /** What is stored of a ticker, but for the session that is missing: `firstGap` has to read the days. */
  known(ticker: string, source: string): Promise<StoredState>;
  /**
   * The stored rows of some days, both inclusive.
   *
   * @param source Default every source: then each row says its own.
   */
  prices(ticker: string, days: DaySpan, source?: string): Promise<readonly PriceRow[]>;
  /** ISINs that the stored days of a ticker have, of any source. */
  isins(ticker: string): Promise<string[]>;
  /** How far a dataset has come, in the source's own words; null where nothing is noted. */
  checkpoint(name: string, source: string, query: string): Promise<string | null>;
  /** The newest time in the log, ISO 8601 in UTC; null where there is no row. */
  newestTime(): Promise<string | null>;
  /** Whether another run has finished the same work; one that says it did in the future has not. */
  isFinished(work: FinishedWork): Promise<boolean>;
  /**
   * When the source said that it does not know the ticker, if that was its newest word.
   *
   * @param since ISO 8601 in UTC; what was said before that is forgotten, and what was said in the
   *   future does not count.
   */
  unknownSince(ticker: string, source: string, since: string): Promise<string | null>;
  /** Every ticker that has prices of a source, sorted. */
  tickers(source: string): Promise<string[]>;
  /**
   * The days on which tickers have prices of a source, sorted, each once.
   *
   * @param tickers Null for all.
   */
  sessions(source: string, tickers: readonly string[] | null): Promise<string[]>;
  /** The first missing session of a ticker that may still come; of one without a calendar none. */
  firstGap(
    ticker: string,
    source: string,
    calendar: CalendarChanges,
  ): Promise<string | undefined>;
  /** The same of those tickers that have no calendar: the days of others tell it. */
  firstGaps(
    source: string,
    tickers: readonly string[],
    calendar: CalendarChanges,
  ): Promise<ReadonlyMap<string, string>>;

  /**
   * Writes a group of tickers in one transaction: each one's fence, rows, rejects and the end of its
   * row. A ticker whose claim is gone is left out and the others go in. Where a row is at fault, the
   * group is written ticker by ticker, so that the failure names its ticker; any other failure (a busy
   * or full database, a stop) is that of all, and is not tried again for each. Answers in order; never
   * throws.
   */
  write(group: readonly TickerWrite[]): Promise<readonly Written[]>;
  /**
   * Writes a page of a dataset behind the job's fence.
   *
   * @throws {ClaimLostError} Where the claim is gone; nothing was written.
   */
  writePage(job: ClaimedJob, page: PageWrite): Promise<readonly UpsertCounts[]>;
  /** Counts what a write would do, and rolls it back. */
  rehearse(what: Rehearsal): Promise<readonly UpsertCounts[]>;
  /**
   * Ends a job that has written nothing more.
   *
   * @returns Null; or, where the claim is gone, the code in the job's row, which stays as it is.
   */
  end(job: ClaimedJob, end: EndedJob, rejects?: readonly Reject[]): Promise<string | null>;
  /** Writes the whole row of a job that had none. */
  record(
    job: JobStart,
    end: EndedJob,
    attempts: Attempts,
    rejects?: readonly Reject[],
  ): Promise<void>;
  /**
   * Writes jobs that have ended without their rows. Once or several times makes no difference, and
   * only a row that says `running`, or that a later run took for dead, is changed.
   */
  bringIn(jobs: readonly FinishedJob[]): Promise<void>;

  /**
   * Inserts the row of a collector, and ends the rows of those that are gone. Only with the job lock
   * held. Makes the database remember the folder of locks, as the first claim does.
   *
   * @returns The runs of the collectors that were found dead.
   */
  beginCollector(start: CollectorStart, beat: CollectorBeat): Promise<readonly string[]>;
  /** Writes a heartbeat. @returns False where another collector has taken this one for dead. */
  beatCollector(start: CollectorStart, beat: CollectorBeat): Promise<boolean>;
  /** Writes that a collector has stopped. Does nothing where its row says so. */
  endCollector(runId: string, reason: string): Promise<void>;
}
