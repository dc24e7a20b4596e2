/**
 * Reading the rows of `ingest_logs` that fit a filter, and all that is known of one job.
 *
 * @module
 */
import { LOG_COLUMNS, type LogRow } from "../../../model/job.ts";
import {
  type FoundJobs,
  type LogFilter,
  type LoggedValues,
  type LogPage,
  REJECT_COLUMNS,
  type StoredReject,
} from "../../reports.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText, type SqlValue } from "../connection/driver.ts";

/** Conditions with their values, numbered as they come. */
export class Conditions {
  readonly values: SqlValue[] = [];
  readonly #all: string[] = [];

  /** @param sql Has a `?` for each value. */
  add(sql: string, ...values: readonly SqlValue[]): void {
    const all = [...values];
    this.#all.push(sql.replaceAll("?", () => {
      this.values.push(all.shift() ?? null);
      return `$${this.values.length}`;
    }));
  }

  /** For `WHERE`; never empty. */
  get where(): string {
    return ["true", ...this.#all].join(" AND ");
  }

  /** The place of one more value. */
  value(value: SqlValue): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** The conditions of a filter. */
export function conditionsOf(
  filter: LogFilter,
  page: Omit<LogPage, "limit"> = {},
  conditions: Conditions = new Conditions(),
): Conditions {
  const add = (sql: string, ...values: SqlValue[]): void => conditions.add(sql, ...values);
  if (page.before !== undefined) add("id < ?::bigint", page.before);
  if (page.after !== undefined) add("id > ?::bigint", page.after);
  if (page.ids !== undefined) add("id = ANY(?::bigint[])", arrayText(page.ids));
  const lists = {
    ticker: filter.tickers,
    source: filter.sources,
    status: filter.statuses,
    "coalesce(error_code, status)": filter.codes,
  };
  for (const [column, values = []] of Object.entries(lists)) {
    if (values.length > 0) add(`${column} = ANY(?::text[])`, arrayText(values));
  }
  for (const [column, parts = []] of Object.entries({ run_id: filter.runs, job_id: filter.jobs })) {
    if (parts.length === 0) continue;
    const each = parts.map((part) =>
      `left(${column}, ${part.length}) = ? OR right(${column}, ${part.length}) = ?`
    );
    add(`(${each.join(" OR ")})`, ...parts.flatMap((part) => [part, part]));
  }
  if (filter.since) add("started_at >= ?::timestamptz", filter.since);
  if (filter.until) add("started_at < ?::timestamptz", filter.until);
  return conditions;
}

const SELECT = `SELECT ${LOG_COLUMNS.join(", ")} FROM ingest_logs`;

/** A limit as SQL has it: none for Infinity. */
function limitOf(rows: number): number | null {
  return Number.isFinite(rows) ? rows : null;
}

function selectOf(filter: LogFilter, page: LogPage): readonly [string, ...SqlValue[]] {
  const conditions = conditionsOf(filter, page);
  const order = page.first === "oldest" ? "ASC" : "DESC";
  const limit = conditions.value(limitOf(page.limit));
  return [
    `${SELECT} WHERE ${conditions.where} ORDER BY id ${order} LIMIT ${limit}::bigint`,
    ...conditions.values,
  ];
}

/** Rows of the log, as `Reports.logs` says. */
export async function readLogs(
  db: Transaction,
  filter: LogFilter,
  page: LogPage,
): Promise<readonly LogRow[]> {
  return await db.all(...selectOf(filter, page)) as unknown as LogRow[];
}

/** The same as `Reports.logValues` says. */
export async function readLogValues(
  db: Transaction,
  filter: LogFilter,
  page: LogPage,
): Promise<readonly LoggedValues[]> {
  return await db.arrays(...selectOf(filter, page)) as unknown as LoggedValues[];
}

/** The largest id of the log; 0 where it is empty. */
export async function newestLogId(db: Transaction): Promise<number> {
  return Number((await db.get("SELECT max(id) AS id FROM ingest_logs"))?.id ?? 0);
}

/** Numbers of rows by a text. @param sql Selects a text `name` and a number `n`. */
async function counts(db: Transaction, sql: string, value: SqlValue) {
  const rows = await db.all(sql, value);
  return Object.fromEntries(rows.map(({ name, n }) => [String(name), Number(n)]));
}

/** Jobs that are named beside one that met a lock. */
const MOST_MEANWHILE = 5;

/** Jobs that had the lock of a job's ticker while that job wanted it. */
async function readMeanwhile(db: Transaction, job: LogRow): Promise<readonly LogRow[]> {
  if (job.ticker === null || job.lock_action === null || job.lock_action === "acquired") return [];
  const wanted = Date.parse(job.started_at);
  const until = new Date(wanted + Math.ceil((job.lock_waited_seconds ?? 0) * 1000)).toISOString();
  return await db.all(
    `${SELECT} WHERE ticker = $1 AND id <> $2::bigint AND lock_action IN ('acquired', 'waited')
       AND started_at <= $3::timestamptz
       AND (finished_at IS NULL OR finished_at >= $4::timestamptz)
     ORDER BY id DESC LIMIT ${MOST_MEANWHILE}`,
    job.ticker,
    job.id,
    until,
    job.started_at,
  ) as unknown as LogRow[];
}

/** The jobs whose id begins or ends with a text, and all that is known where it is one. */
export async function findJob(
  db: Transaction,
  part: string,
  most: { matches: number; rejects: number },
): Promise<FoundJobs> {
  const matches = await readLogs(db, { jobs: [part] }, { limit: most.matches });
  const [job, another] = matches;
  if (job === undefined || another !== undefined) return { matches, detail: null };
  return {
    matches,
    detail: {
      job,
      run: await counts(
        db,
        `SELECT status AS name, count(*) AS n FROM ingest_logs WHERE run_id = $1
         GROUP BY status ORDER BY status`,
        job.run_id,
      ),
      meanwhile: await readMeanwhile(db, job),
      counts: await counts(
        db,
        `SELECT code AS name, count(*) AS n FROM ingest_rejects WHERE ingest_id = $1::bigint
         GROUP BY code ORDER BY n DESC, code`,
        job.id,
      ),
      rejects: await db.all(
        `SELECT ${REJECT_COLUMNS.join(", ")} FROM ingest_rejects
         WHERE ingest_id = $1::bigint ORDER BY id LIMIT $2::bigint`,
        job.id,
        limitOf(most.rejects),
      ) as unknown as StoredReject[],
    },
  };
}
