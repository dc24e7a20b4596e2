import type { SQLInputValue } from "node:sqlite";
import { LOG_COLUMNS, type LogRow, RUN_STATUSES } from "../../../model/job.ts";
import { conditionsFor, type FilterSpelling } from "../../log_filter.ts";
import { FAILED, MOST_MEANWHILE, summaryOf, wantedUntil } from "../../pair_statistics.ts";
import {
  type FoundJobs,
  type LogFilter,
  type LoggedValues,
  type LogPage,
  REJECT_COLUMNS,
  type RunSummary,
  type StoredReject,
} from "../../reports.ts";
import type { Reader } from "../connection/reader.ts";

const SPELLING: FilterSpelling<SQLInputValue> = {
  among: (column, values) => ({
    sql: `${column} IN (SELECT value FROM json_each(?))`,
    values: [JSON.stringify(values)],
  }),
  endOf: (column, length) => `substr(${column}, -${length})`,
  place: () => "?",
};

/** The conditions of a filter, for `WHERE`; always at least one. */
export function conditionsOf(filter: LogFilter, page: Omit<LogPage, "limit"> = {}): {
  readonly where: string;
  readonly values: readonly SQLInputValue[];
} {
  const all = conditionsFor(filter, page, SPELLING);
  return {
    where: ["1", ...all.map(({ sql }) => sql)].join(" AND "),
    values: all.flatMap(({ values }) => values),
  };
}

const SELECT = `SELECT ${LOG_COLUMNS.join(", ")} FROM ingest_logs`;

function selectOf(filter: LogFilter, page: LogPage): readonly [string, ...SQLInputValue[]] {
  const { where, values } = conditionsOf(filter, page);
  const order = page.first === "oldest" ? "ASC" : "DESC";
  const limit = Math.min(page.limit, Number.MAX_SAFE_INTEGER);
  return [`${SELECT} WHERE ${where} ORDER BY id ${order} LIMIT ?`, ...values, limit];
}

/** Rows of the log, as `Reports.logs` says. */
export function readLogs(db: Reader, filter: LogFilter, page: LogPage): readonly LogRow[] {
  // The tables are STRICT: what is read is of the types that the interface has.
  return db.all(...selectOf(filter, page)) as unknown as LogRow[];
}

/** The same as `Reports.logValues` says. */
export function readLogValues(
  db: Reader,
  filter: LogFilter,
  page: LogPage,
): readonly LoggedValues[] {
  return db.arrays(...selectOf(filter, page)) as unknown as LoggedValues[];
}

/** The largest id of the log; 0 where it is empty. */
export function newestLogId(db: Reader): number {
  return Number(db.get("SELECT max(id) AS id FROM ingest_logs")?.id ?? 0);
}

function readRejects(db: Reader, id: number, limit: number): readonly StoredReject[] {
  return db.all(
    `SELECT ${REJECT_COLUMNS.join(", ")} FROM ingest_rejects
     WHERE ingest_id = ? ORDER BY id LIMIT ?`,
    id,
    Math.min(limit, Number.MAX_SAFE_INTEGER),
  ) as unknown as StoredReject[];
}

function counts(db: Reader, sql: string, value: string | number): Record<string, number> {
  return Object.fromEntries(db.all(sql, value).map(({ name, n }) => [String(name), Number(n)]));
}

function readMeanwhile(db: Reader, job: LogRow): readonly LogRow[] {
  const until = wantedUntil(job);
  if (until === undefined) return [];
  return db.all(
    `${SELECT} WHERE ticker = ? AND id <> ? AND lock_action IN ('acquired', 'waited')
       AND started_at <= ? AND (finished_at IS NULL OR finished_at >= ?)
     ORDER BY id DESC LIMIT ${MOST_MEANWHILE}`,
    ...[job.ticker, job.id, until, job.started_at],
  ) as unknown as LogRow[];
}

/** The jobs whose id begins or ends with a text, and all that is known where it is one. */
export function findJob(
  db: Reader,
  part: string,
  most: { matches: number; rejects: number },
): FoundJobs {
  return db.snapshot(() => {
    const matches = readLogs(db, { jobs: [part] }, { limit: most.matches });
    const [job, another] = matches;
    if (job === undefined || another !== undefined) return { matches, detail: null };
    return {
      matches,
      detail: {
        job,
        run: counts(
          db,
          "SELECT status AS name, count(*) AS n FROM ingest_logs WHERE run_id = ? GROUP BY status ORDER BY status",
          job.run_id,
        ),
        meanwhile: readMeanwhile(db, job),
        counts: counts(
          db,
          `SELECT code AS name, count(*) AS n FROM ingest_rejects WHERE ingest_id = ?
           GROUP BY code ORDER BY n DESC, code`,
          job.id,
        ),
        rejects: readRejects(db, job.id, most.rejects),
      },
    };
  });
}

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
