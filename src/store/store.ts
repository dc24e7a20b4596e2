/**
 * What runs, collectors and `locks` need of a database: whole transactions, in which no function of a
 * caller runs. An engine implements it and passes `tests/store/contract.ts`; `open.ts` alone names the
 * engines.
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
  readonly onWait?: ((ticker: string, holder: HolderRecord | undefined) => void) | undefined;
}

/** A ticker that was taken: locked and, but for a dry run, with its `running` row. */
export interface TakenTicker extends AsyncDisposable {
  readonly taken: true;
  readonly lock: HeldLock;
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
  readonly since: string;
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
  readonly events: readonly CorporateEvent[];
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
  | { readonly outcome: "failed"; readonly error: unknown };

/** A part of a dataset. */
interface PageWrite {
  readonly markets: MarketBatch | undefined;
  readonly rejects: readonly Reject[];
  readonly checkpoint: { readonly query: string; readonly value: string } | undefined;
}

/** What would be written, for {@linkcode Store.rehearse}. */
type Rehearsal =
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
  readonly tasks: string;
}

/** What is known when a collector starts. */
export interface CollectorStart {
  readonly runId: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly startedAt: string;
}

/** How a job lock is asked for. */
export interface HoldOptions {
  readonly wait: boolean;
  readonly timeoutSeconds: number;
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
  readonly path: string;
  readonly since: string;
}

/** What a database says of the folder of locks of this machine. */
export interface RememberedFolder {
  readonly folder: LockFolder | null;
  readonly isOther: boolean;
}

/** A folder of locks that was made that of this machine. */
export interface AdoptedFolder extends LockFolder {
  readonly previous: LockFolder | null;
}

/** Locks between runs. */
export interface Locks {
  /** @throws {UsageError} `other_lock_folder` where the runs on the database have their locks elsewhere. */
  checkFolder(): Promise<void>;
  /** Every lock that there is, by name. Each state comes from trying it. */
  list(): Promise<readonly LockState[]>;
  status(name: string): Promise<LockState>;
  /**
   * Clears what a dead holder left. With `force` the claim of a living holder is revoked first, with an
   * audit row in `ingest_logs`, and then its lock is taken away.
   * @throws {LockBusyError} Where a living holder has it and `force` is not set.
   * @throws {StoreError} Where a claim may exist and cannot be revoked: the lock stays with its holder.
   */
  release(name: string, force: boolean): Promise<ReleasedLock>;
  /**
   * Holds the lock of a whole run.
   * @throws {LockBusyError} {@linkcode LockTimeoutError} Held by another.
   */
  holdJob(name: string, options: HoldOptions): Promise<HeldLock & AsyncDisposable>;
  /** Makes this the folder of locks of this machine. @throws {StoreError} `db_not_found`, `db_in_use`. */
  adopt(): Promise<AdoptedFolder>;
}

/** A database that is open for runs. Dispose it with `await using`. */
export interface Store extends AsyncDisposable {
  readonly engine: "sqlite" | "postgres";
  readonly name: string;
  readonly locks: Locks;

  /**
   * Locks tickers and writes their `running` rows in one transaction; older `running` rows of them become
   * `abandoned`, since their runs no longer hold the lock. Answers in the order of the jobs; one ticker's
   * refusal leaves the others alone.
   *
   * The first claim makes the database remember the run's folder of locks.
   * @throws {LockError} `lock_dir_unusable`, where no ticker at all can be locked.
   * @throws {StoreError} Of the scope `store`, where no ticker at all can be claimed.
   */
  take(
    jobs: readonly JobToTake[],
    options: TakeOptions,
  ): Promise<readonly (TakenTicker | RefusedTicker)[]>;
  /** What is stored of a ticker, but for the session that is missing: `firstGap` has to read the days. */
  known(ticker: string, source: string): Promise<StoredState>;
  /** Stored rows of days, both inclusive. @param source Default every one: then each row says its own. */
  prices(ticker: string, days: DaySpan, source?: string): Promise<readonly PriceRow[]>;
  /** ISINs that the stored days of a ticker have, of any source. */
  isins(ticker: string): Promise<string[]>;
  /** How far a dataset has come, in the source's own words; null where nothing is noted. */
  checkpoint(name: string, source: string, query: string): Promise<string | null>;
  /** The newest time in the log, ISO 8601 in UTC; null where there is no row. */
  newestTime(): Promise<string | null>;
  /** Whether another run has finished the same work; one that says it did in the future has not. */
  isFinished(work: FinishedWork): Promise<boolean>;
  /** When the source said that it does not know the ticker, if that was its newest word since then. */
  unknownSince(ticker: string, source: string, since: string): Promise<string | null>;
  tickers(source: string): Promise<string[]>;
  /** The days on which tickers have prices of a source, sorted, each once. @param tickers Null for all. */
  sessions(source: string, tickers: readonly string[] | null): Promise<string[]>;
  /** The first missing session of a ticker that may still come; of one without a calendar none. */
  firstGap(ticker: string, source: string, calendar: CalendarChanges): Promise<string | undefined>;
  /** The same of those tickers that have no calendar: the days of others tell it. */
  firstGaps(
    source: string,
    tickers: readonly string[],
    calendar: CalendarChanges,
  ): Promise<ReadonlyMap<string, string>>;

  /**
   * Writes a group of tickers in one transaction: each one's fence, rows, rejects and the end of its row. A
   * ticker whose claim is gone is left out and the others go in. Where a row is at fault, the group is
   * written ticker by ticker, so that the failure names its ticker; any other failure (a busy or full
   * database, a stop) is that of all, and is not tried again for each. Answers in order; never throws.
   */
  write(group: readonly TickerWrite[]): Promise<readonly Written[]>;
  /** Writes a page of a dataset behind the job's fence. @throws {ClaimLostError} With nothing written. */
  writePage(job: ClaimedJob, page: PageWrite): Promise<readonly UpsertCounts[]>;
  /** Counts what a write would do, and rolls it back. */
  rehearse(what: Rehearsal): Promise<readonly UpsertCounts[]>;
  /** Ends a job that has written nothing more. @returns Null; without its claim the code in its row. */
  end(job: ClaimedJob, end: EndedJob, rejects?: readonly Reject[]): Promise<string | null>;
  /** Writes the whole row of a job that had none. */
  record(
    job: JobStart,
    end: EndedJob,
    attempts: Attempts,
    rejects?: readonly Reject[],
  ): Promise<void>;
  /** Writes jobs that ended without rows, once or more: only `running` or `abandoned` rows change. */
  bringIn(jobs: readonly FinishedJob[]): Promise<void>;

  /** Inserts a collector's row and ends those that are gone, with the job lock. @returns Their runs. */
  beginCollector(start: CollectorStart, beat: CollectorBeat): Promise<readonly string[]>;
  /** Writes a heartbeat. @returns False where another collector has taken this one for dead. */
  beatCollector(start: CollectorStart, beat: CollectorBeat): Promise<boolean>;
  /** Writes that a collector has stopped. Does nothing where its row says so. */
  endCollector(runId: string, reason: string): Promise<void>;
}
