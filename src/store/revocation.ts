import { userInfo } from "node:os";
import { plural, shellWord } from "../base/text.ts";
import { describeHolder, type HolderRecord } from "../lock/mod.ts";
import { AUDIT_SOURCE, type JobEnd, type JobStart } from "../model/job.ts";
import { newJob } from "../model/new_job.ts";
import { hostName } from "../platform/host.ts";

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

interface Revocation {
  readonly why: string;
  readonly job: JobStart;
  end(jobs: readonly string[]): Omit<JobEnd, "finishedAt">;
}

/** Begins to tell of a forced release. */
export function revocationOf(
  name: string,
  holder: HolderRecord | undefined,
  now: string,
): Revocation {
  const started = performance.now();
  const by = whoAsks();
  const job = newJob({
    runId: "",
    ticker: name.startsWith(".") ? null : name,
    source: AUDIT_SOURCE,
    command: `tickerlock locks release ${shellWord(name)} --force`,
    startedAt: now,
  });
  return {
    why: `claim revoked by ${by} at ${now}`,
    job: { ...job, runId: job.jobId },
    end: (jobs) => ({
      status: "success",
      durationMs: Math.round(performance.now() - started),
      errorCode: "lock_released",
      errorMessage: `${name} was taken from ${describeHolder(holder)} by ${by}; ` +
        (jobs.length === 0
          ? "no job was running"
          : `revoked ${plural(jobs.length, "job")}: ${jobs.join(", ")}`),
    }),
  };
}
