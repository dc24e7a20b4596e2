/** The work of one run on one ticker, and the columns of its row in `ingest_logs`. @module */

import { HISTORIES, type HistoryOutcome, RESTATED_BY, type RestatedBy } from "./restatement.ts";

/**
 * Every value of `ingest_logs.status`.
 * @category Ingest
 */
export const RUN_STATUSES = [
  "running",
  "success",
  "skipped",
  "failed",
  "lock_busy",
  "lock_timeout",
  "interrupted",
  "abandoned",
  "dry_run",
] as const;

/**
 * How the work on one ticker ended, or `running`.
 * @category Ingest
 */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Ends that left a ticker without what was wanted for it. */
export const FAILURE_STATUSES: readonly RunStatus[] = [
  "failed",
  "lock_busy",
  "lock_timeout",
  "interrupted",
  "abandoned",
];

/** Whether a status is one of {@linkcode FAILURE_STATUSES}. */
export function isFailure(status: string): boolean {
  return FAILURE_STATUSES.some((each) => each === status);
}

/** Characters of an id's end that tell it from others of the same moment: 32 bits by chance. */
export const SHOWN_OF_ID = 8;

/** An id as people are shown it; `logs show` takes it. Its beginning is a time, and much the same in all. */
export function shortId(id: string): string {
  return id.slice(-SHOWN_OF_ID);
}

/**
 * How a lock was obtained, or not.
 * @category Ingest
 */
export type LockAction = "acquired" | "waited" | "busy" | "timed_out";

const LOCK_ACTIONS: readonly LockAction[] = ["acquired", "waited", "busy", "timed_out"];

/** Source of the rows in which forced releases of locks are told. */
export const AUDIT_SOURCE = "locks";

/** What is known of a job when it starts, as in {@linkcode LogRow}. */
export interface JobStart {
  readonly jobId: string;
  readonly runId: string;
  readonly ticker: string | null;
  readonly source: string;
  readonly command: string;
  readonly startedAt: string;
  readonly lockAction: LockAction | null;
  readonly lockWaitedSeconds: number | null;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
}

/** What is known of a job when it has ended, as in {@linkcode LogRow}; what is left out is NULL. */
export interface JobEnd {
  readonly finishedAt: string;
  readonly status: Exclude<RunStatus, "running">;
  readonly durationMs: number;
  readonly rowsFetched?: number | null | undefined;
  readonly rowsInserted?: number | null | undefined;
  readonly rowsUpdated?: number | null | undefined;
  readonly rowsUnchanged?: number | null | undefined;
  readonly rowsRejected?: number | null | undefined;
  readonly payloadSha256?: string | null | undefined;
  /** How often the service and the database were asked; 1 where neither was asked again. Default 1. */
  readonly attempts?: number | undefined;
  readonly requests?: number | null | undefined;
  readonly windowFrom?: string | null | undefined;
  readonly windowTo?: string | null | undefined;
  readonly query?: string | null | undefined;
  readonly history?: HistoryOutcome | null | undefined;
  readonly restated?: number | null | undefined;
  readonly restatedBy?: RestatedBy | null | undefined;
  readonly restatedFrom?: string | null | undefined;
  readonly restatedTo?: string | null | undefined;
  readonly restatedFactor?: number | null | undefined;
  readonly errorCode?: string | null | undefined;
  readonly errorMessage?: string | null | undefined;
}

/** A job that ended without its row, as the spill file keeps it. */
export interface FinishedJob {
  readonly job: JobStart;
  readonly end: JobEnd;
}

type ColumnType = "text" | "text?" | "count" | "count?" | "number" | "number?";

/** A column of `ingest_logs`. Its name in the table is {@linkcode columnOf} its key. */
export interface JobColumn {
  readonly key: keyof JobStart | keyof JobEnd;
  readonly part: "job" | "end";
  readonly type: ColumnType;
  readonly words?: readonly string[] | undefined;
}

function started(key: keyof JobStart, type: ColumnType, words?: readonly string[]): JobColumn {
  return { key, part: "job", type, words };
}

function ended(key: keyof JobEnd, type: ColumnType, words?: readonly string[]): JobColumn {
  return { key, part: "end", type, words };
}

/** Every column of `ingest_logs` but its id, in the order of JSON and CSV. */
export const JOB_COLUMNS: readonly JobColumn[] = [
  started("jobId", "text"),
  started("runId", "text"),
  started("ticker", "text?"),
  started("source", "text"),
  started("command", "text"),
  started("startedAt", "text"),
  ended("finishedAt", "text"),
  ended("status", "text", RUN_STATUSES.filter((each) => each !== "running")),
  started("lockAction", "text?", LOCK_ACTIONS),
  started("lockWaitedSeconds", "number?"),
  ended("rowsFetched", "count?"),
  ended("rowsInserted", "count?"),
  ended("rowsUpdated", "count?"),
  ended("rowsUnchanged", "count?"),
  ended("rowsRejected", "count?"),
  ended("payloadSha256", "text?"),
  ended("attempts", "count"),
  ended("requests", "count?"),
  ended("durationMs", "count"),
  ended("windowFrom", "text?"),
  ended("windowTo", "text?"),
  ended("query", "text?"),
  ended("history", "text?", HISTORIES),
  ended("restated", "count?"),
  ended("restatedBy", "text?", RESTATED_BY),
  ended("restatedFrom", "text?"),
  ended("restatedTo", "text?"),
  ended("restatedFactor", "number?"),
  ended("errorCode", "text?"),
  ended("errorMessage", "text?"),
  started("host", "text"),
  started("pid", "count"),
  started("version", "text"),
];

/** The column of a property: `payloadSha256` is `payload_sha256`. */
export function columnOf(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * A row of `ingest_logs`: the work of one run on one ticker. What is not known is null. Times are ISO 8601
 * in UTC with milliseconds.
 * @category Logs and statistics
 */
export interface LogRow {
  /** Key of the row; a later row has a larger one. */
  readonly id: number;
  /** UUID v7, one per ticker and run. */
  readonly job_id: string;
  /** UUID v7, one per invocation of the program or call of `ingest`. */
  readonly run_id: string;
  /** Canonical; null for what belongs to no ticker, such as a file that cannot be read. */
  readonly ticker: string | null;
  /** Name of the source. */
  readonly source: string;
  /** What did it: `tickerlock ingest`, or `IngestOptions.command`. */
  readonly command: string;
  /** When it began; with the lock in hand, where it was obtained. */
  readonly started_at: string;
  /** When it ended; null while it runs. */
  readonly finished_at: string | null;
  /** How it ended, or `running`. */
  readonly status: RunStatus;
  /** How the lock was obtained, or not; null where it was never asked for. */
  readonly lock_action: LockAction | null;
  /** Seconds; null where the lock was never asked for. */
  readonly lock_waited_seconds: number | null;
  /** Rows that the source delivered, refused ones included. */
  readonly rows_fetched: number | null;
  /** Rows that were not stored before. */
  readonly rows_inserted: number | null;
  /** Rows that were stored with other values. */
  readonly rows_updated: number | null;
  /** Rows that were stored just so. */
  readonly rows_unchanged: number | null;
  /** Rows that were refused, each with a reason in `ingest_rejects`. */
  readonly rows_rejected: number | null;
  /** SHA-256 (lower-case hex) over all that was fetched. */
  readonly payload_sha256: string | null;
  /** How often the service and the database were asked; 1 where neither was asked again. */
  readonly attempts: number;
  /** Requests made to a service. */
  readonly requests: number | null;
  /** Milliseconds, waiting for the lock included. */
  readonly duration_ms: number | null;
  /** First day that was asked for; null for the whole history, or where the input was a file. */
  readonly window_from: string | null;
  /** Last day that was asked for; null where the input was a file. */
  readonly window_to: string | null;
  /** What was asked of a dataset. */
  readonly query: string | null;
  /**
   * `whole`: the whole history was asked for and taken. `unmended`: the same, but the prices before a
   * split are not in its terms yet. `contradicted`: the answer denied stored events, or was a part
   * of a history, and replaced nothing. Null for all else.
   */
  readonly history: HistoryOutcome | null;
  /** Stored days whose prices it changed by more than rounding; null for none. */
  readonly restated: number | null;
  /** Why: `split`, `dividend`, `capital_gain`, `prices` or `file`. */
  readonly restated_by: RestatedBy | null;
  /** First of these days. */
  readonly restated_from: string | null;
  /** Last of these days. */
  readonly restated_to: string | null;
  /** Of all changed prices the larger by the smaller, the largest. */
  readonly restated_factor: number | null;
  /** Stable code of what went wrong. */
  readonly error_code: string | null;
  /** One sentence about it. */
  readonly error_message: string | null;
  /** Name of the machine. */
  readonly host: string;
  /** Id of the process. */
  readonly pid: number;
  /** Version of the program or library. */
  readonly version: string;
}

/** The columns of a {@linkcode LogRow}, in the order in which they are shown to programs. */
export const LOG_COLUMNS: readonly (keyof LogRow)[] = [
  "id",
  ...JOB_COLUMNS.map(({ key }) => columnOf(key) as keyof LogRow),
];

const END_KEYS = JOB_COLUMNS.filter(({ part }) => part === "end").map(({ key }) => key);

/** What of an object are columns of a job's end. */
export function endColumnsOf<T extends Omit<JobEnd, "finishedAt">>(
  from: T,
): Pick<T, keyof JobEnd & keyof T> {
  const given: Readonly<Record<string, unknown>> = { ...from };
  const known: Record<string, unknown> = {};
  // Not by way of a list of entries: it is asked for each of thousands of tickers.
  for (const key of END_KEYS) if (key in given) known[key] = given[key];
  return known as Pick<T, keyof JobEnd & keyof T>;
}
