import { timestamp } from "../base/time.ts";
import { uuidV7 } from "../base/uuid.ts";
import { VERSION } from "../base/version.ts";
import { hostName } from "../platform/host.ts";
import type { JobStart } from "./job.ts";

let host: string | undefined;

/** A job of this process that starts now, without a lock, but for what is given. */
export function newJob(
  given: Pick<JobStart, "runId" | "ticker" | "source" | "command"> & Partial<JobStart>,
): JobStart {
  return {
    // An id takes longer to make than all the rest.
    jobId: given.jobId ?? uuidV7(),
    startedAt: timestamp(),
    lockAction: null,
    lockWaitedSeconds: null,
    host: host ??= hostName(),
    pid: Deno.pid,
    version: VERSION,
    ...given,
  };
}
