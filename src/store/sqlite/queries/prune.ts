import type { PruneCounts, PruneOptions, PrunePlan } from "../../care.ts";
import { lastCredible } from "../../../base/time.ts";
import type { Database } from "../connection/database.ts";
import { settlingIds } from "../../gaps.ts";
import { type Asked, keptStatuses, removeInSteps } from "../../pruning.ts";
import { askedFrom, settlingWindows } from "../tables/history.ts";
import type { Reader } from "../connection/reader.ts";

/**
 * Rows that stay whatever their age:
 * - of each ticker and source the newest success, by which runs know what they have, and the success
 *   that has asked for the most days: without it an online source would be asked for all of them again;
 *   the newest row that tells of its history, by which runs know when all of it is due; of the rows
 *   that settle gaps those of {@linkcode settling}. Rows that begin in the future prove nothing, and
 *   stand for no other;
 * - the row with the largest id, which SQLite would otherwise give to the next job, so that prices
 *   which name their job would name the wrong one.
 *
 * ?2 is the last credible moment, ?3 what {@linkcode settling} tells.
 */
const NEEDED = `
  SELECT max(id) FROM ingest_logs
  UNION
  SELECT max(id) FROM ingest_logs
  WHERE status = 'success' AND started_at <= ?2 GROUP BY ticker, source
  UNION
  SELECT max(id) FROM ingest_logs
  WHERE history IS NOT NULL AND started_at <= ?2 GROUP BY ticker, source
  UNION
  SELECT id FROM (
    -- With min() SQLite takes the other columns from the row that has it.
    SELECT id, min(coalesce(window_from, '')) FROM ingest_logs
    WHERE status = 'success' AND window_to >= substr(started_at, 1, 10) AND started_at <= ?2
    GROUP BY ticker, source
  )`;

/** Ids, as JSON, of rows that tell of sessions which were asked for and never delivered. */
function settling(db: Pick<Reader, "all">): string {
  return JSON.stringify(settlingIds(settlingWindows(db)));
}

const SETTLING = "SELECT value FROM json_each(?3)";

const OLD = "status <> 'running' AND finished_at < ?1";

/** What {@linkcode pruneLogs} would do now. Never writes. */
export function planPrune(db: Reader, options: PruneOptions): PrunePlan {
  const row = db.get(
    `WITH old AS MATERIALIZED (
       SELECT id, CASE WHEN id IN (${NEEDED}) OR id IN (${SETTLING}) THEN 'needed'
         WHEN status IN (${keptStatuses(options)}) THEN 'failure' ELSE '' END AS why
       FROM ingest_logs WHERE ${OLD}
     )
     SELECT count(*) FILTER (WHERE why = '') AS logs,
       (SELECT count(*) FROM old JOIN ingest_rejects ON ingest_id = old.id WHERE why = '') AS rejects,
       count(*) FILTER (WHERE why = 'needed') AS needed,
       count(*) FILTER (WHERE why = 'failure') AS failures
     FROM old`,
    options.before,
    lastCredible(),
    settling(db),
  );
  return { ...row } as unknown as PrunePlan;
}

function windowsOf(db: Database, old: string, values: readonly string[]): Asked[] {
  return db.all(
    `SELECT DISTINCT ticker, source FROM ingest_logs
     WHERE window_to IS NOT NULL AND ticker IS NOT NULL AND id IN (${old})`,
    ...values,
  ).map((row) => {
    const [ticker, source] = [String(row.ticker), String(row.source)];
    return { ticker, source, from: askedFrom(db, ticker, source) };
  });
}

/** Lets the newest window begin where those that are gone began: no day is asked for again. */
function keepWindow(db: Database, { ticker, source, from }: Asked): void {
  if (from === null || askedFrom(db, ticker, source) === from) return;
  db.run(
    `UPDATE ingest_logs SET joined_from = ?3 WHERE id = (
       SELECT id FROM ingest_logs WHERE ticker = ?1 AND source = ?2 AND status = 'success'
         AND window_to IS NOT NULL AND started_at <= ?4 ORDER BY min(window_to, substr(started_at, 1, 10)) DESC LIMIT 1)`,
    ticker,
    source,
    from,
    lastCredible(),
  );
}

/** Removes old rows of the log, as `Care.prune` says; prices then name rows that are gone. */
export async function pruneLogs(
  db: Database,
  options: PruneOptions,
  onStep?: (done: PruneCounts) => void | Promise<void>,
): Promise<PruneCounts> {
  const { before } = options;
  // By ticker, so that each one's windows are looked at in one step or two, not in every step.
  // What is needed now will still be there, and what becomes old meanwhile is for the next time.
  const ids = db.all(
    `SELECT id FROM ingest_logs WHERE ${OLD} AND id NOT IN (${NEEDED}) AND id NOT IN (${SETTLING})
       AND status NOT IN (${keptStatuses(options)}) ORDER BY ticker, source, id`,
    before,
    lastCredible(),
    settling(db),
  ).map(({ id }) => Number(id));
  return await removeInSteps(ids, (some) => {
    const step = JSON.stringify(some);
    return db.transaction("remove old rows of the log from", () => {
      // Another process may have pruned meanwhile: the condition is checked again.
      const old =
        `SELECT id FROM ingest_logs WHERE id IN (SELECT value FROM json_each(?2)) AND ${OLD}`;
      const belonging = db.get(
        `SELECT count(*) AS n FROM ingest_rejects WHERE ingest_id IN (${old})`,
        before,
        step,
      );
      const asked = windowsOf(db, old, [before, step]);
      // Their rejects go with them, by the foreign key.
      const logs = db.run(`DELETE FROM ingest_logs WHERE id IN (${old})`, before, step);
      for (const window of asked) keepWindow(db, window);
      return { logs, rejects: Number(belonging?.n ?? 0) };
    });
  }, onStep);
}
