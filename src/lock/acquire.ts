/** Acquiring one lock: the in-process queue first, the kernel's lock second. @module */
import { debug, msSince } from "../base/debug.ts";
import { messageOf } from "../base/errors.ts";
import { KeyedFifo, type Slot } from "../base/fifo.ts";
import { attemptAtOnce, attemptLock, type HeldFile } from "./attempt.ts";
import { LockBusyError, LockError, LockTimeoutError } from "./errors.ts";
import { LockGuard } from "./guard.ts";
import { waitForKernelLock } from "./kernel_wait.ts";
import { describeHolder, type HolderRecord, selfRecord } from "./holder.ts";
import { refuseUnlessOfGroup } from "./lock_file.ts";
import { readRecordAt } from "./record.ts";
import {
  type AcquireOptions,
  checkOptions,
  DEFAULT_JOB_NAME,
  DEFAULT_LOCK_DIR,
  jobTarget,
  lockIdentity,
  lockPath,
  type LockTarget,
  tickerTarget,
} from "./target.ts";
import { isHeldByTask, openScope, type TaskScope } from "./task.ts";

interface Attempt {
  readonly target: LockTarget;
  readonly path: string;
  readonly key: string;
  readonly options: AcquireOptions;
  readonly wait: boolean;
  readonly started: number;
  readonly deadline: number;
  readonly scope: TaskScope;
  readonly announce: (holder: HolderRecord | undefined) => void;
}

// The kernel knows only open files of processes, and would grant the lock to any task of this one.
const turns = new KeyedFifo();

const guards = new Map<string, LockGuard>();

/** Logs what an asynchronous `onWait` rejects with, which no caller can catch. */
async function logFailedOnWait(error: unknown): Promise<void> {
  const { getLogger } = await import("../base/log.ts");
  getLogger(["tickerlock", "lock"]).error("onWait failed: {error}", { error: messageOf(error) });
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

function timedOut(
  { target, started }: Attempt,
  holder: HolderRecord | undefined,
): LockTimeoutError {
  return new LockTimeoutError(target.name, secondsSince(started), holder);
}

async function takeKernelLock(attempt: Attempt): Promise<{ held: HeldFile; waited: boolean }> {
  const { path, target, deadline, options } = attempt;
  const { signal } = options;
  for (let waited = false;; waited = true) {
    const attempted = await attemptLock(path, options);
    if (attempted.held !== undefined) return { held: attempted.held, waited };
    const { opened, holder } = attempted;
    try {
      if (!attempt.wait) throw new LockBusyError(target.name, holder);
      if (performance.now() >= deadline) throw timedOut(attempt, holder);
      attempt.announce(holder);
    } catch (error) {
      opened.file.close();
      throw error;
    }
    const outcome = await waitForKernelLock(opened, path, { deadline, signal });
    if (outcome === "timed_out") throw timedOut(attempt, readRecordAt(path) ?? holder);
    if (outcome !== "replaced") return { held: outcome, waited: true };
  }
}

async function waitInTurn(attempt: Attempt): Promise<Slot> {
  const { target, key, deadline, options: { signal } } = attempt;
  // The task ahead may be waiting itself.
  const holder = guards.get(key)?.holder ?? readRecordAt(attempt.path);
  if (!attempt.wait) throw new LockBusyError(target.name, holder);
  let turn: Slot | undefined;
  if (performance.now() < deadline) {
    attempt.announce(holder);
    turn = await turns.take(key, { timeoutMs: deadline - performance.now(), signal });
  }
  if (turn !== undefined) return turn;
  throw timedOut(attempt, guards.get(key)?.holder ?? holder);
}

function guardOf(attempt: Attempt, held: HeldFile, turn: Slot, waited: boolean): LockGuard {
  const { target, path, key, scope, started, options } = attempt;
  const guard = new LockGuard({
    name: target.name,
    path,
    held,
    onRelease: () => {
      scope.held.delete(key);
      guards.delete(key);
      turn[Symbol.dispose]();
    },
    action: waited ? "waited" : "acquired",
    waitedSeconds: waited ? secondsSince(started) : 0,
    holder: selfRecord(options),
  });
  guards.set(key, guard);
  debug("lock", () => {
    const { name, action } = guard;
    const ms = msSince(started);
    return [`lock ${name}: ${action} after ${ms} ms`, { lock: name, path, action, ms }];
  });
  return guard;
}

/** Opens an acquisition's scope, or throws `lock_nested`. Call before any `await`, which loses the task. */
export function enterScope(targets: readonly LockTarget[], options: AcquireOptions): TaskScope {
  const folder = options.lockDir ?? DEFAULT_LOCK_DIR;
  const keys = targets.map((target) => {
    const key = lockIdentity(folder, target.fileName, options.lockMode);
    if (!isHeldByTask(key, options.task)) return key;
    const message = `this task already holds or awaits the lock ${target.name}`;
    const hint =
      "Dispose the first guard before asking again; tasks that are independent pass an " +
      "object of their own as 'task'.";
    throw new LockError("lock_nested", message, { hint, details: { lock: target.name } });
  });
  if (options.lockMode === "group") refuseUnlessOfGroup(folder);
  return openScope(keys, options.task);
}

/** Acquires a lock. What comes before the wait, the first try included, is done when the call returns. */
export async function acquireLock(
  target: LockTarget,
  options: AcquireOptions,
  entered?: TaskScope,
): Promise<LockGuard> {
  checkOptions(options);
  options.signal?.throwIfAborted();
  const scope = entered ?? enterScope([target], options);
  const { name } = target;
  const folder = options.lockDir ?? DEFAULT_LOCK_DIR;
  const key = lockIdentity(folder, target.fileName, options.lockMode);
  const path = lockPath(folder, target.fileName);
  const { wait = true, timeoutSeconds = target.defaultTimeoutSeconds } = options;
  const started = performance.now();
  const deadline = started + timeoutSeconds * 1000;
  debug("lock", () => {
    const patience = wait ? `waiting ${timeoutSeconds} s at most` : "without waiting";
    const properties = { lock: name, path, wait, timeout_seconds: timeoutSeconds };
    return [`lock ${name}: asked for at ${path}, ${patience}`, properties];
  });
  let announced = false;
  const announce = (holder: HolderRecord | undefined): void => {
    if (announced) return;
    announced = true;
    debug("lock", () => [
      `lock ${name}: waiting for ${describeHolder(holder)}, ` +
      `${Math.round(deadline - performance.now())} ms at most`,
      { lock: name, path, holder: holder ?? null },
    ]);
    const told: unknown = options.onWait?.(holder);
    if (told !== undefined) Promise.resolve(told).catch(logFailedOnWait);
  };
  const attempt = { target, path, key, options, wait, started, deadline, scope, announce };
  let turn = turns.tryTake(key);
  const queued = turn === undefined;
  try {
    turn ??= await waitInTurn(attempt);
    const free = attemptAtOnce(path, options.lockMode);
    if (free !== undefined) return guardOf(attempt, free, turn, queued);
    const { held, waited } = await takeKernelLock(attempt);
    return guardOf(attempt, held, turn, queued || waited);
  } catch (error) {
    turn?.[Symbol.dispose]();
    scope.held.delete(key);
    debug("lock", () => {
      const ms = msSince(started);
      const text = `lock ${name}: not obtained after ${ms} ms: ${messageOf(error)}`;
      return [text, { lock: name, path, ms }];
    });
    throw error;
  }
}

/**
 * Acquires the lock of a ticker: an exclusive `flock(2)` on `{lockDir}/{TICKER}.lock`, which the kernel
 * frees when the process ends, however it ends.
 *
 * Hold it around the work on that ticker only, and dispose of the guard to release it. Do not lock the same
 * ticker again in the same task: that is an error at once. Do not use it on a network file system.
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
 * @param ticker In any case; 1 to 64 characters once canonical, see `canonicalTicker`.
 * @throws {UsageError} `bad_ticker`.
 * @throws {LockBusyError} Held elsewhere, and `wait` is false.
 * @throws {LockTimeoutError} Held elsewhere until the time was over.
 * @throws {LockError} The folder or file cannot be used, or the task holds the lock already.
 * @category Locks
 */
export async function acquireTickerLock(
  ticker: string,
  options: AcquireOptions = {},
): Promise<LockGuard> {
  return await acquireLock(tickerTarget(ticker), options);
}

/**
 * Acquires the lock of a job, so that only one run of that name works at a time. All of `acquireTickerLock`
 * holds for it; the default timeout is 300 seconds.
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
 * @param name Default `.job_running`.
 * @throws {UsageError} `bad_job_name`.
 * @throws As `acquireTickerLock`.
 * @category Locks
 */
export async function acquireJobLock(
  name: string = DEFAULT_JOB_NAME,
  options: AcquireOptions = {},
): Promise<LockGuard> {
  return await acquireLock(jobTarget(name), options);
}
