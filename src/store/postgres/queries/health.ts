import type {
  CollectorHealth,
  DatabaseHealth,
  DoubtedHistory,
  LastRun,
  RunningRow,
  ServerHealth,
  WantedRun,
} from "../../reports.ts";
import { lastRunOf } from "../../pair_statistics.ts";
import type { Connection, Transaction } from "../connection/connection.ts";
import { isLocal } from "../connection/target.ts";
import { arrayText } from "../connection/driver.ts";
import { pendingMigrations, tablesOf } from "../connection/migrate.ts";
import { states } from "../locks/rows.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import { CREDIBLE, newestTime, unknownPairs } from "../tables/history.ts";

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

async function lastRun(db: Transaction, { source, tickers }: WantedRun): Promise<LastRun | null> {
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
  return lastRunOf(source, runId, rows);
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

async function foreignObjects(
  db: Transaction,
): Promise<Pick<DatabaseHealth, "triggers" | "foreign">> {
  const made = new Set(["schema_migrations", ...expectedOf(MIGRATIONS.length)]);
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

/** Tables, views and indexes that migrations have made. */
export function expectedOf(version: number): string[] {
  return MIGRATIONS.filter((each) => each.version <= version).flatMap(({ sql }) =>
    [...sql.matchAll(/^CREATE (?:TABLE|VIEW|INDEX) (\w+)/gm)].map(([, name = ""]) => name)
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

/** Asks a server; works with any schema, and with none. */
export async function serverHealth(connection: Connection): Promise<ServerHealth> {
  const { schema, host } = connection.target;
  const before = Date.now();
  const row = await connection.read("look at", (db) =>
    db.get(
      `SELECT current_setting('server_version') AS version,
         current_setting('server_version_num')::int / 10000 AS major,
         coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
         extract(epoch FROM clock_timestamp()) * 1000 AS now,
         pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS read_only,
         coalesce(has_schema_privilege(to_regnamespace($1)::oid, 'CREATE'),
           has_database_privilege(current_database(), 'CREATE')) AS can_migrate,
         (SELECT setting FROM pg_settings WHERE name = 'statement_timeout') AS statement_timeout,
         current_setting('max_connections')::int
           - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS free,
         array(SELECT c.relname::text FROM pg_class AS c
           JOIN pg_namespace AS n ON n.oid = c.relnamespace
           WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_migrations'
             AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
               AND has_table_privilege(c.oid, 'UPDATE')) ORDER BY 1) AS not_writable`,
      schema,
    ));
  return {
    version: String(row?.version),
    major: Number(row?.major),
    encrypted: row?.encrypted === true,
    remote: !isLocal(host),
    pooled: connection.isPooled,
    aheadMs: Math.round(Number(row?.now) - (before + Date.now()) / 2),
    readOnly: row?.read_only === true,
    notWritable: Array.isArray(row?.not_writable) ? row.not_writable.map(String) : [],
    canMigrate: row?.can_migrate === true,
    statementTimeoutMs: Number(row?.statement_timeout),
    freeConnections: Number(row?.free),
  };
}
