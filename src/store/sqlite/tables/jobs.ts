/**
 * The rows of `ingest_logs`, by statements made of {@linkcode JOB_COLUMNS}, and of `ingest_rejects`.
 * @module
 */
import type { SQLInputValue } from "node:sqlite";
import {
  columnOf,
  JOB_COLUMNS,
  type JobColumn,
  type JobEnd,
  type JobStart,
} from "../../../model/job.ts";
import { lastCredible } from "../../../base/time.ts";
import type { Reject } from "../../../model/prices.ts";
import { REJECT_COLUMNS, type StoredReject } from "../../reports.ts";
import type { Payload } from "../../writing.ts";
import type { Database } from "../connection/database.ts";

const STARTED = JOB_COLUMNS.filter(({ part }) => part === "job");
const ENDED = JOB_COLUMNS.filter(({ part }) => part === "end");

function names(columns: readonly JobColumn[]): string[] {
  return columns.map(({ key }) => columnOf(key));
}

function places(columns: readonly unknown[]): string {
  return columns.map(() => "?").join(", ");
}

function valuesOf(row: Partial<JobStart & JobEnd>, columns: readonly JobColumn[]): SQLInputValue[] {
  return columns.map(({ key }) => row[key] ?? (key === "attempts" ? 1 : null));
}

const INSERT_RUNNING = `INSERT INTO ingest_logs (${names(STARTED).join(", ")}, status)
  VALUES (${places(STARTED)}, 'running')`;

const END = `UPDATE ingest_logs SET ${names(ENDED).map((name) => `${name} = ?`).join(", ")}
  WHERE id = ? AND status = 'running'`;

/** Inserts the `running` row of a job, inside a transaction. @returns Its id. */
export function insertRunning(db: Database, job: JobStart): number {
  return Number(db.prepare(INSERT_RUNNING).run(...valuesOf(job, STARTED)).lastInsertRowid);
}

/** Marks what is `running` for tickers as `abandoned`, for the holder of their locks. @returns How many. */
export function abandonRunning(
  db: Database,
  tickers: readonly string[],
  now: string,
): ReadonlyMap<string, number> {
  const marked = new Map<string, number>();
  for (
    const { ticker } of db.all(
      `UPDATE ingest_logs SET status = 'abandoned', finished_at = ?1, error_code = 'abandoned',
         error_message = 'a later run obtained the lock: this one had ended, or its lock file was removed'
       WHERE status = 'running' AND ticker IN (SELECT value FROM json_each(?2)) RETURNING ticker`,
      now,
      JSON.stringify(tickers),
    )
  ) marked.set(String(ticker), (marked.get(String(ticker)) ?? 0) + 1);
  return marked;
}

/** The fence: which jobs still have their claims; with the write lock no row ends before it does. */
export function heldClaims(db: Database, ids: readonly number[]): ReadonlySet<number> {
  return new Set(
    db.all(
      `SELECT id FROM ingest_logs WHERE status = 'running'
         AND id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(ids),
    ).map(({ id }) => Number(id)),
  );
}

/** Writes the end of a job. @returns False where the row was no longer `running`: the claim was lost. */
export function endJob(db: Database, id: number, end: JobEnd): boolean {
  return Number(db.prepare(END).run(...valuesOf(end, ENDED), id).changes) === 1;
}

/** The error code of a job that has ended; undefined where it has not. */
export function endCodeOf(db: Database, id: number): string | undefined {
  const row = db.get("SELECT error_code FROM ingest_logs WHERE id = ? AND status <> 'running'", id);
  return row === undefined ? undefined : String(row.error_code ?? "");
}

/** Jobs whose payload another run has brought in exactly so. */
export function samePayloads(db: Database, payloads: readonly Payload[]): ReadonlySet<number> {
  if (payloads.length === 0) return new Set();
  const given = payloads.map((
    { id, ticker, source, sha256, since },
  ) => [id, ticker, source, sha256, since]);
  // The newest row that wrote something decides: an older equal payload may have been overwritten.
  return new Set(
    db.all(
      `SELECT value ->> 0 AS id FROM json_each(?1) WHERE (
         SELECT payload_sha256 = value ->> 3 AND finished_at BETWEEN value ->> 4 AND ?2
         FROM ingest_logs WHERE ticker = value ->> 1 AND source = value ->> 2
           AND status = 'success' ORDER BY ingest_logs.id DESC LIMIT 1)`,
      JSON.stringify(given),
      lastCredible(),
    ).map(({ id }) => Number(id)),
  );
}

/** Revokes the claims of a ticker or of a run, so that the fence refuses them. @returns Their jobs. */
export function revokeClaims(
  db: Database,
  column: "ticker" | "run_id",
  value: string,
  why: string,
  now: string,
): string[] {
  return db.all(
    `UPDATE ingest_logs SET status = 'abandoned', finished_at = ?, error_code = 'claim_revoked',
       error_message = ? WHERE status = 'running' AND ${column} = ? RETURNING job_id`,
    now,
    why,
    value,
  ).map((row) => String(row.job_id));
}

const BRING_IN = `INSERT INTO ingest_logs (${names(JOB_COLUMNS).join(", ")})
  VALUES (${places(JOB_COLUMNS)})
  ON CONFLICT (job_id) DO UPDATE SET
    ${names(ENDED).map((name) => `${name} = excluded.${name}`).join(", ")}
  WHERE ingest_logs.status = 'running'
    OR (ingest_logs.status = 'abandoned' AND ingest_logs.error_code = 'abandoned')`;

/** Writes an ended job without its row; only one `running` or taken for dead is told how it ended. */
export function bringInFinished(db: Database, job: JobStart, end: JobEnd): void {
  db.run(BRING_IN, ...valuesOf({ ...job, ...end }, JOB_COLUMNS));
}

const INSERT_REJECT = `INSERT INTO ingest_rejects (ingest_id, ${REJECT_COLUMNS.join(", ")})
  VALUES (?, ${places(REJECT_COLUMNS)})`;

/** Inserts refused rows of a job. */
export function insertRejects(
  db: Database,
  job: { ingestId: number; ticker: string | null; source: string; at: string },
  rejects: readonly Reject[],
): void {
  if (rejects.length === 0) return;
  const insert = db.prepare(INSERT_REJECT);
  const { ingestId, ticker, source, at } = job;
  for (const reject of rejects) {
    const row: StoredReject = { ...reject, ticker, source, rejected_at: at };
    insert.run(ingestId, ...REJECT_COLUMNS.map((column) => row[column]));
  }
}
