/**
 * The lock of one ticker, and of several.
 *
 * @module
 */
import { canonicalTicker } from "../model/ticker.ts";
import { acquireLock } from "./acquire.ts";
import type { LockGuard } from "./guard.ts";
import type { AcquireOptions, LockTarget } from "./target.ts";

/** Seconds that a ticker's lock is waited for by default. */
export const DEFAULT_LOCK_TIMEOUT_SECONDS = 120;

/**
 * Acquires the lock of a ticker: an exclusive `flock(2)` on `{lockDir}/{TICKER}.lock`. The kernel
 * frees it when the process ends, however it ends.
 *
 * Hold it around the work on that ticker only. Do not lock the same ticker again in the same task:
 * that is an error at once. Do not use it on a network file system.
 *
 * @example
 * ```ts
 * import { acquireTickerLock } from "@tickerlock/tickerlock";
 *
 * const lockDir = await Deno.makeTempDir();
 * {
 *   using lock = await acquireTickerLock("petr4.sa", { lockDir, timeoutSeconds: 5 });
 *   console.log(lock.name, lock.action); // PETR4.SA acquired
 * }
 * await Deno.remove(lockDir, { recursive: true });
 * ```
 *
 * @param ticker In any case; 1 to 64 characters of `[A-Z0-9._^=-]` once canonical.
 * @returns The guard; dispose it to let go.
 * @throws {UsageError} `bad_ticker`.
 * @throws {LockBusyError} Held elsewhere, and `wait` is false.
 * @throws {LockTimeoutError} Held elsewhere until the time was over.
 * @throws {LockError} The folder or file cannot be used, or the task holds the lock already.
 */
export function acquireTickerLock(
  ticker: string,
  options: AcquireOptions = {},
): Promise<LockGuard> {
  let target: LockTarget;
  try {
    target = tickerTarget(ticker);
  } catch (error) {
    return Promise.reject(error);
  }
  return acquireLock(target, options);
}

/**
 * The lock of a ticker.
 *
 * @throws {UsageError} `bad_ticker`.
 */
export function tickerTarget(ticker: string): LockTarget {
  const name = canonicalTicker(ticker);
  return {
    name,
    fileName: `${name}.lock`,
    defaultTimeoutSeconds: DEFAULT_LOCK_TIMEOUT_SECONDS,
  };
}
