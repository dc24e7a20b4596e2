/** What an ingest is asked for and what it reports. @module */
import type { ExitCode } from "../base/errors.ts";
import type { CalendarChanges } from "../exchange/gaps.ts";
import type { LockMode } from "../lock/mod.ts";
import type { LockAction, RunStatus } from "../model/job.ts";
import type { NetworkOptions } from "../sources/network.ts";
import type {
  ReadProgress,
  RecordCounts,
  RequestWait,
  Selection,
  Source,
} from "../sources/source.ts";
import type { HistoryOutcome, RestatedBy } from "../model/restatement.ts";
import type { Reject } from "../model/prices.ts";
import type { HeldLock } from "../store/store.ts";

/**
 * What is asked for.
 * @category Ingest
 */
export interface IngestOptions {
  /** Where the data come from: a name of `SOURCE_NAMES`, or a source of your own. */
  source: Source | string;
  /** Files, folders or `folder/pattern` for a file source. Default none. */
  files?: readonly string[];
  /**
   * Tickers, in any case; null for every ticker that the source has, which a network source without
   * datasets refuses. A name that is no ticker has a result of its own, `bad_ticker`, and stops none of
   * the others. Default null.
   */
  tickers?: readonly string[] | null;
  /** First day wanted, `YYYY-MM-DD`. Default none. */
  from?: string | null;
  /** Last day wanted, `YYYY-MM-DD`. Default none. */
  to?: string | null;
  /** Path of the database. Default `data/tickerlock.db`. */
  db?: string;
  /** Folder of the lock files, which the database remembers: one for all its runs. Default `locks`. */
  lockDir?: string;
  /**
   * For whom a lock folder is that is made: `private`, or `group`, each of whose members can then hold any
   * lock; see {@linkcode AcquireOptions}. Default `private`.
   */
  lockMode?: LockMode;
  /** What to do with a ticker that another run has locked. Default `wait`. */
  onLocked?: "wait" | "exit";
  /** Seconds to wait for each locked ticker. Default 120. */
  lockTimeoutSeconds?: number;
  /** Every ticker that the database has of the source, in place of `tickers`. Default false. */
  allStored?: boolean;
  /** Name of a lock to hold for the whole run. Default none. */
  jobLock?: string | null;
  /** Seconds to wait for the job lock. Default 300. */
  jobLockTimeoutSeconds?: number;
  /** A job lock that the caller holds: the run ends where it is taken away. Default none. */
  heldLock?: HeldLock;
  /**
   * Id that the rows of this run have in common, a UUID v7. Default a new one. Only for a caller whose
   * runs are parts of one whole, and whose job lock carries that id: a forced release revokes them all.
   */
  runId?: string;
  /** Take in again what another run has just finished. Default false. */
  forceRefresh?: boolean;
  /**
   * Largest share of refused rows, from 0 to 1, that a ticker may have: of one with more nothing is
   * written, and it fails with `too_many_rejected`. 1 accepts any share. Bars that a service sends empty
   * do not count. Default 0.5.
   */
  maxRejected?: number;
  /**
   * Bytes that stay free on the disk of the database: with fewer a run writes nothing more and fails
   * with `disk_low`. 0 for no limit. Default 512,000,000.
   */
  minFreeBytes?: number | undefined;
  /**
   * Ask a source of daily prices from the first session on that a ticker lacks; see `gaps` of `Logs`.
   * Default false.
   */
  fillGaps?: boolean;
  /** What the calendars of exchanges do not know, to tell gaps by. Default nothing. */
  calendar?: CalendarChanges;
  /**
   * Replace all that is stored of `tickers` by the source's answers, also where these deny stored
   * events or lack stored days, which is refused otherwise. Not with `allStored`. Default false.
   */
  acceptRestatement?: boolean;
  /**
   * Milliseconds after which a source that asks for new days only asks for the whole history of a ticker
   * again, and a quarter of that where the ticker lacks a session; null for never. Default 30 days.
   */
  fullEveryMs?: number | null | undefined;
  /** Values of the source's own options. Default their defaults. */
  selection?: Selection | undefined;
  /** Requests of a network source at once, each for another ticker. Default the source's own, mostly 4. */
  concurrency?: number | undefined;
  /** How a network source is reached. Default its own settings. */
  network?: NetworkOptions;
  /** Folder in which the bodies of answers are kept as received, compressed. Default none. */
  saveRaw?: string | null;
  /**
   * Folder in which files are kept that a source fetches. Default `files` beside the database; a dry run
   * keeps none.
   */
  filesDir?: string | null;
  /** Do all but write. Default false. */
  dryRun?: boolean;
  /** What the locks' records, and messages, call this run. Default `library`. */
  command?: string;
  /** What the log calls this run: its command line, without secrets. Default `command`. */
  commandLine?: string;
  /** Stops the run: what is being fetched is given up, and its row says `interrupted`. */
  signal?: AbortSignal;
  /** Told how far the run has come, often. */
  onProgress?: ((progress: IngestProgress) => void) | undefined;
}

/**
 * What a run waits for.
 * @category Ingest
 */
export type RunWait =
  /** The next request: the rate that is kept to, or a service that wants to be left alone. */
  | RequestWait
  | {
    /** A request of a ticker is tried again. */
    readonly reason: "retry";
    readonly ticker: string;
    /** The number of the next try; the first one was 1. */
    readonly attempt: number;
    /** Tries in all; Infinity where time alone ends them. */
    readonly attempts: number;
    /** Milliseconds until the next try. */
    readonly ms: number;
    /** The message of the failure. */
    readonly why: string;
  }
  | {
    /** Another run holds the lock of a ticker or job. */
    readonly reason: "lock";
    readonly name: string;
    /** The holder's process; null where its record cannot be read. */
    readonly pid: number | null;
    /** Milliseconds for which it has held the lock; null where that is not known. */
    readonly heldMs: number | null;
  };

/**
 * How far a run has come.
 * @category Ingest
 */
export type IngestProgress =
  | { readonly phase: "waiting"; readonly wait: RunWait }
  | ({ readonly phase: "reading" } & ReadProgress)
  | {
    readonly phase: "writing";
    readonly tickersDone: number;
    readonly tickersTotal: number;
    readonly rows: number;
    /** Of the tickers done. */
    readonly failed: number;
    /** What keeps tickers from going on. */
    readonly waits: readonly RunWait[];
    /** Milliseconds until all is done, by the rate and the time so far; null where it cannot be known. */
    readonly leftMs: number | null;
  };

/**
 * An error as a result carries it.
 * @category Ingest
 */
export interface ReportedError {
  /** Stable, snake_case; what `ingest_logs.error_code` holds. */
  readonly code: string;
  /** What was attempted and what went wrong, with the value. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
}

/**
 * How the work on one ticker ended; null for what belongs to no ticker.
 * @category Ingest
 */
export interface TickerResult {
  /** Canonical ticker or dataset; null for what belongs to none. */
  readonly ticker: string | null;
  /** UUID v7, the row in `ingest_logs`; one per ticker and run. */
  readonly jobId: string;
  /** How it ended. */
  readonly status: Exclude<RunStatus, "running">;
  /** How the lock was obtained, or not; null where it was never asked for. */
  readonly lockAction: LockAction | null;
  /** Seconds of waiting for the lock; null where it was never asked for. */
  readonly lockWaitedSeconds: number | null;
  /** Rows that the source delivered, refused ones included. */
  readonly rowsFetched: number;
  /** Rows that were not stored before. */
  readonly rowsInserted: number;
  /** Rows that were stored with other values. */
  readonly rowsUpdated: number;
  /** Rows that were stored just so, and were not written again. */
  readonly rowsUnchanged: number;
  /** Rows that were refused, each with a reason in `ingest_rejects`. */
  readonly rowsRejected: number;
  /** Milliseconds of the job, waiting for its lock included. */
  readonly durationMs: number;
  /** SHA-256, in lower-case hex, over all that was fetched; null where nothing was. */
  readonly payloadSha256: string | null;
  /** First day asked for; null for the whole history, or where the input was a file. */
  readonly windowFrom: string | null;
  /** Last day asked for; null where the input was a file. */
  readonly windowTo: string | null;
  /** Requests made to a service; null where there is none. */
  readonly requests: number | null;
  /** What was asked of a dataset. */
  readonly query?: string;
  /**
   * `whole`: the whole history was asked for and taken. `unmended`: the same, but the prices before a
   * split are not in its terms yet. `contradicted`: the answer denied stored splits or dividends,
   * or was a part of a history, and has replaced no stored day. Null for all else.
   */
  readonly history: HistoryOutcome | null;
  /** Stored days whose prices change by more than rounding; null for none. */
  readonly restated: number | null;
  /** Why; null for none. */
  readonly restatedBy: RestatedBy | null;
  /** First of these days. */
  readonly restatedFrom: string | null;
  /** Last of these days. */
  readonly restatedTo: string | null;
  /** Of all changed prices the larger by the smaller, the largest; null where there is none. */
  readonly restatedFactor: number | null;
  /**
   * Why nothing was done, of a ticker that was skipped; what the source says against stored events,
   * and what went with them.
   */
  readonly note?: string;
  /** What kind of reason that is, where programs go by it: `not_published`. */
  readonly code?: string | null;
  /** Why it failed; null where it did not. */
  readonly error: ReportedError | null;
  /** True where the counted rejects are in no table: the claim was lost, or the database failed. */
  readonly rejectsLost?: boolean;
  /**
   * The first refused rows: up to 20 of a dry run, which keeps none; up to 5 of a real run, which keeps
   * them all in `ingest_rejects`.
   */
  readonly rejects?: readonly Reject[];
}

/**
 * What a run reports.
 * @category Ingest
 */
export interface IngestReport {
  /** UUID v7, the same for all tickers of the run; `ingest_logs.run_id`. */
  readonly runId: string;
  /** Name of the source. */
  readonly source: string;
  /** Path of the database. */
  readonly db: string;
  /** True where nothing was to be written. */
  readonly dryRun: boolean;
  /** ISO 8601 in UTC with milliseconds. */
  readonly startedAt: string;
  /** ISO 8601 in UTC with milliseconds. */
  readonly finishedAt: string;
  /** Milliseconds of the whole run. */
  readonly durationMs: number;
  /** In order of ticker; results without a ticker last. */
  readonly results: readonly TickerResult[];
  /**
   * Tickers whose turn had not come when the run ended, because it was stopped or could not go on (a
   * full disk). They have neither a result nor a row in `ingest_logs`.
   */
  readonly notStarted: number;
  /** Sentences for people about oddities that are no failure. */
  readonly warnings: readonly string[];
  /** What the source found: files, columns, counts. */
  readonly details: Readonly<Record<string, unknown>>;
  /** What has become of every record of the input; null where the source does not count them. */
  readonly records: RecordCounts | null;
  /** What the program exits with after this run. */
  readonly exitCode: ExitCode;
}
