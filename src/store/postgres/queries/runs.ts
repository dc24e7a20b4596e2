/**
 * The runs of `ingest_logs`: what the jobs of each come to.
 *
 * @module
 */
import { RUN_STATUSES } from "../../../model/job.ts";
import { FAILED, summaryOf } from "../../pair_statistics.ts";
import type { LogFilter, RunSummary } from "../../reports.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText } from "../connection/driver.ts";
import { conditionsOf } from "./logs.ts";

const COUNTS = RUN_STATUSES.map((status) =>
  `count(*) FILTER (WHERE status = '${status}') AS ${status}`
).join(", ");

/** Rows of the log that are looked at in one step, from its newest end. */
const ROWS_PER_STEP = 2000;

/** The runs of the newest rows that fit; the log is read from its end as far as is needed. */
async function newestRuns(
  db: Transaction,
  filter: LogFilter,
  limit: number,
): Promise<readonly string[]> {
  const found = new Set<string>();
  let before: number | undefined;
  while (found.size < limit) {
    const conditions = conditionsOf(filter, { before });
    const rows = await db.all(
      `SELECT id, run_id FROM ingest_logs WHERE ${conditions.where}
       ORDER BY id DESC LIMIT ${ROWS_PER_STEP}`,
      ...conditions.values,
    );
    for (const { run_id } of rows) {
      if (found.size < limit) found.add(String(run_id));
    }
    if (rows.length < ROWS_PER_STEP) break;
    before = Number(rows.at(-1)?.id);
  }
  return [...found];
}

/** Runs, as `Reports.runs` says. */
export async function readRuns(
  db: Transaction,
  filter: LogFilter,
  limit: number,
): Promise<readonly RunSummary[]> {
  const rows = await db.all(
    `WITH counted AS (
       SELECT run_id, max(id) AS newest, min(started_at) AS started_at,
         CASE WHEN bool_or(finished_at IS NULL) THEN NULL ELSE max(finished_at) END AS finished_at,
         count(*) AS jobs, count(DISTINCT ticker) AS tickers,
         count(DISTINCT ticker) -
           count(DISTINCT ticker) FILTER (WHERE status = 'running' OR ${FAILED}) AS tickers_ok,
         count(DISTINCT ticker) FILTER (WHERE ${FAILED}) AS tickers_failed,
         count(*) FILTER (WHERE ticker IS NULL AND ${FAILED}) AS run_failures,
         coalesce(sum(rows_inserted), 0)::bigint AS rows_inserted,
         coalesce(sum(rows_updated), 0)::bigint AS rows_updated,
         coalesce(sum(rows_rejected), 0)::bigint AS rows_rejected, ${COUNTS}
       FROM ingest_logs WHERE run_id = ANY($1::text[]) GROUP BY run_id)
     SELECT command, host, pid, counted.* FROM counted
       JOIN (SELECT id, command, host, pid FROM ingest_logs) AS last ON id = newest
     ORDER BY newest DESC`,
    arrayText(await newestRuns(db, filter, limit)),
  );
  return rows.map(summaryOf);
}
