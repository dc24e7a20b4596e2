/**
 * The rows of `collectors`: one for each life of `tickerlock collect`, with its heartbeat.
 *
 * @module
 */
import type { CollectorBeat, CollectorStart } from "../../store.ts";
import type { Database } from "../connection/database.ts";
import type { Reader } from "../connection/reader.ts";

/** Time between two heartbeats, in ms; also written at each change of state. */
export const COLLECTOR_HEARTBEAT_MS = 30_000;

/** Without a heartbeat for so many ms, a collector is dead or hangs: three beats have failed. */
export const COLLECTOR_SILENT_MS = 90_000;

/** A heartbeat, with its time. */
export type StampedBeat = CollectorBeat & { readonly heartbeatAt: string };

/** How a collector ended. */
export interface CollectorEnd {
  readonly stoppedAt: string;
  /** One sentence for people. */
  readonly reason: string;
}

/** A collector as the table has it. */
export interface CollectorRow extends CollectorStart {
  readonly heartbeatAt: string;
  readonly stoppedAt: string | null;
  readonly stopReason: string | null;
  readonly state: CollectorBeat["state"] | "stopped";
  readonly task: string | null;
  readonly nextTurnAt: string | null;
  /** JSON: an array of tasks. */
  readonly tasks: string;
}

/**
 * Inserts the row of a collector.
 *
 * @param beat What it is doing.
 */
export function insertCollector(db: Database, start: CollectorStart, beat: StampedBeat): void {
  db.run(
    `INSERT INTO collectors (run_id, host, pid, version, started_at, heartbeat_at, state, task,
       next_turn_at, tasks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    start.runId,
    start.host,
    start.pid,
    start.version,
    start.startedAt,
    beat.heartbeatAt,
    beat.state,
    beat.task,
    beat.nextTurnAt,
    beat.tasks,
  );
}

/**
 * Writes a heartbeat.
 *
 * @param beat What it is doing.
 * @returns `replaced` where another collector has taken this one for dead; `missing` where there is no
 *   such row.
 */
export function beatCollector(
  db: Database,
  runId: string,
  beat: StampedBeat,
): "written" | "replaced" | "missing" {
  const changed = db.run(
    `UPDATE collectors SET heartbeat_at = ?, state = ?, task = ?, next_turn_at = ?, tasks = ?
     WHERE run_id = ? AND stopped_at IS NULL`,
    beat.heartbeatAt,
    beat.state,
    beat.task,
    beat.nextTurnAt,
    beat.tasks,
    runId,
  );
  if (changed === 1) return "written";
  const row = db.get("SELECT 1 AS there FROM collectors WHERE run_id = ?", runId);
  return row === undefined ? "missing" : "replaced";
}

/** Writes that a collector has stopped. Does nothing where its row says so already. */
export function endCollector(db: Database, runId: string, end: CollectorEnd): void {
  db.run(
    `UPDATE collectors SET state = 'stopped', stopped_at = ?, stop_reason = ?, task = NULL,
       next_turn_at = NULL WHERE run_id = ? AND stopped_at IS NULL`,
    end.stoppedAt,
    end.reason,
    runId,
  );
}

/**
 * Marks every collector that has not said that it stopped. Only for whoever holds the job lock: the
 * processes of those rows are gone, or use another lock folder.
 *
 * @returns The collectors that were marked.
 */
export function markDeadCollectors(db: Database, end: CollectorEnd): string[] {
  return db.all(
    `UPDATE collectors SET state = 'stopped', stopped_at = ?, stop_reason = ?, task = NULL,
       next_turn_at = NULL WHERE stopped_at IS NULL RETURNING run_id`,
    end.stoppedAt,
    end.reason,
  ).map((row) => String(row.run_id));
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/**
 * All collectors, the newest first.
 *
 * @param db Open database, or a reader of it.
 * @param limit How many at most. Default 20.
 */
export function collectors(db: Database | Reader, limit = 20): CollectorRow[] {
  return db.all("SELECT * FROM collectors ORDER BY started_at DESC, run_id DESC LIMIT ?", limit)
    .map((row) => ({
      runId: String(row.run_id),
      host: String(row.host),
      pid: Number(row.pid),
      version: String(row.version),
      startedAt: String(row.started_at),
      heartbeatAt: String(row.heartbeat_at),
      stoppedAt: textOrNull(row.stopped_at),
      stopReason: textOrNull(row.stop_reason),
      state: String(row.state) as CollectorRow["state"],
      task: textOrNull(row.task),
      nextTurnAt: textOrNull(row.next_turn_at),
      tasks: String(row.tasks),
    }));
}

/**
 * Whether a collector is alive: it has not stopped, and its last heartbeat is not long ago.
 *
 * @param nowMs Milliseconds since 1970.
 */
export function isCollectorAlive(row: CollectorRow, nowMs: number): boolean {
  return row.stoppedAt === null && nowMs - Date.parse(row.heartbeatAt) <= COLLECTOR_SILENT_MS;
}
