import type { PruneCounts, PruneOptions, PrunePlan } from "../../care.ts";
import type { Connection, Transaction } from "../connection/connection.ts";
import { arrayText } from "../connection/driver.ts";
import { checkSchema } from "../connection/migrate.ts";
import { settlingIds } from "../../gaps.ts";
import { type Asked, keptStatuses, removeInSteps } from "../../pruning.ts";
import { askedFrom, CREDIBLE, settlingWindows } from "../tables/history.ts";

/**
 * Rows that stay whatever their age: of each ticker and source the newest success, by which runs know
 * what they have, and the success that has asked for the most days; the newest row that tells of its
 * history; those that settle gaps; and the newest of all, whose time tells whether a clock is wrong. Rows
 * that begin in the future prove nothing, and stand for no other.
 *
 * $2 is what {@linkcode settlingIds} tells.
 */
const NEEDED = `
  SELECT max(id) FROM ingest_logs
  UNION
  SELECT max(id) FROM ingest_logs
  WHERE status = 'success' AND started_at <= ${CREDIBLE} GROUP BY ticker, source
  UNION
  SELECT max(id) FROM ingest_logs
  WHERE history IS NOT NULL AND started_at <= ${CREDIBLE} GROUP BY ticker, source
  UNION
  (SELECT DISTINCT ON (ticker, source) id FROM ingest_logs
   WHERE status = 'success' AND window_to >= (started_at AT TIME ZONE 'UTC')::date
     AND started_at <= ${CREDIBLE}
   ORDER BY ticker, source, window_from NULLS FIRST, id)
  UNION
  SELECT unnest($2::bigint[])`;

const OLD = "status <> 'running' AND finished_at < $1::timestamptz";

/** What {@linkcode pruneLogs} would do now. */
export async function planPrune(db: Transaction, options: PruneOptions): Promise<PrunePlan> {
  const row = await db.get(
    `WITH needed (id) AS MATERIALIZED (${NEEDED}), old AS MATERIALIZED (
       SELECT id, CASE WHEN id IN (SELECT id FROM needed) THEN 'needed'
         WHEN status IN (${keptStatuses(options)}) THEN 'failure' ELSE '' END AS why
       FROM ingest_logs WHERE ${OLD})
     SELECT count(*) FILTER (WHERE why = '') AS logs,
       (SELECT count(*) FROM old JOIN ingest_rejects ON ingest_id = old.id WHERE why = '') AS rejects,
       count(*) FILTER (WHERE why = 'needed') AS needed,
       count(*) FILTER (WHERE why = 'failure') AS failures
     FROM old`,
    options.before,
    arrayText(settlingIds(await settlingWindows(db))),
  );
  return { ...row } as unknown as PrunePlan;
}

async function windowsOf(db: Transaction, ids: string): Promise<Asked[]> {
  const rows = await db.all(
    `SELECT DISTINCT ticker, source FROM ingest_logs
     WHERE window_to IS NOT NULL AND ticker IS NOT NULL AND id = ANY($1::bigint[])`,
    ids,
  );
  const pairs = rows.map((row) => ({ ticker: String(row.ticker), source: String(row.source) }));
  const since = await askedFrom(db, pairs);
  return pairs.map((pair, at) => ({ ...pair, from: since[at] ?? null }));
}

/** Lets the newest window begin where those that are gone began: no day is asked for again. */
async function keepWindow(db: Transaction, { ticker, source, from }: Asked): Promise<void> {
  if (from === null || (await askedFrom(db, [{ ticker, source }]))[0] === from) return;
  await db.run(
    `UPDATE ingest_logs SET joined_from = $3 WHERE id = (
       SELECT id FROM ingest_logs WHERE ticker = $1 AND source = $2 AND status = 'success'
         AND window_to IS NOT NULL AND started_at <= ${CREDIBLE}
       ORDER BY least(window_to, (started_at AT TIME ZONE 'UTC')::date) DESC LIMIT 1)`,
    ticker,
    source,
    from,
  );
}

async function removeStep(
  db: Transaction,
  ids: readonly number[],
  before: string,
): Promise<PruneCounts> {
  // Another process may have pruned meanwhile, and rows are locked in one order.
  const rows = await db.all(
    `SELECT id FROM ingest_logs WHERE ${OLD} AND id = ANY($2::bigint[]) ORDER BY id FOR UPDATE`,
    before,
    arrayText(ids),
  );
  const old = arrayText(rows.map(({ id }) => Number(id)));
  const asked = await windowsOf(db, old);
  const belonging = await db.get(
    "SELECT count(*) AS n FROM ingest_rejects WHERE ingest_id = ANY($1::bigint[])",
    old,
  );
  // Their rejects go with them, by the foreign key.
  const logs = await db.run("DELETE FROM ingest_logs WHERE id = ANY($1::bigint[])", old);
  for (const window of asked) await keepWindow(db, window);
  return { logs, rejects: Number(belonging?.n ?? 0) };
}

/** Removes old rows of the log and the rejects that belong to them, as `Care.prune` says. */
export async function pruneLogs(
  connection: Connection,
  options: PruneOptions,
  onStep?: (done: PruneCounts) => void | Promise<void>,
  signal?: AbortSignal,
): Promise<PruneCounts> {
  const { before } = options;
  const ids = await connection.read("look for old rows of the log in", async (db) => {
    await checkSchema(db);
    const rows = await db.all(
      `SELECT id FROM ingest_logs WHERE ${OLD} AND id NOT IN (${NEEDED})
         AND status NOT IN (${keptStatuses(options)}) ORDER BY ticker, source, id`,
      before,
      arrayText(settlingIds(await settlingWindows(db))),
    );
    return rows.map(({ id }) => Number(id));
  });
  return await removeInSteps(ids, async (step) => {
    signal?.throwIfAborted();
    return await connection.transaction(
      "remove old rows of the log from",
      (db) => removeStep(db, step, before),
      { signal },
    );
  }, onStep);
}
