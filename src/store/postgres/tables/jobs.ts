/** Rows of `ingest_logs` and `ingest_rejects`, given as JSON for the server to type. @module */
import {
  columnOf,
  JOB_COLUMNS,
  type JobColumn,
  type JobEnd,
  type JobStart,
} from "../../../model/job.ts";
import type { Reject } from "../../../model/prices.ts";

import type { Transaction } from "../connection/connection.ts";
import { arrayText } from "../connection/driver.ts";

const NAMES = JOB_COLUMNS.map(({ key }) => columnOf(key));
const STARTING = JOB_COLUMNS.filter(({ part }) => part === "job");
const STARTED = STARTING.map(({ key }) => columnOf(key));
const ENDED = JOB_COLUMNS.filter(({ part }) => part === "end");
const GIVEN = ENDED.map(({ key }) => columnOf(key)).filter((name) => name !== "finished_at");

/** Objects as JSON that the server takes: no NUL, and no half of a character. */
export function jsonText(rows: unknown): string {
  return JSON.stringify(
    rows,
    (_key, value) =>
      typeof value === "string" ? value.toWellFormed().replaceAll("\0", "\u2400") : value,
  );
}

function rowOf(given: Partial<JobStart & JobEnd>, columns: readonly JobColumn[] = JOB_COLUMNS) {
  return Object.fromEntries(
    columns.map(({ key }) => {
      const value = given[key] ?? (key === "attempts" ? 1 : null);
      // The column is of whole numbers.
      return [columnOf(key), key === "durationMs" ? Math.round(Number(value ?? 0)) : value];
    }),
  );
}

const FROM_JSON = "json_populate_recordset(NULL::ingest_logs, $1::json) AS given";

interface StartingJob {
  readonly job: JobStart;
  readonly sinceStartMs: number;
}

/** Inserts `running` rows, in order. @returns Their ids by job. */
export async function insertRunning(
  db: Transaction,
  jobs: readonly StartingJob[],
): Promise<Map<string, number>> {
  const rows = jobs.map(({ job, sinceStartMs }) => ({
    ...rowOf(job, STARTING),
    duration_ms: sinceStartMs,
  }));
  const values = STARTED.map((name) =>
    name === "started_at"
      ? "clock_timestamp() - given.duration_ms * interval '1 ms'"
      : `given.${name}`
  );
  const inserted = await db.all(
    `INSERT INTO ingest_logs (${STARTED.join(", ")}, status)
     SELECT ${values.join(", ")}, 'running' FROM ${FROM_JSON}
     RETURNING id, job_id`,
    jsonText(rows),
  );
  return new Map(inserted.map(({ id, job_id }) => [String(job_id), Number(id)]));
}

/** Marks `running` rows of tickers as `abandoned`, for the holder of their leases. @returns How many. */
export async function abandonRunning(
  db: Transaction,
  tickers: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db.all(
    `WITH gone AS (
       UPDATE ingest_logs SET status = 'abandoned', finished_at = clock_timestamp(),
         error_code = 'abandoned', error_message =
           'a later run obtained the lock: this one had ended, or was silent for too long'
       WHERE status = 'running' AND ticker = ANY($1::text[]) RETURNING ticker)
     SELECT ticker, count(*) AS n FROM gone GROUP BY ticker`,
    arrayText(tickers),
  );
  return new Map(rows.map(({ ticker, n }) => [String(ticker), Number(n)]));
}

/** A claim, by its row and its job. */
export interface Claim {
  readonly id: number;
  readonly jobId: string;
}

/**
 * The fence: which jobs have their claims; the first statement on them in the transaction that writes their
 * data. After a failover two can have had one id: the job counts, too.
 */
export async function fence(db: Transaction, claims: readonly Claim[]): Promise<Set<number>> {
  // A lock is enough here, and writes no new version of the row.
  const rows = await db.all(
    `SELECT ingest_logs.id FROM ingest_logs
       JOIN unnest($1::bigint[], $2::text[]) AS given (id, job_id) USING (id, job_id)
     WHERE status = 'running' ORDER BY id FOR NO KEY UPDATE OF ingest_logs`,
    arrayText(claims.map(({ id }) => id)),
    arrayText(claims.map(({ jobId }) => jobId)),
  );
  return new Set(rows.map(({ id }) => Number(id)));
}

/** The end of a claimed job; its time is the server's. */
export interface Ending {
  readonly claim: Claim;
  readonly end: Omit<JobEnd, "finishedAt">;
}

/** Writes the ends of jobs that are `running`. @returns Ids of their rows. */
export async function endJobs(db: Transaction, ends: readonly Ending[]): Promise<Set<number>> {
  const rows = ends.map(({ claim, end }) => ({
    ...rowOf(end, ENDED),
    id: claim.id,
    job_id: claim.jobId,
  }));
  const ended = await db.all(
    `UPDATE ingest_logs SET finished_at = clock_timestamp(),
       ${GIVEN.map((name) => `${name} = given.${name}`).join(", ")}
     FROM ${FROM_JSON}
     WHERE ingest_logs.id = given.id AND ingest_logs.job_id = given.job_id
       AND ingest_logs.status = 'running'
     RETURNING ingest_logs.id`,
    jsonText(rows),
  );
  return new Set(ended.map(({ id }) => Number(id)));
}

/** The error codes of jobs that have ended, by id; of others there is none. */
export async function endCodes(
  db: Transaction,
  ids: readonly number[],
): Promise<Map<number, string>> {
  const rows = await db.all(
    `SELECT id, coalesce(error_code, '') AS code FROM ingest_logs
     WHERE id = ANY($1::bigint[]) AND status <> 'running'`,
    arrayText(ids),
  );
  return new Map(rows.map(({ id, code }) => [Number(id), String(code)]));
}

/** Inserts the whole row of a job that has ended. @returns Its id. */
export async function insertEnded(
  db: Transaction,
  { job, sinceStartMs }: StartingJob,
  end: Omit<JobEnd, "finishedAt">,
): Promise<number> {
  const id = (await insertRunning(db, [{ job, sinceStartMs }])).get(job.jobId) ?? 0;
  await endJobs(db, [{ claim: { id, jobId: job.jobId }, end }]);
  return id;
}

/** Writes ended jobs without rows; only a row `running` or taken for dead is told how it really ended. */
export async function bringInFinished(
  db: Transaction,
  jobs: readonly { readonly job: JobStart; readonly end: JobEnd }[],
): Promise<void> {
  const ended = ENDED.map(({ key }) => columnOf(key));
  await db.run(
    `INSERT INTO ingest_logs (${NAMES.join(", ")})
     SELECT DISTINCT ON (given.job_id) ${NAMES.map((name) => `given.${name}`).join(", ")}
     FROM ${FROM_JSON} ORDER BY given.job_id
     ON CONFLICT (job_id) DO UPDATE SET
       ${ended.map((name) => `${name} = excluded.${name}`).join(", ")}
     WHERE ingest_logs.status = 'running'
       OR (ingest_logs.status = 'abandoned' AND ingest_logs.error_code = 'abandoned')`,
    jsonText(jobs.map(({ job, end }) => rowOf({ ...job, ...end }))),
  );
}

/** Revokes claims. @returns The jobs that lost theirs. */
export async function revokeClaims(
  db: Transaction,
  column: "ticker" | "run_id",
  value: string,
  why: string,
): Promise<string[]> {
  const rows = await db.all(
    `UPDATE ingest_logs SET status = 'abandoned', finished_at = clock_timestamp(),
       error_code = 'claim_revoked', error_message = $1
     WHERE status = 'running' AND ${column} = $2 RETURNING job_id`,
    why,
    value,
  );
  return rows.map(({ job_id }) => String(job_id));
}

interface RejectsOf {
  readonly ingestId: number;
  readonly ticker: string | null;
  readonly source: string;
  readonly rejects: readonly Reject[];
}

/** Inserts refused rows, in order. */
export async function insertRejects(db: Transaction, all: readonly RejectsOf[]): Promise<void> {
  const rows = all.flatMap(({ ingestId, ticker, source, rejects }) =>
    rejects.map(({ origin, line, date, code, reason, raw }) => ({
      ...{ ingest_id: ingestId, ticker, source, origin, line, date, code, reason, raw },
    }))
  );
  if (rows.length === 0) return;
  await db.run(
    `INSERT INTO ingest_rejects (ingest_id, ticker, source, origin, line, date, code, reason, raw,
       rejected_at)
     SELECT ingest_id, ticker, source, origin, line, date, code, reason, raw, clock_timestamp()
     FROM json_populate_recordset(NULL::ingest_rejects, $1::json)`,
    jsonText(rows),
  );
}
