/** Several tickers' locks at once, all or none. @module */
import { canonicalTicker } from "../model/ticker.ts";
import { acquireLock, enterScope } from "./acquire.ts";
import type { LockGuard } from "./guard.ts";
import {
  type AcquireOptions,
  checkOptions,
  DEFAULT_LOCK_TIMEOUT_SECONDS,
  tickerTarget,
} from "./target.ts";

/**
 * Several locks that are held together. Dispose it to release all of them.
 * @category Locks
 */
export class LockSet implements Disposable, AsyncDisposable {
  /** One guard per ticker, sorted by name. */
  readonly guards: readonly LockGuard[];

  /** Internal: sets come from `acquireAll`. */
  constructor(guards: readonly LockGuard[]) {
    this.guards = guards;
  }

  /** The longest that any of them was waited for, in seconds. */
  get waitedSeconds(): number {
    return this.guards.reduce((most, { waitedSeconds }) => Math.max(most, waitedSeconds), 0);
  }

  /** Releases all, the last acquired first. Does nothing the second time. */
  release(): void {
    for (const guard of this.guards.toReversed()) guard.release();
  }

  /** The same as {@linkcode LockSet.release}, for `using`. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** The same as {@linkcode LockSet.release}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.release());
  }
}

/**
 * Acquires the locks of several tickers, all or none, always in sorted order: two callers that want
 * some of the same tickers cannot each hold what the other waits for.
 *
 * Do not call it while holding another ticker's lock, for the same reason.
 * @example
 * ```ts
 * import { acquireAll } from "@tickerlock/tickerlock";
 *
 * const lockDir = await Deno.makeTempDir();
 * {
 *   using locks = await acquireAll(["VALE3.SA", "petr4.sa"], { lockDir });
 *   console.log(locks.guards.map((guard) => guard.name)); // [ "PETR4.SA", "VALE3.SA" ]
 * }
 * await Deno.remove(lockDir, { recursive: true });
 * ```
 * @param tickers In any order and case; repetitions count once.
 * @param options As for one; `timeoutSeconds` is for all of them together.
 * @throws {TypeError} For one text in place of a list.
 * @throws {UsageError} `bad_ticker`, before any lock is taken.
 * @throws {LockBusyError} One is held elsewhere and `wait` is false; none is held then.
 * @throws {LockTimeoutError} The time was over before all were held; none is held then.
 * @category Locks
 */
export async function acquireAll(
  tickers: Iterable<string>,
  options: AcquireOptions = {},
): Promise<LockSet> {
  checkOptions(options);
  if (typeof tickers !== "object" || tickers === null || !(Symbol.iterator in tickers)) {
    throw new TypeError(
      "Cannot acquire locks as 'tickers' must be a list of tickers: " +
        `current value is ${String(tickers)}`,
    );
  }
  const targets = [...new Set(Array.from(tickers, canonicalTicker))].sort().map(tickerTarget);
  const scope = enterScope(targets, options);
  const started = performance.now();
  const total = options.timeoutSeconds ?? DEFAULT_LOCK_TIMEOUT_SECONDS;
  const guards: LockGuard[] = [];
  try {
    for (const target of targets) {
      const spent = (performance.now() - started) / 1000;
      const timeoutSeconds = Math.max(0, total - spent);
      guards.push(await acquireLock(target, { ...options, timeoutSeconds }, scope));
    }
    return new LockSet(guards);
  } catch (error) {
    for (const guard of guards.toReversed()) guard.release();
    scope.held.clear();
    throw error;
  }
}
