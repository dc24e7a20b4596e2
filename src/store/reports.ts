/**
 * What can be read of a database: the log, statistics, health, names. An engine implements it and passes
 * `tests/store/contract_reports.ts`. Each operation but `names` sees one state, waits for no writer, and
 * changes nothing.
 * @module
 */
import type { CalendarChanges, CalendarName } from "../exchange/gaps.ts";
import type { Reject } from "../model/prices.ts";
import type { LogRow } from "../model/job.ts";
import type { HistoryOutcome } from "../model/restatement.ts";
import type { Activity, JobStatistics } from "./activity.ts";
import type { LogFilter, LogPage } from "./log_filter.ts";
import type { RememberedFolder } from "./store.ts";

export type { LogFilter, LogPage };

/** The log as it goes on. */
export interface LogFollower extends AsyncDisposable {
  /** Rows that are there already, the oldest first; called once, before {@linkcode LogFollower.next}. */
  first(limit: number): Promise<readonly LogRow[]>;
  /** Rows that have begun or ended since the last look, in the order of their ids. */
  next(): Promise<readonly LogRow[]>;
}

/** A refused row of a job. */
export interface StoredReject extends Reject {
  readonly ticker: string | null;
  readonly source: string;
  readonly rejected_at: string;
}

/** Columns of `ingest_rejects` but for its key and the row's job, in the order of a report. */
export const REJECT_COLUMNS = [
  "ticker",
  "source",
  "origin",
  "line",
  "date",
  "code",
  "reason",
  "raw",
  "rejected_at",
] as const satisfies readonly (keyof StoredReject)[];

/** All that is known of one job. */
export interface JobDetail {
  readonly job: LogRow;
  readonly run: Readonly<Record<string, number>>;
  /** Jobs that had the lock of its ticker while it wanted that, as far as the log knows. */
  readonly meanwhile: readonly LogRow[];
  /** How often each reason to refuse a row was met, the most frequent first. */
  readonly counts: Readonly<Record<string, number>>;
  readonly rejects: readonly StoredReject[];
}

/** One run, with the sums of its jobs. Times are ISO 8601 in UTC. */
export interface RunSummary {
  readonly run_id: string;
  readonly command: string;
  readonly host: string;
  readonly pid: number;
  readonly started_at: string;
  /** When its last job ended; null while one is at work, or was killed and not yet found. */
  readonly finished_at: string | null;
  readonly jobs: number;
  /** Different tickers; what belongs to none is not counted. */
  readonly tickers: number;
  /** Tickers of which every job has ended, and none failed. */
  readonly tickers_ok: number;
  readonly tickers_failed: number;
  /** Failures of no ticker: of a file, or of the run as a whole. */
  readonly run_failures: number;
  readonly rows_inserted: number;
  readonly rows_updated: number;
  readonly rows_rejected: number;
  readonly by_status: Readonly<Record<string, number>>;
}

/** Jobs whose id begins or ends with a text. */
export interface FoundJobs {
  readonly matches: readonly LogRow[];
  /** Null unless exactly one matches. */
  readonly detail: JobDetail | null;
}

/**
 * What is known of one ticker and source. Times are ISO 8601 in UTC.
 * @category Logs and statistics
 */
export interface PairStatistics extends JobStatistics {
  /** Null for what belongs to no ticker, such as files that could not be read. */
  readonly ticker: string | null;
  /** Name of the source. */
  readonly source: string;
  /** Last day of `prices`, `YYYY-MM-DD`. */
  readonly last_day: string | null;
  /** When the whole history was last asked for and taken; null where that is not known. */
  readonly whole_at: string | null;
  /** A newer answer was `contradicted`, or is `unmended`: the whole history is due. */
  readonly doubted: boolean;
  /**
   * Failures since the newest job that did not fail; without a ticker, 0 once a later run of the source has
   * brought something in.
   */
  readonly failures_in_a_row: number;
  /** When the first of these began; null for none. */
  readonly failing_since: string | null;
  /** Code of the newest of these, or its status; null for none. */
  readonly error_code: string | null;
  /** One sentence about it. */
  readonly error_message: string | null;
}

/**
 * Which gaps are wanted. Filters combine; an empty list filters nothing.
 * @category Logs and statistics
 */
export interface GapFilter {
  /** Canonical tickers. */
  readonly tickers?: readonly string[];
  /** Names of sources, as prices have them. */
  readonly sources?: readonly string[];
  /** Only sessions of that day or later, `YYYY-MM-DD`. */
  readonly from?: string | null;
  /** Only sessions of that day or earlier, `YYYY-MM-DD`. */
  readonly to?: string | null;
  /** What the calendars of exchanges do not know. */
  readonly calendar?: CalendarChanges;
  /**
   * Also sessions before the first stored day that the source was asked for, `before_listing`; after a
   * whole history those from `from` on. Default false.
   */
  readonly beforeListing?: boolean;
}

/**
 * Sessions that a ticker lacks, one after the other, of which the same is known.
 * @category Logs and statistics
 */
export interface Gap {
  /** First session, `YYYY-MM-DD`. */
  readonly from: string;
  /** Last session, `YYYY-MM-DD`. */
  readonly to: string;
  /** How many. */
  readonly sessions: number;
  /**
   * `missing`: nothing is known. `refused`: the source had a row, which was refused. `never_delivered`:
   * the source was asked at least twice, a month after the session or later, and has none.
   * `ticker_unknown`: its last word is that it does not know the ticker, which was renamed or delisted.
   * `before_listing`: it was asked for them, and its history begins after them.
   */
  readonly status:
    | "missing"
    | "refused"
    | "never_delivered"
    | "ticker_unknown"
    | "before_listing";
  /** Why the row was refused, as in `ingest_rejects`; null for the others. */
  readonly code: string | null;
  /** Whether it may still be filled: not where nothing is left to be asked. */
  readonly open: boolean;
}

/**
 * What a ticker lacks between its first and its last stored day.
 * @category Logs and statistics
 */
export interface TickerGaps {
  /** Canonical ticker. */
  readonly ticker: string;
  /** Name of the source, as prices have it. */
  readonly source: string;
  /** Whose sessions count. */
  readonly calendar: CalendarName;
  /** Sessions of the gaps that are open. */
  readonly open_sessions: number;
  /** In order; never empty. */
  readonly gaps: readonly Gap[];
}

/**
 * A day before which the prices of a ticker cannot be adjusted: the exchange has counted an event that is
 * not known, or one has no size.
 * @category Logs and statistics
 */
export interface UnexplainedStep {
  /** Canonical ticker. */
  readonly ticker: string;
  /** The first day of the step, `YYYY-MM-DD`. */
  readonly ex_date: string;
  /** One sentence. */
  readonly reason: string;
  /** Whether any event of the ticker is stored: without one they were most likely never asked for. */
  readonly has_events: boolean;
}

/** A row that says that a run is at work. Times are ISO 8601 in UTC here and below. */
export interface RunningRow {
  readonly id: number;
  readonly ticker: string | null;
  readonly source: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  /** Whether its ticker's lock is held; false is certain, null where it cannot be told. */
  readonly locked: boolean | null;
}

/** A history that the source's newest answer has left in doubt. */
export interface DoubtedHistory {
  readonly ticker: string;
  readonly source: string;
  readonly history: Exclude<HistoryOutcome, "whole">;
  readonly jobId: string;
}

/** How the newest run of a source ended. Counts are of tickers. */
export interface LastRun {
  readonly runId: string;
  readonly source: string;
  readonly startedAt: string;
  readonly statuses: Readonly<Record<string, number>>;
  readonly error: string | null;
}

export interface WantedRun {
  readonly source: string;
  /** Only rows of these; null for all. */
  readonly tickers: readonly string[] | null;
}

/** The newest collector that has written a row. */
export interface CollectorHealth {
  readonly host: string;
  readonly pid: number;
  readonly state: string;
  readonly task: string | null;
  readonly startedAt: string;
  readonly heartbeatAt: string;
  /** Null while it is at work, or was killed. */
  readonly stoppedAt: string | null;
}

/** Files in the folder of backups that are not as they should be. */
export interface OddBackups {
  readonly toCome: readonly string[];
  readonly withoutChecksum: readonly string[];
  /** What backups that were killed have left, and checksums of no backup. */
  readonly leftOver: readonly string[];
}

/** What a database says of the runs that use it: facts, judged elsewhere. */
export interface DatabaseHealth {
  /** No migration is applied: a new or an emptied file. */
  readonly empty: boolean;
  readonly schemaVersion: number;
  readonly pending: readonly string[];
  /** Triggers of another program, which change what is written: `trigger NAME`. */
  readonly triggers: readonly string[];
  /** Tables and views of another program: `table NAME`. */
  readonly foreign: readonly string[];
  readonly newestAt: string | null;
  readonly walBytes: number;
  readonly backups: OddBackups;
  /** How far the engine's clock is ahead of the one of this process, in ms. */
  readonly engineAheadMs: number;
  readonly running: readonly RunningRow[];
  readonly lastRuns: readonly LastRun[];
  /** By ticker; none of those that their source does not know any more. */
  readonly doubted: readonly DoubtedHistory[];
  readonly wanted: readonly (LastRun | null)[];
  /** Undefined where this schema has no collectors; null where there was none yet. */
  readonly collector: CollectorHealth | null | undefined;
  readonly lockFolder: RememberedFolder;
  readonly server: ServerHealth | null;
}

/** What a server says of itself and of this connection. */
export interface ServerHealth {
  readonly version: string;
  readonly major: number;
  readonly encrypted: boolean;
  /** Whether the connection leaves the machine. */
  readonly remote: boolean;
  readonly pooled: boolean;
  readonly aheadMs: number;
  readonly readOnly: boolean;
  readonly notWritable: readonly string[];
  readonly canMigrate: boolean;
  /** Milliseconds after which the role's statements are ended; 0 for never. */
  readonly statementTimeoutMs: number;
  readonly freeConnections: number;
}

interface HealthOptions {
  /** Folder of lock files; unused where locks are rows. */
  readonly lockDir: string;
  readonly wanted?: readonly WantedRun[];
}

/** Names to complete. */
export type WantedNames =
  | { readonly kind: "ticker"; readonly start: string; readonly source: string | undefined }
  | { readonly kind: "table" }
  /** Locks that are rows of the database; none where they are files. */
  | { readonly kind: "lock" }
  | { readonly kind: "column"; readonly table: string };

/** How much may be spent on names while a person waits for them. */
export interface NameLimits {
  /** Longest search, and longest wait for a busy database. */
  readonly ms: number;
  readonly names: number;
  /** Bytes of a database that is still copied where it cannot be read in its place. */
  readonly copyBytes: number;
}

/**
 * The values of a {@linkcode LogRow}: the id, and the others as `tickerlock logs --csv` has them.
 * @category Logs and statistics
 */
export type LoggedValues = readonly [id: number, ...(string | number | null)[]];

/**
 * What has been logged. The database is opened by the first operation, which throws a `StoreError`
 * (`db_not_found`, `db_empty`, `db_schema_old`, …) where it cannot be read; nothing is made or changed.
 * @category Logs and statistics
 */
export interface Logs extends AsyncDisposable {
  /** What messages call the database: a path, or a URL without secrets. */
  readonly name: string;

  /**
   * Rows of the log in the order in which they were written. For many rows call it page by page, with
   * the last row's id as `before` or `after`: nothing is held open in between.
   */
  logs(filter: LogFilter, page: LogPage): Promise<readonly LogRow[]>;

  /**
   * The same rows, each as its values in the order of the columns of a {@linkcode LogRow}, in less than
   * half the time: for very many of them.
   */
  logValues(filter: LogFilter, page: LogPage): Promise<readonly LoggedValues[]>;

  /**
   * Statistics per ticker and source, sorted by both.
   * @param filter Which jobs count. Tickers and sources that have prices and no such job are there, too,
   *   with no runs.
   */
  statistics(filter: LogFilter): Promise<readonly PairStatistics[]>;

  /**
   * Tickers that lack sessions, sorted by ticker and source. Without `from`, or with `beforeListing`,
   * reads the day of every price: a second for three million.
   */
  gaps(filter: GapFilter): Promise<readonly TickerGaps[]>;

  /** Steps that no event explains, by ticker and day. @param tickers An empty list for all. */
  unexplained(tickers: readonly string[]): Promise<readonly UnexplainedStep[]>;
}

/** What can be read. Opened by `openReports`. */
export interface Reports extends Logs, Activity {
  /** Runs with a job that fits, the newest first, each whole. */
  runs(filter: LogFilter, limit: number): Promise<readonly RunSummary[]>;

  /** Follows the log. @param filter A row that begins is compared as it is then, and again when it ends. */
  follow(filter: LogFilter): Promise<LogFollower>;

  /** Looks a job up. @param part Its id, or the beginning or end of that. */
  job(part: string, most: { matches: number; rejects: number }): Promise<FoundJobs>;

  loggedNames(column: "ticker" | "source"): Promise<readonly string[]>;

  /** How the runs are. A database with an older schema tells what it has. */
  health(options: HealthOptions): Promise<DatabaseHealth>;

  /** Names for completions, of a database with any schema; some of very many, and not of one moment. */
  names(wanted: WantedNames, limits: NameLimits): Promise<readonly string[]>;

  /** Version of the engine, such as `3.50.4`; needs no database, but its server. */
  engineVersion(): Promise<string>;
}
