/**
 * Reading the rows of `ingest_logs` that fit a filter, and all that is known of one job.
 *
 * @module
 */
import type { SQLInputValue } from "node:sqlite";
import { LOG_COLUMNS, type LogRow } from "../../../model/job.ts";
import {
  type FoundJobs,
  type LogFilter,
  type LoggedValues,
  type LogPage,
  REJECT_COLUMNS,
  type StoredReject,
} from "../../reports.ts";
import type { Reader } from "../connection/reader.ts";

interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

function among(column: string, values: readonly (string | number)[]): Condition {
  const sql = `${column} IN (SELECT value FROM json_each(?))`;
  return { sql, values: [JSON.stringify(values)] };
}

function listed(column: string, values: readonly string[] = []): Condition[] {
  return values.length === 0 ? [] : [among(column, values)];
}

function partOf(column: string, parts: readonly string[] = []): Condition[] {
  if (parts.length === 0) return [];
  const alternatives = parts.map((part) =>
    `substr(${column}, 1, ${part.length}) = ? OR substr(${column}, -${part.length}) = ?`
  );
  const values = parts.flatMap((part) => [part, part]);
  return [{ sql: `(${alternatives.join(" OR ")})`, values }];
}

function compared(sql: string, value: string | number | null | undefined): Condition[] {
  return value === undefined || value === null ? [] : [{ sql, values: [value] }];
}

/** The conditions of a filter, for `WHERE`; always at least one. */
export function conditionsOf(filter: LogFilter, page: Omit<LogPage, "limit"> = {}): {
  readonly where: string;
  readonly values: readonly SQLInputValue[];
} {
  const all = [
    ...compared("id < ?", page.before),
    ...compared("id > ?", page.after),
    ...page.ids === undefined ? [] : [among("id", page.ids)],
    ...listed("ticker", filter.tickers),
    ...listed("source", filter.sources),
    ...listed("status", filter.statuses),
    ...listed("coalesce(error_code, status)", filter.codes),
    ...partOf("run_id", filter.runs),
    ...partOf("job_id", filter.jobs),
    ...compared("started_at >= ?", filter.since),
    ...compared("started_at < ?", filter.until),
  ];
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

/** Numbers of rows by a text. @param sql Selects a text `name` and a number `n`. */
function counts(db: Reader, sql: string, value: string | number): Record<string, number> {
  return Object.fromEntries(
    db.all(sql, value).map(({ name, n }) => [String(name), Number(n)]),
  );
}

/** Jobs that are named beside one that met a lock. */
const MOST_MEANWHILE = 5;

/** Jobs that had the lock of a job's ticker while that job wanted it. */
function readMeanwhile(db: Reader, job: LogRow): readonly LogRow[] {
  if (job.ticker === null || job.lock_action === null || job.lock_action === "acquired") return [];
  const wanted = Date.parse(job.started_at);
  const until = new Date(wanted + Math.ceil((job.lock_waited_seconds ?? 0) * 1000)).toISOString();
  return db.all(
    `${SELECT} WHERE ticker = ? AND id <> ? AND lock_action IN ('acquired', 'waited')
       AND started_at <= ? AND (finished_at IS NULL OR finished_at >= ?)
     ORDER BY id DESC LIMIT ${MOST_MEANWHILE}`,
    job.ticker,
    job.id,
    until,
    job.started_at,
  ) as unknown as LogRow[];
}

/**
 * The jobs whose id begins or ends with a text, and all that is known where it is one. All of one moment.
 */
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
