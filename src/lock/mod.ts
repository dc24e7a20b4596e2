/**
 * Locks between runs on one machine: `flock(2)` on one file per ticker.
 *
 * @module
 */
export type { AcquireOptions } from "./acquire.ts";
export { LockBusyError, LockError, LockTimeoutError } from "./errors.ts";
export { type AcquireAction, LockGuard } from "./guard.ts";
export { describeHolder, type HolderRecord } from "./record.ts";
export { acquireTickerLock, DEFAULT_LOCK_TIMEOUT_SECONDS } from "./ticker_lock.ts";
