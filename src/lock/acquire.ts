/**
 * Acquiring one lock: the in-process queue first, the kernel's lock second.
 *
 * @module
 */
import { debug, msSince } from "../base/debug.ts";
import { messageOf } from "../base/errors.ts";
import { KeyedFifo, type Slot } from "../base/fifo.ts";
import { attemptAtOnce, attemptLock, type HeldFile } from "./attempt.ts";
import { LockBusyError, LockError, LockTimeoutError } from "./errors.ts";
import { LockGuard } from "./guard.ts";
import { waitForKernelLock } from "./kernel_wait.ts";
import { isStillAt } from "./lock_file.ts";
import {
  type AcquireOptions,
  checkOptions,
  DEFAULT_LOCK_DIR,
  lockIdentity,
  lockPath,
  type LockTarget,
} from "./target.ts";
import { describeHolder, type HolderRecord, selfRecord } from "./record.ts";
import { readRecordAt } from "./record_file.ts";
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
}

// The kernel knows only open files of processes, and would grant the lock to any task of this one.
const turns = new KeyedFifo();

const guards = new Map<string, LockGuard>();

/** No caller can catch what an asynchronous `onWait` rejects with; it must not end the process. */
async function logFailedOnWait(error: unknown): Promise<void> {
  const { getLogger } = await import("../base/log.ts");
  getLogger(["tickerlock", "lock"]).error("onWait failed: {error}", { error: messageOf(error) });
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

/** Lets go of a lock whose file is not at the path any more: it protects nothing. */
function isWorthless(held: HeldFile, path: string): boolean {
  let current = false;
  try {
    current = isStillAt(held.opened, path);
  } finally {
    if (!current) held.letGo();
  }
  return !current;
}

async function takeKernelLock(
  attempt: Attempt,
  announce: (holder: HolderRecord | undefined) => void,
): Promise<{ held: HeldFile; waited: boolean }> {
  const { path, target, deadline, options: { signal } } = attempt;
  for (let waited = false;; waited = true) {
    const attempted = await attemptLock(path, signal);
    if ("held" in attempted) return { held: attempted.held, waited };
    const { opened, holder } = attempted.busy;
    try {
      if (!attempt.wait) throw new LockBusyError(target.name, holder);
      if (performance.now() >= deadline) {
        throw new LockTimeoutError(target.name, secondsSince(attempt.started), holder);
      }
      announce(holder);
    } catch (error) {
      opened.file.close();
      throw error;
    }
    const outcome = await waitForKernelLock(opened, path, { deadline, signal });
    if (outcome === "timed_out") {
      const now = readRecordAt(path) ?? holder;
      throw new LockTimeoutError(target.name, secondsSince(attempt.started), now);
    }
    if (outcome !== "replaced" && !isWorthless(outcome, path)) {
      return { held: outcome, waited: true };
    }
  }
}

async function waitInTurn(
  attempt: Attempt,
  announce: (holder: HolderRecord | undefined) => void,
): Promise<Slot> {
  const { target, key, deadline, started, options: { signal } } = attempt;
  // The task ahead may be waiting itself.
  const holder = guards.get(key)?.holder ?? readRecordAt(attempt.path);
  if (!attempt.wait) throw new LockBusyError(target.name, holder);
  let turn: Slot | undefined;
  if (performance.now() < deadline) {
    announce(holder);
    turn = await turns.take(key, { timeoutMs: deadline - performance.now(), signal });
  }
  if (turn !== undefined) return turn;
  const still = guards.get(key)?.holder ?? holder;
  throw new LockTimeoutError(target.name, secondsSince(started), still);
}

function guardOf(attempt: Attempt, held: HeldFile, turn: Slot, waited: boolean): LockGuard {
  const { target, path, key, scope, started, options } = attempt;
  const guard = new LockGuard({
    name: target.name,
    path,
    held,
    scope,
    key,
    turn: {
      [Symbol.dispose](): void {
        guards.delete(key);
        turn[Symbol.dispose]();
      },
    },
    action: waited ? "waited" : "acquired",
    waitedSeconds: waited ? secondsSince(started) : 0,
    holder: selfRecord(options),
  });
  guards.set(key, guard);
  debug("lock", () => {
    const ms = msSince(started);
    return [`lock ${target.name}: ${guard.action} after ${ms} ms`, {
      lock: target.name,
      path,
      action: guard.action,
      ms,
    }];
  });
  return guard;
}

async function acquireInTurn(attempt: Attempt): Promise<LockGuard> {
  const { options, path, key, scope } = attempt;
  let announced = false;
  const announce = (holder: HolderRecord | undefined): void => {
    if (announced) return;
    announced = true;
    debug("lock", () => [
      `lock ${attempt.target.name}: waiting for ${describeHolder(holder)}, ` +
      `${Math.round(attempt.deadline - performance.now())} ms at most`,
      { lock: attempt.target.name, path, holder: holder ?? null },
    ]);
    const told: unknown = options.onWait?.(holder);
    if (told !== undefined) Promise.resolve(told).catch(logFailedOnWait);
  };
  let turn = turns.tryTake(key);
  const queued = turn === undefined;
  try {
    turn ??= await waitInTurn(attempt, announce);
    const free = attemptAtOnce(path);
    if (free !== undefined) return guardOf(attempt, free, turn, queued);
    const { held, waited } = await takeKernelLock(attempt, announce);
    return guardOf(attempt, held, turn, queued || waited);
  } catch (error) {
    turn?.[Symbol.dispose]();
    scope.held.delete(key);
    debug("lock", () => {
      const ms = msSince(attempt.started);
      const lock = attempt.target.name;
      return [`lock ${lock}: not obtained after ${ms} ms: ${messageOf(error)}`, { lock, path, ms }];
    });
    throw error;
  }
}

/**
 * Opens the scope of an acquisition of one or several locks, and refuses what the task holds.
 * Synchronous: what tells the calling task from others must happen in the caller's own stretch of
 * code.
 *
 * @param targets Which locks.
 * @throws {LockError} `lock_nested`.
 */
export function enterScope(targets: readonly LockTarget[], options: AcquireOptions): TaskScope {
  const folder = options.lockDir ?? DEFAULT_LOCK_DIR;
  const keys = targets.map((target) => {
    const key = lockIdentity(folder, target.fileName);
    if (!isHeldByTask(key, options.task)) return key;
    throw new LockError(
      "lock_nested",
      `this task already holds or awaits the lock ${target.name}`,
      {
        hint: "Dispose the first guard before asking again; tasks that are independent pass " +
          "an object of their own as 'task'.",
        details: { lock: target.name },
      },
    );
  });
  return openScope(keys, options.task);
}

/**
 * Acquires a lock.
 *
 * @param entered The scope, where the caller has opened one for several locks.
 * @returns The guard.
 * @throws {LockBusyError} Held, and `wait` is false.
 * @throws {LockTimeoutError} Held until the time was over.
 * @throws {LockError} `lock_nested`, or the file cannot be used.
 */
export function acquireLock(
  target: LockTarget,
  options: AcquireOptions,
  entered?: TaskScope,
): Promise<LockGuard> {
  let scope: TaskScope;
  try {
    checkOptions(options);
    options.signal?.throwIfAborted();
    scope = entered ?? enterScope([target], options);
  } catch (error) {
    return Promise.reject(error);
  }
  const folder = options.lockDir ?? DEFAULT_LOCK_DIR;
  const key = lockIdentity(folder, target.fileName);
  const started = performance.now();
  const timeoutSeconds = options.timeoutSeconds ?? target.defaultTimeoutSeconds;
  const attempt: Attempt = {
    target,
    path: lockPath(folder, target.fileName),
    key,
    options,
    wait: options.wait ?? true,
    started,
    deadline: started + timeoutSeconds * 1000,
    scope,
  };
  debug("lock", () => {
    const { wait, path } = attempt;
    const patience = wait ? `waiting ${timeoutSeconds} s at most` : "without waiting";
    return [`lock ${target.name}: asked for at ${path}, ${patience}`, {
      lock: target.name,
      path,
      wait,
      timeout_seconds: timeoutSeconds,
    }];
  });
  return acquireInTurn(attempt);
}
