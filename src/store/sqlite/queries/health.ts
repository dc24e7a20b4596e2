/**
 * What a database says of the runs that use it, for `doctor`: facts, judged elsewhere.
 *
 * @module
 */
import { pendingMigrations } from "../connection/migrate.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import { quietPlace } from "../connection/trace_free_read.ts";
import { Reader } from "../connection/reader.ts";

/** A row that says that a run is at work. */
export interface RunningRow {
  readonly id: number;
  readonly ticker: string | null;
  readonly source: string;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  /** Whether its ticker's lock is held; false is certain, also where the run has just ended. */
  readonly locked: boolean;
}

/** What the newest run of a source came to. Counts are of tickers. */
export interface LastRun {
  readonly runId: string;
  readonly source: string;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  /** Rows by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Code and message of one that failed; null where none did. */
  readonly error: string | null;
}

/** Which run is asked for. */
export interface WantedRun {
  readonly source: string;
  /** Only rows of these; null for all. */
  readonly tickers: readonly string[] | null;
}

/** The newest collector that has said that it is there. */
export interface CollectorHealth {
  readonly host: string;
  readonly pid: number;
  readonly state: string;
  readonly task: string | null;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  /** ISO 8601 in UTC. */
  readonly heartbeatAt: string;
  /** ISO 8601 in UTC; null while it is at work, or was killed. */
  readonly stoppedAt: string | null;
}

/** What a database says. */
export interface DatabaseHealth {
  /** No migration is applied: a new or an emptied file. */
  readonly empty: boolean;
  readonly schemaVersion: number;
  /** Names of migrations that are not applied. */
  readonly pending: readonly string[];
  /** The newest time in the log; null where there is none. */
  readonly newestAt: string | null;
  readonly running: readonly RunningRow[];
  /** Of each source that has ever been run, the newest run. */
  readonly lastRuns: readonly LastRun[];
  /** Of each run that was asked for; null where there was none. */
  readonly wanted: readonly (LastRun | null)[];
  /** Undefined where this schema has no collectors; null where there was none yet. */
  readonly collector: CollectorHealth | null | undefined;
}

/** How to ask. */
export interface HealthOptions {
  /** Whether a ticker's lock is held. */
  readonly isLocked: (ticker: string) => boolean;
  /** Runs that are asked for beyond those of each source. */
  readonly wanted?: readonly WantedRun[];
}

/** The newest time is among the newest rows, but for clocks that were put back: this many are read. */
const NEWEST_ROWS = 1000;

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function newestTime(db: Reader): string | null {
  const row = db.get(
    `SELECT max(max(started_at, coalesce(finished_at, ''))) AS at FROM
       (SELECT started_at, finished_at FROM ingest_logs ORDER BY id DESC LIMIT ${NEWEST_ROWS})`,
  );
  return textOrNull(row?.at);
}

function runningRows(db: Reader, isLocked: (ticker: string) => boolean): RunningRow[] {
  // As in the verification: a run finishes its row before it lets go of its lock, so a row that still
  // says so after its lock was seen free is of a run that is gone.
  const stillSo = "SELECT 1 FROM ingest_logs WHERE id = ? AND status = 'running'";
  const found: RunningRow[] = [];
  for (
    const row of db.all(
      "SELECT id, ticker, source, host, pid, started_at FROM ingest_logs WHERE status = 'running' " +
        "ORDER BY id",
    )
  ) {
    const id = Number(row.id);
    const ticker = textOrNull(row.ticker);
    const locked = ticker !== null && isLocked(ticker);
    if (!locked && db.get(stillSo, id) === undefined) continue;
    const { source, host, pid, started_at } = row;
    found.push({
      id,
      ticker,
      source: String(source),
      host: String(host),
      pid: Number(pid),
      startedAt: String(started_at),
      locked,
    });
  }
  return found;
}

function lastRun(db: Reader, { source, tickers }: WantedRun): LastRun | null {
  const only = tickers === null ? "" : "AND ticker IN (SELECT value FROM json_each(?))";
  const values = tickers === null ? [] : [JSON.stringify(tickers)];
  const newest = db.get(
    `SELECT run_id FROM ingest_logs WHERE source = ? AND status <> 'dry_run' ${only}
       ORDER BY id DESC LIMIT 1`,
    source,
    ...values,
  );
  if (newest === undefined) return null;
  const runId = String(newest.run_id);
  const rows = db.all(
    `SELECT status, count(*) AS n, min(started_at) AS started_at,
         max(error_code || ': ' || coalesce(error_message, '')) AS error
       FROM ingest_logs WHERE run_id = ? AND source = ? ${only} GROUP BY status ORDER BY status`,
    runId,
    source,
    ...values,
  );
  return {
    runId,
    source,
    startedAt: rows.map((row) => String(row.started_at)).sort()[0] ?? "",
    statuses: Object.fromEntries(rows.map(({ status, n }) => [String(status), Number(n)])),
    error: rows.map((row) => textOrNull(row.error)).find((error) => error !== null) ?? null,
  };
}

function newestCollector(db: Reader): CollectorHealth | null | undefined {
  const has = db.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'collectors'");
  if (has === undefined) return undefined;
  const row = db.get(
    "SELECT host, pid, state, task, started_at, heartbeat_at, stopped_at FROM collectors " +
      "ORDER BY started_at DESC LIMIT 1",
  );
  if (row === undefined) return null;
  return {
    host: String(row.host),
    pid: Number(row.pid),
    state: String(row.state),
    task: textOrNull(row.task),
    startedAt: String(row.started_at),
    heartbeatAt: String(row.heartbeat_at),
    stoppedAt: textOrNull(row.stopped_at),
  };
}

/**
 * Asks a database how its runs are. Never writes, by the rule of {@linkcode quietPlace}.
 *
 * @param path The file, which must exist.
 * @param options Tells which locks are held, and which runs are wanted.
 * @throws {DatabaseError} Where it cannot be read, or has a schema that this program does not know.
 */
export function databaseHealth(path: string, options: HealthOptions): DatabaseHealth {
  using place = quietPlace(path);
  using db = Reader.open(path, { anySchema: true }, place.file);
  const pending = pendingMigrations(db.raw, path);
  const empty = pending.length === MIGRATIONS.length;
  // Without the first migration there is no log to ask.
  const sources = empty
    ? []
    : db.all("SELECT DISTINCT source FROM ingest_logs ORDER BY source").map(({ source }) =>
      String(source)
    );
  const wanted = options.wanted ?? [];
  return {
    empty,
    schemaVersion: MIGRATIONS.length - pending.length,
    pending: pending.map(({ version, name }) => `${version} (${name})`),
    newestAt: empty ? null : newestTime(db),
    // A run may have ended, and let go of its lock, since a copy was made.
    running: empty
      ? []
      : runningRows(db, (ticker) => options.isLocked(ticker) || !place.isCurrent()),
    lastRuns: sources.flatMap((source) => lastRun(db, { source, tickers: null }) ?? []),
    wanted: wanted.map((each) => empty ? null : lastRun(db, each)),
    collector: newestCollector(db),
  };
}
