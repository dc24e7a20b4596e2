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
import type { Transaction } from "../connection/connection.ts";
import { arrayText, type SqlValue } from "../connection/driver.ts";

/** Conditions with their values, numbered as they come. */
export class Conditions {
  readonly values: SqlValue[] = [];
  readonly #all: string[] = [];

  add(sql: string, ...values: readonly SqlValue[]): void {
    const all = [...values];
    this.#all.push(sql.replaceAll("?", () => {
      this.values.push(all.shift() ?? null);
      return `$${this.values.length}`;
    }));
  }

  get where(): string {
    return ["true", ...this.#all].join(" AND ");
  }

  value(value: SqlValue): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

const SPELLING: FilterSpelling<SqlValue> = {
  among: (column, values, type) => ({
    sql: `${column} = ANY(?::${type}[])`,
    values: [arrayText(values)],
  }),
  endOf: (column, length) => `right(${column}, ${length})`,
  place: (type) => `?::${type}`,
};

/** The conditions of a filter. */
export function conditionsOf(filter: LogFilter, page: Omit<LogPage, "limit"> = {}): Conditions {
  const conditions = new Conditions();
  for (const { sql, values } of conditionsFor(filter, page, SPELLING)) {
    conditions.add(sql, ...values);
  }
  return conditions;
}

const SELECT = `SELECT ${LOG_COLUMNS.join(", ")} FROM ingest_logs`;

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

async function counts(db: Transaction, sql: string, value: SqlValue) {
  const rows = await db.all(sql, value);
  return Object.fromEntries(rows.map(({ name, n }) => [String(name), Number(n)]));
}

async function readMeanwhile(db: Transaction, job: LogRow): Promise<readonly LogRow[]> {
  const until = wantedUntil(job);
  if (until === undefined) return [];
  return await db.all(
    `${SELECT} WHERE ticker = $1 AND id <> $2::bigint AND lock_action IN ('acquired', 'waited')
       AND started_at <= $3::timestamptz
       AND (finished_at IS NULL OR finished_at >= $4::timestamptz)
     ORDER BY id DESC LIMIT ${MOST_MEANWHILE}`,
    ...[job.ticker, job.id, until, job.started_at],
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

const COUNTS = RUN_STATUSES.map((status) =>
  `count(*) FILTER (WHERE status = '${status}') AS ${status}`
).join(", ");

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
