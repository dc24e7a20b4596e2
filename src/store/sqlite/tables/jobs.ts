/**
 * The rows of `ingest_logs`: every run leaves one per ticker.
 *
 * @module
 */
import type { RunStatus } from "../../../model/run_status.ts";
import type { Database } from "../connection/database.ts";

export type { RunStatus };

/** What is known when a job starts. Times are ISO 8601 in UTC with milliseconds. */
export interface JobStart {
  /** UUID v7, one per ticker and run. */
  readonly jobId: string;
  /** UUID v7, one per invocation of the program. */
  readonly runId: string;
  /** Canonical; null for what belongs to no ticker, such as a file that cannot be read. */
  readonly ticker: string | null;
  readonly source: string;
  readonly command: string;
  readonly startedAt: string;
  readonly lockAction: "acquired" | "waited" | "busy" | "timed_out" | null;
  readonly lockWaitedSeconds: number | null;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
}

/** What is known when it ends. */
export interface JobEnd {
  readonly finishedAt: string;
  readonly status: Exclude<RunStatus, "running">;
  readonly durationMs: number;
  readonly rowsFetched?: number;
  readonly rowsInserted?: number;
  readonly rowsUpdated?: number;
  readonly rowsUnchanged?: number;
  readonly rowsRejected?: number;
  readonly payloadSha256?: string | null;
  readonly attempts?: number;
  readonly errorCode?: string | null;
  readonly errorMessage?: string | null;
  /** First day that was asked for; null for the whole history, or where the input was a file. */
  readonly windowFrom?: string | null;
  /** Last day that was asked for; null where the input was a file. */
  readonly windowTo?: string | null;
  /** Requests made to a service. */
  readonly requests?: number | null;
  /** What was asked of a dataset. */
  readonly query?: string | null;
}

const INSERT_START = `
INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, status, lock_action,
  lock_waited_seconds, host, pid, version)
VALUES (?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?)`;

/**
 * Inserts the `running` row of a job.
 *
 * @param db Inside a transaction.
 * @param job The job.
 * @returns The row's id, which the job's data carry as `ingest_id`.
 */
export function insertRunning(db: Database, job: JobStart): number {
  const result = db.prepare(INSERT_START).run(
    job.jobId,
    job.runId,
    job.ticker,
    job.source,
    job.command,
    job.startedAt,
    job.lockAction,
    job.lockWaitedSeconds,
    job.host,
    job.pid,
    job.version,
  );
  return Number(result.lastInsertRowid);
}

/**
 * Marks what is still `running` for a ticker as `abandoned`. Only for whoever holds the ticker's
 * lock: the processes of those rows are gone, or they have lost their claim.
 *
 * @param db Inside a transaction.
 * @param ticker Canonical ticker.
 * @param now ISO 8601 in UTC.
 * @returns How many rows were marked.
 */
export function abandonRunning(db: Database, ticker: string, now: string): number {
  return db.run(
    `UPDATE ingest_logs SET status = 'abandoned', finished_at = ?1, error_code = 'abandoned',
       error_message = 'the process ended without finishing; found by a later run'
     WHERE status = 'running' AND ticker = ?2`,
    now,
    ticker,
  );
}

/**
 * The fence: proves that the job still has its claim, as the first statement of the transaction
 * that writes its data. A forced release has marked the row `abandoned`, and then nothing may be
 * written.
 *
 * @param db Inside the transaction.
 * @param id The job's row.
 * @returns Whether the job may write.
 */
export function holdsClaim(db: Database, id: number): boolean {
  return db.run(
    "UPDATE ingest_logs SET attempts = attempts WHERE id = ? AND status = 'running'",
    id,
  ) === 1;
}

const FINISH = `
UPDATE ingest_logs SET finished_at = ?, status = ?, duration_ms = ?, rows_fetched = ?,
  rows_inserted = ?, rows_updated = ?, rows_unchanged = ?, rows_rejected = ?, payload_sha256 = ?,
  attempts = ?, error_code = ?, error_message = ?, window_from = ?, window_to = ?, requests = ?,
  query = ?
WHERE id = ? AND status = 'running'`;

/**
 * Writes the final state of a job.
 *
 * @param db Inside a transaction; the one that wrote the data, if any did.
 * @param id The job's row.
 * @param end How it ended.
 * @returns False where the row was no longer `running`: the claim was lost.
 */
export function finishJob(db: Database, id: number, end: JobEnd): boolean {
  const result = db.prepare(FINISH).run(
    end.finishedAt,
    end.status,
    end.durationMs,
    end.rowsFetched ?? null,
    end.rowsInserted ?? null,
    end.rowsUpdated ?? null,
    end.rowsUnchanged ?? null,
    end.rowsRejected ?? null,
    end.payloadSha256 ?? null,
    end.attempts ?? 1,
    end.errorCode ?? null,
    end.errorMessage ?? null,
    end.windowFrom ?? null,
    end.windowTo ?? null,
    end.requests ?? null,
    end.query ?? null,
    id,
  );
  return Number(result.changes) === 1;
}

/**
 * What a finished row says of a job's end.
 *
 * @param db Inside a transaction.
 * @param id The job's row.
 * @returns Undefined where there is no such row, or it is still `running`.
 */
export function codeInLog(db: Database, id: number): string | undefined {
  const row = db.get("SELECT error_code FROM ingest_logs WHERE id = ? AND status <> 'running'", id);
  return row === undefined ? undefined : String(row.error_code ?? "");
}

/** What {@linkcode sameWorkFinished} looks for. */
export interface SameWork {
  readonly ticker: string;
  readonly source: string;
  readonly payloadSha256: string;
  /** Only runs that finished at or after this time count. ISO 8601 in UTC. */
  readonly since: string;
}

/**
 * Whether another run brought in exactly this payload since the given time.
 *
 * @param db Open database.
 * @param work Ticker, source, payload and time.
 */
export function sameWorkFinished(db: Database, work: SameWork): boolean {
  // The newest row that wrote something decides: an older equal payload may have been overwritten.
  const row = db.get(
    `SELECT payload_sha256, finished_at FROM ingest_logs
     WHERE ticker = ? AND source = ? AND status = 'success' ORDER BY id DESC LIMIT 1`,
    work.ticker,
    work.source,
  );
  return row !== undefined && row.payload_sha256 === work.payloadSha256 &&
    String(row.finished_at) >= work.since;
}

/** Whose claims to revoke: a ticker's, or a whole run's. */
export type ClaimOwner = { readonly ticker: string } | { readonly runId: string };

/**
 * Revokes claims: marks `running` rows as `abandoned`, so that the transactions they answer for are
 * refused by their fence.
 *
 * @param db Inside a transaction.
 * @param owner Whose.
 * @param why What the rows say.
 * @param now ISO 8601 in UTC.
 * @returns The jobs that lost their claim.
 */
export function revokeClaims(
  db: Database,
  owner: ClaimOwner,
  why: string,
  now: string,
): string[] {
  const [column, value] = "ticker" in owner ? ["ticker", owner.ticker] : ["run_id", owner.runId];
  return db.all(
    `UPDATE ingest_logs SET status = 'abandoned', finished_at = ?, error_code = 'claim_revoked',
       error_message = ? WHERE status = 'running' AND ${column} = ? RETURNING job_id`,
    now,
    why,
    value ?? "",
  ).map((row) => String(row.job_id));
}

const BRING_IN = `
INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, status, lock_action,
  lock_waited_seconds, host, pid, version, finished_at, duration_ms, rows_fetched, rows_inserted,
  rows_updated, rows_unchanged, rows_rejected, payload_sha256, attempts, error_code, error_message)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (job_id) DO UPDATE SET status = excluded.status, finished_at = excluded.finished_at,
  duration_ms = excluded.duration_ms, rows_fetched = excluded.rows_fetched,
  rows_rejected = excluded.rows_rejected, attempts = excluded.attempts,
  error_code = excluded.error_code, error_message = excluded.error_message
WHERE ingest_logs.status = 'running'
  OR (ingest_logs.status = 'abandoned' AND ingest_logs.error_code = 'abandoned')`;

/**
 * Writes a finished job that could not be written when it ended. Once or several times makes no
 * difference: a job is known by its id, and only a row that still says `running`, or that a later run
 * took for dead, is told how it really ended.
 *
 * @param db Inside a transaction.
 * @param job The job's start.
 * @param end Its end.
 */
export function bringInFinished(db: Database, job: JobStart, end: JobEnd): void {
  db.run(
    BRING_IN,
    job.jobId,
    job.runId,
    job.ticker,
    job.source,
    job.command,
    job.startedAt,
    end.status,
    job.lockAction,
    job.lockWaitedSeconds,
    job.host,
    job.pid,
    job.version,
    end.finishedAt,
    end.durationMs,
    end.rowsFetched ?? null,
    end.rowsInserted ?? null,
    end.rowsUpdated ?? null,
    end.rowsUnchanged ?? null,
    end.rowsRejected ?? null,
    end.payloadSha256 ?? null,
    end.attempts ?? 1,
    end.errorCode ?? null,
    end.errorMessage ?? null,
  );
}
