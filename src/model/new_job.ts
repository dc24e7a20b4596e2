/**
 * The start of a job.
 *
 * @module
 */
import { timestamp } from "../base/time.ts";
import { uuidV7 } from "../base/uuid.ts";
import { VERSION } from "../base/version.ts";
import { hostName } from "../platform/host.ts";
import type { JobStart } from "./job.ts";

/** What a new job is told; the rest is this process and this moment. */
export type NewJob =
  & Pick<JobStart, "runId" | "ticker" | "source" | "command">
  & { readonly [Key in keyof JobStart]?: JobStart[Key] | undefined };

/**
 * A job of this process that starts now, with an id of its own and without a lock.
 *
 * @param given Whose and of what; anything else that is given takes the place of its default.
 */
export function newJob(given: NewJob): JobStart {
  const { jobId, startedAt, lockAction = null, lockWaitedSeconds = null } = given;
  return {
    jobId: jobId ?? uuidV7(),
    runId: given.runId,
    ticker: given.ticker,
    source: given.source,
    command: given.command,
    startedAt: startedAt ?? timestamp(),
    lockAction,
    lockWaitedSeconds,
    host: hostName(),
    pid: Deno.pid,
    version: VERSION,
  };
}
