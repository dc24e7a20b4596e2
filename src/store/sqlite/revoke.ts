import { timestamp } from "../../base/time.ts";
import { type HolderRecord, lockTarget } from "../../lock/mod.ts";
import { revocationOf } from "../revocation.ts";
import { writer } from "./connection/writer.ts";
import { endJob, insertRunning, revokeClaims } from "./tables/jobs.ts";

/**
 * Revokes the claims behind a lock and leaves an audit row, in one transaction; makes no database.
 * @param name A ticker, or a job with a leading dot.
 * @param holder A job's names the run whose claims are meant.
 * @returns The jobs that lost their claim; null where there is no database.
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
  const target = lockTarget(name).name;
  using db = await writer(path);
  return await db.transaction("revoke the claim in", () => {
    const now = timestamp();
    const { why, job, end } = revocationOf(target, holder, now);
    let jobs: string[] = [];
    if (!target.startsWith(".")) jobs = revokeClaims(db, "ticker", target, why, now);
    else if (holder?.jobId) jobs = revokeClaims(db, "run_id", holder.jobId, why, now);
    endJob(db, insertRunning(db, job), { ...end(jobs), finishedAt: now });
    return jobs;
  });
}
