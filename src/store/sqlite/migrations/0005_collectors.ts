/**
 * Collectors: which one is alive, what it is doing, what comes next.
 *
 * @module
 */

/** SQL of migration 5. Never edit it once it is released: a checksum of it is in every database. */
export const sql = `
CREATE TABLE collectors (
  -- The same as run_id in ingest_logs.
  run_id TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  version TEXT NOT NULL,
  started_at TEXT NOT NULL,
  heartbeat_at TEXT NOT NULL,
  stopped_at TEXT,
  stop_reason TEXT,
  state TEXT NOT NULL CHECK (state IN ('syncing', 'idle', 'running', 'stopping', 'stopped')),
  -- The task that is at work.
  task TEXT,
  next_turn_at TEXT,
  -- All its tasks, as JSON.
  tasks TEXT NOT NULL,
  CHECK ((state = 'stopped') = (stopped_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
`;

/** SHA-256 of the SQL. */
export const checksum = "4e31d34b40755b3cdde2e235aaa6a70644589a81e4b03e1b4fd6775a61ce71aa";

/** Takes migration 5 back. */
export const down = `
DROP TABLE collectors;
`;
