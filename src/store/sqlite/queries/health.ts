import type {
  CollectorHealth,
  DatabaseHealth,
  DoubtedHistory,
  LastRun,
  RunningRow,
  WantedRun,
} from "../../reports.ts";
import { lastRunOf } from "../../pair_statistics.ts";
import { lastCredible } from "../../../base/time.ts";
import { realPath } from "../../../platform/files.ts";
import { oddBackups } from "../backup/backup_folder.ts";
import { sizeOf } from "../../spill.ts";
import { pendingMigrations } from "../connection/migrate.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import { type TraceFreePlace, TraceFreeReader } from "../connection/trace_free_read.ts";
import type { Reader } from "../connection/reader.ts";
import { schemaDifferences } from "./schema_objects.ts";
import { newestTime, unknownSince } from "../tables/history.ts";
import { OwnLockFolder } from "../tables/lock_folders.ts";

/** Whether a ticker's lock is held; null where that cannot be told. */
export type IsLocked = (ticker: string) => boolean | null;

/** The same, of the runs on a database: null where their locks are elsewhere; a copy may be out of date. */
export function ofItsRuns(
  isLocked: IsLocked,
  db: Reader,
  place: Pick<TraceFreePlace, "isCurrent">,
  lockDir: string | undefined,
): IsLocked {
  let isOther: boolean | undefined;
  return (ticker) => {
    isOther ??= lockDir !== undefined && new OwnLockFolder(lockDir).remembered(db).isOther;
    const held = isOther ? null : isLocked(ticker);
    return held === false && !place.isCurrent() ? true : held;
  };
}

interface HealthQuestion {
  readonly isLocked: IsLocked;
  readonly wanted?: readonly WantedRun[];
  readonly lockDir: string;
}

/**
 * Rows that say that a run is at work, without those that just ended: a run ends its row before it releases
 * its lock. Not within a snapshot, which would not see that.
 */
export function runningRows(db: Reader, isLocked: IsLocked): RunningRow[] {
  const stillSo = "SELECT 1 FROM ingest_logs WHERE id = ? AND status = 'running'";
  const rows = db.all(
    `SELECT id, ticker, source, host, pid, started_at AS startedAt FROM ingest_logs
     WHERE status = 'running' ORDER BY id`,
  ) as unknown as Omit<RunningRow, "locked">[];
  return rows.map((row) => ({ ...row, locked: row.ticker !== null && isLocked(row.ticker) }))
    .filter(({ id, locked }) => locked === true || db.get(stillSo, id) !== undefined);
}

function engineAhead(db: Reader): number {
  const row = db.get("SELECT (julianday('now') - 2440587.5) * 86400000 AS ms");
  return Math.round(Number(row?.ms) - Date.now());
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
  return lastRunOf(source, runId, rows);
}

function doubtedHistories(db: Reader): DoubtedHistory[] {
  const rows = db.all(
    // With max() SQLite takes the other columns from the row that has it.
    `SELECT ticker, source, history, job_id AS jobId, max(id) AS id FROM ingest_logs
     WHERE history IS NOT NULL AND started_at <= ? GROUP BY ticker, source
     HAVING history <> 'whole' ORDER BY ticker, source`,
    lastCredible(),
  ) as unknown as DoubtedHistory[];
  return rows.filter(({ ticker, source }) => unknownSince(db, ticker, source, "") === null);
}

function newestCollector(db: Reader): CollectorHealth | null | undefined {
  const has = db.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'collectors'");
  if (has === undefined) return undefined;
  const row = db.get(
    `SELECT host, pid, state, task, started_at AS startedAt, heartbeat_at AS heartbeatAt,
       stopped_at AS stoppedAt FROM collectors
     ORDER BY stopped_at IS NULL DESC, started_at > ?, started_at DESC LIMIT 1`,
    lastCredible(),
  );
  return row === undefined ? null : row as unknown as CollectorHealth;
}

/** How the runs of a database are, by the rule of {@linkcode traceFreePlace}. @throws {StoreError} */
export function databaseHealth(path: string, options: HealthQuestion): DatabaseHealth {
  // Reading can make an empty one.
  const walBytes = sizeOf(`${realPath(path)}-wal`);
  using db = TraceFreeReader.open(path, { anySchema: true });
  const pending = pendingMigrations(db.raw, path);
  const empty = pending.length === MIGRATIONS.length;
  const { isLocked, lockDir, wanted = [] } = options;
  const facts = db.snapshot(() => {
    const { triggers, foreign } = schemaDifferences(db);
    // Without the first migration there is no log to ask.
    const sources = empty
      ? []
      : db.all("SELECT DISTINCT source FROM ingest_logs ORDER BY source").map((row) =>
        String(row.source)
      );
    return {
      triggers,
      foreign,
      engineAheadMs: engineAhead(db),
      newestAt: empty ? null : newestTime(db),
      lastRuns: sources.flatMap((source) => lastRun(db, { source, tickers: null }) ?? []),
      // An older schema has no such column.
      doubted: pending.length > 0 ? [] : doubtedHistories(db),
      wanted: wanted.map((each) => empty ? null : lastRun(db, each)),
      collector: newestCollector(db),
      lockFolder: new OwnLockFolder(lockDir).remembered(db),
    };
  });
  return {
    empty,
    schemaVersion: MIGRATIONS.length - pending.length,
    pending: pending.map(({ version, name }) => `${version} (${name})`),
    ...facts,
    walBytes,
    backups: oddBackups(path),
    running: empty ? [] : runningRows(db, ofItsRuns(isLocked, db, db, lockDir)),
    server: null,
  };
}
