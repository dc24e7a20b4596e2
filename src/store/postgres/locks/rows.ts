/** Rows of `locks`, one lease each; locked in one order: by name, then `ingest_logs`. @module */
import type { HolderRecord, LockState } from "../../../lock/mod.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText } from "../connection/driver.ts";
import { LOCK_SPACE } from "../connection/migrate.ts";

/** Seconds without a heartbeat after which a lease ends. */
const TTL_SECONDS = 60;

/** Seconds that a holder whose session is gone has to come back. */
export const GRACE_SECONDS = 1.5;

/** Seconds without a heartbeat after which a holder counts as silent. */
const SILENT_SECONDS = 20;

/** What of a lease is wanted: its name, and the one acquisition that may own it. */
export interface Wanted {
  readonly name: string;
  readonly owner: string;
  readonly command: string;
  readonly runId: string | null;
}

const GIVEN = "unnest($1::text[], $2::text[]) AS given (name, owner)";

function pairs(leases: readonly { readonly name: string; readonly owner: string }[]) {
  return [arrayText(leases.map(({ name }) => name)), arrayText(leases.map(({ owner }) => owner))];
}

const RECORD = `pid, coalesce(process_started_at, acquired_at) AS "processStartedAt", host,
  CASE WHEN name LIKE '.%' THEN run_id ELSE owner END AS "jobId", command, acquired_at AS "acquiredAt", beat_at AS "heartbeatAt"`;

/** The holder's session is gone, though its row says that it has one. */
const IS_GONE = `(session IS NOT NULL AND NOT EXISTS (SELECT FROM pg_locks
  WHERE locktype = 'advisory' AND classid = ${LOCK_SPACE} AND objid = session::bigint
    AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))`;

const IS_DEAD = `(beat_at + ttl < clock_timestamp()
  OR beat_at < clock_timestamp() - interval '10 s' AND ${IS_GONE})`;

/** Takes the leases that are free, or whose holders are gone. @returns Their names. */
export async function acquire(
  db: Transaction,
  wanted: readonly Wanted[],
  session: number | null,
  self: HolderRecord,
): Promise<Set<string>> {
  const names = arrayText(wanted.map(({ name }) => name));
  const missing = db.run(
    `INSERT INTO locks (name) SELECT name FROM unnest($1::text[]) AS given (name)
     ORDER BY name ON CONFLICT DO NOTHING`,
    names,
  );
  const taken = db.all(
    `WITH can AS (
       SELECT name FROM locks WHERE name = ANY($1::text[]) AND (
         owner IS NULL OR beat_at + ttl < clock_timestamp()
         OR CASE WHEN suspected_at + make_interval(secs => ${GRACE_SECONDS}) < clock_timestamp()
              AND session IS NOT NULL
            THEN pg_try_advisory_xact_lock(${LOCK_SPACE}, session) ELSE false END)
       ORDER BY name FOR UPDATE SKIP LOCKED)
     UPDATE locks SET token = token + 1, owner = given.owner, session = $4, run_id = given.run_id,
       command = given.command, host = $6, pid = $7, process_started_at = $8::timestamptz,
       acquired_at = clock_timestamp(), beat_at = clock_timestamp(),
       ttl = make_interval(secs => ${TTL_SECONDS}), suspected_at = NULL, wanted_at = NULL
     FROM unnest($1::text[], $2::text[], $3::text[], $5::text[])
       AS given (name, owner, run_id, command)
     WHERE locks.name = given.name AND locks.name IN (SELECT name FROM can)
     RETURNING locks.name`,
    names,
    arrayText(wanted.map(({ owner }) => owner)),
    arrayText(wanted.map(({ runId }) => runId)),
    session,
    arrayText(wanted.map(({ command }) => command)),
    self.host,
    self.pid,
    self.processStartedAt || null,
  );
  await missing;
  return new Set((await taken).map(({ name }) => String(name)));
}

interface Refused {
  readonly name: string;
  readonly holder: HolderRecord | undefined;
  /** The holder's session is gone: it is waited whether it comes back. */
  readonly isSuspected: boolean;
}

/** Notes that leases are wanted, so that their release is told, and whose holders seem gone. */
export async function want(db: Transaction, names: readonly string[]): Promise<Refused[]> {
  const list = arrayText(names);
  const noted = db.run(
    `UPDATE locks SET wanted_at = clock_timestamp(),
       suspected_at = CASE WHEN session IS NULL THEN suspected_at
         WHEN pg_try_advisory_xact_lock(${LOCK_SPACE}, session)
           THEN coalesce(suspected_at, clock_timestamp())
         ELSE NULL END
     WHERE name IN (SELECT name FROM locks WHERE name = ANY($1::text[]) AND owner IS NOT NULL
       ORDER BY name FOR UPDATE SKIP LOCKED)`,
    list,
  );
  const rows = db.all(
    `SELECT name, suspected_at IS NOT NULL AS suspected, owner, ${RECORD} FROM locks
     WHERE name = ANY($1::text[])`,
    list,
  );
  await noted;
  return (await rows).map(({ name, suspected, owner, ...holder }) => ({
    name: String(name),
    isSuspected: suspected === true,
    holder: owner === null ? undefined : holder as unknown as HolderRecord,
  }));
}

/** Lets leases go that are still held, and tells who waits. @param isTold Tell in any case. */
export async function letGo(
  db: Transaction,
  leases: readonly { readonly name: string; readonly owner: string }[],
  isTold = false,
): Promise<void> {
  if (leases.length === 0) return;
  await db.all(
    `WITH mine AS (
       SELECT locks.name FROM locks JOIN ${GIVEN} ON locks.name = given.name
         AND locks.owner = given.owner ORDER BY locks.name FOR UPDATE OF locks),
     freed AS (
       UPDATE locks SET owner = NULL, session = NULL, suspected_at = NULL, token = token + $3::int
       WHERE name IN (SELECT name FROM mine)
       RETURNING name, wanted_at >= acquired_at AS wanted)
     SELECT pg_notify('tickerlock', current_schema() || ' ' || name) FROM freed
     WHERE wanted OR $3::int > 0`,
    ...pairs(leases),
    isTold ? 1 : 0,
  );
}

/** Locks the rows of leases, in order, before their claims are written behind. */
export async function holdRows(
  db: Transaction,
  leases: readonly { readonly name: string; readonly owner: string }[],
): Promise<void> {
  await db.all(
    `SELECT locks.name FROM locks JOIN ${GIVEN} ON locks.name = given.name
       AND locks.owner = given.owner ORDER BY locks.name FOR NO KEY UPDATE OF locks`,
    ...pairs(leases),
  );
}

/** Renews leases. @returns The owners of those that are gone. */
export async function beat(
  db: Transaction,
  leases: readonly { readonly name: string; readonly owner: string }[],
): Promise<Set<string>> {
  // What a transaction of this process has locked is alive by that.
  const beaten = db.run(
    `UPDATE locks SET beat_at = clock_timestamp(), suspected_at = NULL
     WHERE name IN (SELECT locks.name FROM locks JOIN ${GIVEN} ON locks.name = given.name
       AND locks.owner = given.owner ORDER BY locks.name FOR UPDATE OF locks SKIP LOCKED)`,
    ...pairs(leases),
  );
  const gone = db.all(
    `SELECT given.owner FROM ${GIVEN} LEFT JOIN locks ON locks.name = given.name
       AND locks.owner = given.owner WHERE locks.name IS NULL`,
    ...pairs(leases),
  );
  await beaten;
  return new Set((await gone).map(({ owner }) => String(owner)));
}

/** How leases stand, jobs first, then tickers, each by name. @param names Default all. */
export async function states(db: Transaction, names?: readonly string[]): Promise<LockState[]> {
  const rows = await db.all(
    `SELECT name, owner IS NOT NULL AS owned, owner IS NOT NULL AND ${IS_DEAD} AS dead,
       beat_at < clock_timestamp() - make_interval(secs => ${SILENT_SECONDS}) AS silent, ${RECORD}
     FROM locks ${names === undefined ? "" : "WHERE name = ANY($1::text[])"}
     ORDER BY name LIKE '.%' DESC, name`,
    ...names === undefined ? [] : [arrayText(names)],
  );
  return rows.map(({ name, owned, dead, silent, ...holder }) => ({
    name: String(name),
    path: db.target.name,
    state: owned === true && dead !== true ? "held" : "free",
    holder: owned === true ? holder as unknown as HolderRecord : null,
    stale: dead === true,
    silent: owned === true && dead !== true && silent === true,
    // Leases go by the server's clock.
    clockAheadMs: 0,
    problem: null,
    hint: null,
  }));
}

/** A lease as a forced release finds it. */
export interface Lease {
  readonly owner: string;
  readonly runId: string | null;
  readonly isDead: boolean;
  readonly holder: HolderRecord;
}

/** Locks the row of a lease and reads it; undefined where it is free. */
export async function lockLease(db: Transaction, name: string): Promise<Lease | undefined> {
  const row = await db.get(
    `SELECT owner, run_id, ${IS_DEAD} AS dead, ${RECORD} FROM locks
     WHERE name = $1 AND owner IS NOT NULL FOR UPDATE`,
    name,
  );
  if (row === undefined) return undefined;
  const { owner, run_id, dead, ...holder } = row;
  return {
    owner: String(owner),
    runId: typeof run_id === "string" ? run_id : null,
    isDead: dead === true,
    holder: holder as unknown as HolderRecord,
  };
}
