/**
 * Taking a lock from a living holder so that it cannot corrupt anything: its claim first, the lock
 * second, and a row in the log that says who did it.
 *
 * @module
 */
import { userInfo } from "node:os";
import { type Database, finishJob, insertRunning, revokeClaims, writer } from "../store/mod.ts";
import { describeHolder, type HolderRecord, lockTarget } from "../lock/mod.ts";
import { VERSION } from "../base/version.ts";
import { timestamp } from "./context.ts";
import { hostName } from "../platform/host.ts";
import { uuidV7 } from "../base/uuid.ts";

/** Source of the audit rows of forced releases in `ingest_logs`. */
export const AUDIT_SOURCE = "locks";

/** Who is asking, for the audit row: `ana (uid 1000) on web1, pid 4711`. */
export function whoAsks(): string {
  let user = "an unknown user";
  try {
    const { username, uid } = userInfo();
    user = `${username} (uid ${uid})`;
  } catch {
    // A user without an entry in passwd, or no --allow-sys=userInfo: the host and pid must do.
  }
  const host = hostName();
  return `${user}${host === "" ? "" : ` on ${host}`}, pid ${Deno.pid}`;
}

/**
 * Revokes the claims behind a lock and leaves an audit row, in one transaction.
 *
 * @param db Open database.
 * @param name Name of the lock: a ticker, or a job with a leading dot.
 * @param holder The holder's record. A job's names the run whose claims are meant.
 * @returns The jobs that lost their claim.
 * @throws {DatabaseError} Where the database cannot take it; then nothing was revoked.
 */
export async function revokeBehindLock(
  db: Database,
  name: string,
  holder: HolderRecord | undefined,
): Promise<string[]> {
  const target = lockTarget(name);
  const isJob = target.name.startsWith(".");
  const started = performance.now();
  return await db.transaction("revoke the claim in", () => {
    const now = timestamp();
    const by = whoAsks();
    const why = `claim revoked by ${by} at ${now}`;
    let jobs: string[] = [];
    if (!isJob) jobs = revokeClaims(db, { ticker: target.name }, why, now);
    else if (holder?.jobId) jobs = revokeClaims(db, { runId: holder.jobId }, why, now);
    const jobId = uuidV7();
    const id = insertRunning(db, {
      jobId,
      runId: jobId,
      ticker: isJob ? null : target.name,
      source: AUDIT_SOURCE,
      command: `tickerlock locks release ${target.name} --force`,
      startedAt: now,
      lockAction: null,
      lockWaitedSeconds: null,
      host: hostName(),
      pid: Deno.pid,
      version: VERSION,
    });
    finishJob(db, id, {
      finishedAt: now,
      status: "success",
      durationMs: Math.round(performance.now() - started),
      errorCode: "lock_released",
      errorMessage: `${target.name} was taken from ${describeHolder(holder)} by ${by}; ` +
        (jobs.length === 0 ? "no job was running" : `revoked job(s): ${jobs.join(", ")}`),
    });
    return jobs;
  });
}

/**
 * The same for a database that is only a path yet. A database that does not exist has no claims, and
 * is not made for the sake of saying so.
 *
 * @param path Path of the database.
 * @param name Name of the lock.
 * @param holder The holder's record.
 * @returns The jobs that lost their claim; undefined where there is no database.
 * @throws {DatabaseError} Where the database cannot be used; the lock must then stay with its holder.
 */
export async function revokeInFile(
  path: string,
  name: string,
  holder: HolderRecord | undefined,
): Promise<string[] | undefined> {
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
  }
  using db = await writer(path);
  return await revokeBehindLock(db, name, holder);
}
