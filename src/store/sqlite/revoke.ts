/**
 * Revoking the claims behind a lock, before the lock is taken from a living holder.
 *
 * @module
 */
import { userInfo } from "node:os";
import { shellWord } from "../../base/text.ts";
import { timestamp } from "../../base/time.ts";
import { plural } from "../../base/text.ts";
import { describeHolder, type HolderRecord, lockTarget } from "../../lock/mod.ts";
import { AUDIT_SOURCE } from "../../model/job.ts";
import { newJob } from "../../model/new_job.ts";
import { hostName } from "../../platform/host.ts";
import { writer } from "./connection/writer.ts";
import { endJob, insertRunning, revokeClaims } from "./tables/jobs.ts";

/** Who is asking, for the audit row: `ana (uid 1000) on web1, pid 4711`. */
function whoAsks(): string {
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
 * Revokes the claims behind a lock and leaves an audit row, in one transaction. A database that does
 * not exist has no claims, and is not made.
 *
 * @param name Name of the lock: a ticker, or a job with a leading dot.
 * @param holder The holder's record. A job's names the run whose claims are meant.
 * @returns The jobs that lost their claim; null where there is no database.
 * @throws {StoreError} Where the database cannot take it; then nothing was revoked.
 */
export async function revokeClaimsBehind(
  path: string,
  name: string,
  holder: HolderRecord | undefined,
): Promise<string[] | null> {
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
  }
  const target = lockTarget(name);
  const isJob = target.name.startsWith(".");
  const started = performance.now();
  using db = await writer(path);
  return await db.transaction("revoke the claim in", () => {
    const now = timestamp();
    const by = whoAsks();
    const why = `claim revoked by ${by} at ${now}`;
    let jobs: string[] = [];
    if (!isJob) jobs = revokeClaims(db, "ticker", target.name, why, now);
    else if (holder?.jobId) jobs = revokeClaims(db, "run_id", holder.jobId, why, now);
    const audit = newJob({
      runId: "",
      ticker: isJob ? null : target.name,
      source: AUDIT_SOURCE,
      command: `tickerlock locks release ${shellWord(target.name)} --force`,
      startedAt: now,
    });
    const id = insertRunning(db, { ...audit, runId: audit.jobId });
    endJob(db, id, {
      finishedAt: now,
      status: "success",
      durationMs: Math.round(performance.now() - started),
      errorCode: "lock_released",
      errorMessage: `${target.name} was taken from ${describeHolder(holder)} by ${by}; ` +
        (jobs.length === 0
          ? "no job was running"
          : `revoked ${plural(jobs.length, "job")}: ${jobs.join(", ")}`),
    });
    return jobs;
  });
}
