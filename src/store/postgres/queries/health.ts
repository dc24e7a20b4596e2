/**
 * What a database says of the runs that use it, for `doctor`: facts, judged elsewhere.
 *
 * @module
 */
import type {
  CollectorHealth,
  DatabaseHealth,
  DoubtedHistory,
  LastRun,
  RunningRow,
  WantedRun,
} from "../../reports.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText } from "../connection/driver.ts";
import { pendingMigrations, tablesOf } from "../connection/migrate.ts";
import { states } from "../locks/rows.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import { CREDIBLE, newestTime, unknownPairs } from "../tables/history.ts";

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** The rows that say that a run is at work, each with whether its ticker's lock is held. */
export async function runningRows(db: Transaction): Promise<RunningRow[]> {
  const rows = await db.all(
    `SELECT id, ticker, source, host, pid, started_at AS "startedAt" FROM ingest_logs
     WHERE status = 'running' ORDER BY id`,
  ) as unknown as Omit<RunningRow, "locked">[];
  const tickers = rows.flatMap(({ ticker }) => ticker ?? []);
  const held = new Set(
    (await states(db, tickers)).filter(({ state }) => state === "held").map(({ name }) => name),
  );
  return rows.map((row) => ({ ...row, locked: row.ticker !== null && held.has(row.ticker) }));
}

async function lastRun(
  db: Transaction,
  { source, tickers }: WantedRun,
): Promise<LastRun | null> {
  const only = tickers === null ? "" : "AND ticker = ANY($2::text[])";
  const values = tickers === null ? [] : [arrayText(tickers)];
  const newest = await db.get(
    `SELECT run_id FROM ingest_logs WHERE source = $1 AND status <> 'dry_run' ${only}
     ORDER BY id DESC LIMIT 1`,
    source,
    ...values,
  );
  if (newest === undefined) return null;
  const runId = String(newest.run_id);
  const rows = await db.all(
    `SELECT status, count(*) AS n, min(started_at) AS started_at,
       max(error_code || ': ' || coalesce(error_message, '')) AS error
     FROM ingest_logs WHERE run_id = $${values.length + 2} AND source = $1 ${only}
     GROUP BY status ORDER BY status`,
    source,
    ...values,
    runId,
  );
  return {
    runId,
    source,
    startedAt: rows.map((row) => String(row.started_at)).sort()[0] ?? "",
    statuses: Object.fromEntries(rows.map(({ status, n }) => [String(status), Number(n)])),
    error: rows.map((row) => textOrNull(row.error)).find((error) => error !== null) ?? null,
  };
}

async function doubtedHistories(db: Transaction): Promise<DoubtedHistory[]> {
  const rows = await db.all(
    `SELECT ticker, source, history, job_id AS "jobId", id FROM (
       SELECT DISTINCT ON (ticker, source) ticker, source, history, job_id, id FROM ingest_logs
       WHERE history IS NOT NULL AND started_at <= ${CREDIBLE}
       ORDER BY ticker, source, id DESC) AS newest
     WHERE history <> 'whole' ORDER BY ticker, source`,
  ) as unknown as DoubtedHistory[];
  const unknown = await unknownPairs(db, rows.map(({ ticker }) => ticker));
  return rows.filter((row) =>
    !unknown.some(({ ticker, source }) => ticker === row.ticker && source === row.source)
  );
}

/** Triggers on the tables, and tables and views that tickerlock has not made. */
async function foreignObjects(
  db: Transaction,
): Promise<Pick<DatabaseHealth, "triggers" | "foreign">> {
  const made = new Set(["schema_migrations", ...madeTables()]);
  const triggers = await db.all(
    `SELECT t.tgname AS name FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND NOT t.tgisinternal ORDER BY t.tgname`,
    db.target.schema,
  );
  return {
    triggers: triggers.map(({ name }) => `trigger ${name}`),
    foreign: (await tablesOf(db)).filter((name) => !made.has(name)).map((name) => `table ${name}`),
  };
}

/** Names of the tables and views of all migrations. */
function madeTables(): string[] {
  return MIGRATIONS.flatMap(({ sql }) =>
    [...sql.matchAll(/^CREATE (?:TABLE|VIEW) (\w+)/gm)].map(([, name = ""]) => name)
  );
}

async function newestCollector(db: Transaction): Promise<CollectorHealth | null> {
  const row = await db.get(
    `SELECT host, pid, state, task, started_at AS "startedAt", heartbeat_at AS "heartbeatAt",
       stopped_at AS "stoppedAt" FROM collectors
     ORDER BY stopped_at IS NULL DESC, started_at > ${CREDIBLE}, started_at DESC LIMIT 1`,
  );
  return row === undefined ? null : row as unknown as CollectorHealth;
}

/** How the runs are, as `Reports.health` says. */
export async function databaseHealth(
  db: Transaction,
  wanted: readonly WantedRun[],
): Promise<Omit<DatabaseHealth, "server">> {
  const pending = await pendingMigrations(db);
  const facts = {
    empty: pending.length === MIGRATIONS.length,
    schemaVersion: MIGRATIONS.length - pending.length,
    pending: pending.map(({ version, name }) => `${version} (${name})`),
    ...await foreignObjects(db),
    walBytes: 0,
    backups: { toCome: [], withoutChecksum: [], leftOver: [] },
    // Told of the server, in its own finding.
    engineAheadMs: 0,
    lockFolder: { folder: null, isOther: false },
  };
  if (facts.empty) {
    const none = { newestAt: null, lastRuns: [], doubted: [], running: [], collector: undefined };
    return { ...facts, ...none, wanted: wanted.map(() => null) };
  }
  const sources = await db.all("SELECT DISTINCT source FROM ingest_logs ORDER BY source");
  const lastRuns: LastRun[] = [];
  for (const { source } of sources) {
    const run = await lastRun(db, { source: String(source), tickers: null });
    if (run !== null) lastRuns.push(run);
  }
  const found: (LastRun | null)[] = [];
  for (const each of wanted) found.push(await lastRun(db, each));
  return {
    ...facts,
    newestAt: await newestTime(db),
    lastRuns,
    // An older schema has no such column.
    doubted: pending.length > 0 ? [] : await doubtedHistories(db),
    wanted: found,
    collector: (await tablesOf(db)).includes("collectors") ? await newestCollector(db) : undefined,
    running: await runningRows(db),
  };
}
