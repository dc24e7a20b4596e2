/**
 * The runs of `ingest_logs`: what the jobs of each come to.
 *
 * @module
 */
import { RUN_STATUSES } from "../../../model/job.ts";
import { FAILED, summaryOf } from "../../pair_statistics.ts";
import type { LogFilter, RunSummary } from "../../reports.ts";
import type { Reader } from "../connection/reader.ts";
import { conditionsOf } from "./logs.ts";

const COUNTS = RUN_STATUSES.map((status) => `sum(status = '${status}') AS ${status}`).join(", ");

/** The runs of the newest rows that fit; the log is read from its end as far as is needed. */
function newestRuns(db: Reader, filter: LogFilter, limit: number): readonly string[] {
  const { where, values } = conditionsOf(filter);
  const found = new Set<string>();
  const sql = `SELECT run_id FROM ingest_logs WHERE ${where} ORDER BY id DESC`;
  for (const { run_id } of db.iterate(sql, ...values)) {
    if (found.size >= limit) break;
    found.add(String(run_id));
  }
  return [...found];
}

/** Runs, as `Reports.runs` says. */
export function readRuns(db: Reader, filter: LogFilter, limit: number): readonly RunSummary[] {
  return db.snapshot(() =>
    db.all(
      `WITH counted AS (
         SELECT run_id, max(id) AS newest, min(started_at) AS started_at,
           iif(max(finished_at IS NULL), NULL, max(finished_at)) AS finished_at,
           count(*) AS jobs, count(DISTINCT ticker) AS tickers,
           count(DISTINCT ticker) -
             count(DISTINCT iif(status = 'running' OR ${FAILED}, ticker, NULL)) AS tickers_ok,
           count(DISTINCT iif(${FAILED}, ticker, NULL)) AS tickers_failed,
           sum(ticker IS NULL AND ${FAILED}) AS run_failures,
           coalesce(sum(rows_inserted), 0) AS rows_inserted,
           coalesce(sum(rows_updated), 0) AS rows_updated,
           coalesce(sum(rows_rejected), 0) AS rows_rejected, ${COUNTS}
         FROM ingest_logs WHERE run_id IN (SELECT value FROM json_each(?)) GROUP BY run_id
       )
       SELECT command, host, pid, counted.* FROM counted
         JOIN (SELECT id, command, host, pid FROM ingest_logs) ON id = newest
       ORDER BY newest DESC`,
      JSON.stringify(newestRuns(db, filter, limit)),
    )
  ).map((row) => summaryOf(row));
}
