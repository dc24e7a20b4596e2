import type { CollectorBeat, CollectorStart } from "../../store.ts";
import type { Database } from "../connection/database.ts";

/** Inserts the row of a collector. */
export function insertCollector(
  db: Database,
  start: CollectorStart,
  beat: CollectorBeat,
  at: string,
): void {
  db.run(
    `INSERT INTO collectors (run_id, host, pid, version, started_at, heartbeat_at, state, task,
       next_turn_at, tasks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    start.runId,
    start.host,
    start.pid,
    start.version,
    start.startedAt,
    at,
    beat.state,
    beat.task,
    beat.nextTurnAt,
    beat.tasks,
  );
}

/** Writes a heartbeat. @returns `replaced` where another collector has taken this one for dead. */
export function beatCollector(
  db: Database,
  runId: string,
  beat: CollectorBeat,
  at: string,
): "written" | "replaced" | "missing" {
  const changed = db.run(
    `UPDATE collectors SET heartbeat_at = ?, state = ?, task = ?, next_turn_at = ?, tasks = ?
     WHERE run_id = ? AND stopped_at IS NULL`,
    ...[at, beat.state, beat.task, beat.nextTurnAt, beat.tasks, runId],
  );
  if (changed === 1) return "written";
  const row = db.get("SELECT 1 AS there FROM collectors WHERE run_id = ?", runId);
  return row === undefined ? "missing" : "replaced";
}

const STOP = `UPDATE collectors SET state = 'stopped', stopped_at = ?, stop_reason = ?, task = NULL,
  next_turn_at = NULL WHERE stopped_at IS NULL`;

/** Writes that a collector has stopped. Does nothing where its row says so already. */
export function endCollector(db: Database, runId: string, reason: string, at: string): void {
  db.run(`${STOP} AND run_id = ?`, at, reason, runId);
}

/** Marks every collector that has not said that it stopped, for the holder of the job lock. */
export function markDeadCollectors(db: Database, reason: string, at: string): string[] {
  return db.all(`${STOP} RETURNING run_id`, at, reason).map((row) => String(row.run_id));
}
