/**
 * One lock for a whole run.
 *
 * @module
 */
import { UsageError } from "../base/errors.ts";
import { kindOf } from "../model/ticker.ts";
import { acquireLock } from "./acquire.ts";
import type { LockGuard } from "./guard.ts";
import type { AcquireOptions, LockTarget } from "./target.ts";

/** Name of the job lock where none is given; its file is `.job_running.lock`. */
export const DEFAULT_JOB_NAME = ".job_running";

/** Seconds that a job lock is waited for by default. */
export const DEFAULT_JOB_LOCK_TIMEOUT_SECONDS = 300;

const JOB_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

const HINT = "Use 1 to 64 lower-case letters, digits, _ and -, for example nightly.";

/**
 * The lock of a job. Its file begins with a dot, which no ticker does: the two never meet.
 *
 * @param name 1 to 64 characters of `[a-z0-9_-]`, the first no dash or underscore; a leading dot,
 *   as in `.job_running`, is allowed and means the same.
 * @throws {UsageError} `bad_job_name`.
 */
export function jobTarget(name: string): LockTarget {
  if (typeof name !== "string") {
    throw new UsageError("bad_job_name", `a job's name must be text: it is ${kindOf(name)}`, {
      hint: HINT,
    });
  }
  const bare = name.startsWith(".") ? name.slice(1) : name;
  if (!JOB_NAME.test(bare)) {
    throw new UsageError("bad_job_name", `job name ${JSON.stringify(name)} is invalid`, {
      hint: HINT,
      details: { name },
    });
  }
  return {
    name: `.${bare}`,
    fileName: `.${bare}.lock`,
    defaultTimeoutSeconds: DEFAULT_JOB_LOCK_TIMEOUT_SECONDS,
  };
}

/**
 * Acquires the lock of a job, so that only one run of that name works at a time. Everything said of
 * `acquireTickerLock` holds for it; the default timeout is 300 seconds.
 *
 * @example
 * ```ts
 * import { acquireJobLock } from "@tickerlock/tickerlock";
 *
 * const lockDir = await Deno.makeTempDir();
 * {
 *   using lock = await acquireJobLock("nightly", { lockDir, wait: false });
 *   console.log(lock.path.endsWith("/.nightly.lock")); // true
 * }
 * await Deno.remove(lockDir, { recursive: true });
 * ```
 *
 * @param name Default `.job_running`.
 * @returns The guard; dispose it to let go.
 * @throws {UsageError} `bad_job_name`.
 * @throws {LockBusyError} Another run holds it, and `wait` is false.
 * @throws {LockTimeoutError} Another run held it until the time was over.
 */
export function acquireJobLock(
  name: string = DEFAULT_JOB_NAME,
  options: AcquireOptions = {},
): Promise<LockGuard> {
  let target: LockTarget;
  try {
    target = jobTarget(name);
  } catch (error) {
    return Promise.reject(error);
  }
  return acquireLock(target, options);
}
