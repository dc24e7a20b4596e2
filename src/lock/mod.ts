/** Locks between runs on one machine: `flock(2)` on one file per ticker or job. @module */
export { acquireJobLock, acquireTickerLock } from "./acquire.ts";
export { acquireAll, LockSet } from "./acquire_all.ts";
export { LockBusyError, LockError, LockTimeoutError } from "./errors.ts";
export { type AcquireAction, LockGuard } from "./guard.ts";
export type { LockMode } from "./lock_file.ts";
export { inspectLock, type InspectOptions, listLocks, type LockState } from "./inspect.ts";
export { describeHolder, type HolderRecord } from "./holder.ts";
export { type Released, releaseLock, type ReleaseOptions } from "./release.ts";
export {
  type AcquireOptions,
  DEFAULT_JOB_LOCK_TIMEOUT_SECONDS,
  DEFAULT_JOB_NAME,
  DEFAULT_LOCK_DIR,
  DEFAULT_LOCK_TIMEOUT_SECONDS,
  jobTarget,
  type LockTarget,
  lockTarget,
} from "./target.ts";
