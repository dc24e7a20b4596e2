/**
 * Locks between runs on one machine: `flock(2)` on one file per ticker or job.
 *
 * @module
 */
export { acquireAll, LockSet } from "./acquire_all.ts";
export { LockBusyError, LockError, LockTimeoutError } from "./errors.ts";
export { type AcquireAction, LockGuard } from "./guard.ts";
export {
  inspectLock,
  type InspectOptions,
  listLocks,
  type LockState,
  lockTarget,
} from "./inspect.ts";
export {
  acquireJobLock,
  DEFAULT_JOB_LOCK_TIMEOUT_SECONDS,
  DEFAULT_JOB_NAME,
  jobTarget,
} from "./job_lock.ts";
export { describeHolder, type HolderRecord } from "./record.ts";
export { type Released, releaseLock, type ReleaseOptions } from "./release.ts";
export { type AcquireOptions, DEFAULT_LOCK_DIR, type LockTarget } from "./target.ts";
export { acquireTickerLock, DEFAULT_LOCK_TIMEOUT_SECONDS } from "./ticker_lock.ts";
