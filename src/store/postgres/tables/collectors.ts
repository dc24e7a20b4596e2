import type { CollectorBeat, CollectorStart } from "../../store.ts";
import type { Transaction } from "../connection/connection.ts";

/** Inserts the row of a collector. */
export async function insertCollector(
  db: Transaction,
  start: CollectorStart,
  beat: CollectorBeat,
): Promise<void> {
  await db.run(
    `INSERT INTO collectors (run_id, host, pid, version, started_at, heartbeat_at, state, task,
       next_turn_at, tasks)
     VALUES ($1, $2, $3, $4, $5::timestamptz, clock_timestamp(), $6, $7, $8::timestamptz, $9)`,
    start.runId,
    start.host,
    start.pid,
    start.version,
    start.startedAt,
    beat.state,
    beat.task,
    beat.nextTurnAt,
    beat.tasks,
  );
}

/** Writes a heartbeat. @returns `replaced` where another collector has taken this one for dead. */
export async function beatCollector(
  db: Transaction,
  runId: string,
  beat: CollectorBeat,
): Promise<"written" | "replaced" | "missing"> {
  const changed = await db.run(
    `UPDATE collectors SET heartbeat_at = clock_timestamp(), state = $1, task = $2,
       next_turn_at = $3::timestamptz, tasks = $4
     WHERE run_id = $5 AND stopped_at IS NULL`,
    ...[beat.state, beat.task, beat.nextTurnAt, beat.tasks, runId],
  );
  if (changed === 1) return "written";
  const row = await db.get("SELECT 1 AS there FROM collectors WHERE run_id = $1", runId);
  return row === undefined ? "missing" : "replaced";
}

const STOP = `UPDATE collectors SET state = 'stopped', stopped_at = clock_timestamp(),
  stop_reason = $1, task = NULL, next_turn_at = NULL WHERE stopped_at IS NULL`;

/** Writes that a collector has stopped. Does nothing where its row says so already. */
export async function endCollector(db: Transaction, runId: string, reason: string): Promise<void> {
  await db.run(`${STOP} AND run_id = $2`, reason, runId);
}

/** Marks every collector that has not said that it stopped. Only for the holder of the job lock. */
export async function markDeadCollectors(db: Transaction, reason: string): Promise<string[]> {
  const rows = await db.all(`${STOP} RETURNING run_id`, reason);
  return rows.map(({ run_id }) => String(run_id));
}
