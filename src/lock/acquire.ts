/**
 * Acquiring one lock: the in-process queue first, the kernel's lock second.
 *
 * @module
 */
import { LockBusyError, LockError, LockTimeoutError } from "./errors.ts";
import { LockGuard } from "./guard.ts";
import { type HeldFile, tryKernelLock, waitForKernelLock } from "./kernel_wait.ts";
import { isStillAt, readRecord } from "./lock_file.ts";
import {
  type AcquireOptions,
  checkOptions,
  DEFAULT_LOCK_DIR,
  lockIdentity,
  lockPath,
  type LockTarget,
} from "./target.ts";
import { takeTurn, type Turn, waitForTurn } from "./queue.ts";
import type { HolderRecord } from "./record.ts";
import { isHeldByTask, openScope, type TaskScope } from "./task.ts";

const PROCESS_STARTED_AT = new Date(performance.timeOrigin).toISOString();
let cachedHost: string | undefined;

function hostName(): string {
  if (cachedHost === undefined) {
    try {
      cachedHost = Deno.hostname();
    } catch {
      // Without --allow-sys=hostname the record is shorter; the lock is as good.
      cachedHost = "";
    }
  }
  return cachedHost;
}

function selfRecord(options: AcquireOptions): HolderRecord {
  const now = new Date().toISOString();
  return {
    pid: Deno.pid,
    processStartedAt: PROCESS_STARTED_AT,
    host: hostName(),
    jobId: options.jobId ?? null,
    command: options.command ?? "library",
    acquiredAt: now,
    heartbeatAt: now,
  };
}

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

const guards = new Map<string, LockGuard>();

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

function holderAt(path: string): HolderRecord | undefined {
  try {
    using file = Deno.openSync(path, { read: true });
    return readRecord(file);
  } catch {
    return undefined;
  }
}

/** Tries again where nobody says that they hold the lock, and for how long, in ms. */
const UNEXPLAINED_TRIES = 3;
const UNEXPLAINED_PAUSE_MS = 1;

// Whoever looks at a lock's state must try it, and a holder writes its record just after it has the
// lock: for a moment a lock can be taken without a holder to name. That moment is not "busy".
async function tryPatiently(path: string): Promise<ReturnType<typeof tryKernelLock>> {
  for (let tries = 1;; tries++) {
    const tried = tryKernelLock(path);
    if ("held" in tried || tries > UNEXPLAINED_TRIES) return tried;
    if (readRecord(tried.busy.file) !== undefined) return tried;
    tried.busy.file.close();
    await new Promise((resolve) => setTimeout(resolve, UNEXPLAINED_PAUSE_MS));
  }
}

async function takeKernelLock(
  attempt: Attempt,
  announce: (holder: HolderRecord | undefined) => void,
): Promise<{ held: HeldFile; waited: boolean }> {
  const { path, target, deadline } = attempt;
  let waited = false;
  for (;;) {
    const tried = await tryPatiently(path);
    let held: HeldFile;
    if ("held" in tried) {
      held = tried.held;
    } else {
      const holder = readRecord(tried.busy.file);
      if (!attempt.wait || performance.now() >= deadline) {
        tried.busy.file.close();
        if (!attempt.wait) throw new LockBusyError(target.name, holder);
        throw new LockTimeoutError(target.name, secondsSince(attempt.started), holder);
      }
      announce(holder);
      waited = true;
      const outcome = await waitForKernelLock(tried.busy, path, {
        deadline,
        signal: attempt.options.signal,
      });
      if (outcome === "replaced") continue;
      if (outcome === "timed_out") {
        const now = holderAt(path) ?? holder;
        throw new LockTimeoutError(target.name, secondsSince(attempt.started), now);
      }
      held = outcome;
    }
    let current = false;
    try {
      current = isStillAt(held.opened, path);
      if (current) return { held, waited };
    } finally {
      // The file at the path is another one now: what was locked protects nothing.
      if (!current) held.letGo();
    }
  }
}

async function acquireInTurn(attempt: Attempt): Promise<LockGuard> {
  const { target, options, key, started, deadline } = attempt;
  let announced = false;
  const announce = (holder: HolderRecord | undefined): void => {
    if (announced) return;
    announced = true;
    options.onWait?.(holder);
  };
  let turn: Turn | undefined = takeTurn(key);
  const queued = turn === undefined;
  if (turn === undefined) {
    const holder = guards.get(key)?.holder;
    if (!attempt.wait) throw new LockBusyError(target.name, holder);
    if (performance.now() < deadline) {
      announce(holder);
      turn = await waitForTurn(key, deadline - performance.now(), options.signal);
    }
    if (turn === undefined) {
      const still = guards.get(key)?.holder ?? holder;
      throw new LockTimeoutError(target.name, secondsSince(started), still);
    }
  }
  try {
    const { held, waited } = await takeKernelLock(attempt, announce);
    const hadToWait = queued || waited;
    const taken = turn;
    const guard = new LockGuard({
      name: target.name,
      path: attempt.path,
      held,
      scope: attempt.scope,
      key,
      turn: {
        end(): void {
          guards.delete(key);
          taken.end();
        },
      },
      action: hadToWait ? "waited" : "acquired",
      waitedSeconds: hadToWait ? secondsSince(started) : 0,
      holder: selfRecord(options),
    });
    guards.set(key, guard);
    return guard;
  } catch (error) {
    turn.end();
    throw error;
  }
}

/**
 * Opens the scope of an acquisition of one or several locks, and refuses what the task holds.
 * Synchronous: what tells the calling task from others must happen in the caller's own stretch of
 * code.
 *
 * @param targets Which locks.
 * @param options Folder and task.
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
 * @param target Which lock.
 * @param options How.
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
  const folder = options.lockDir ?? DEFAULT_LOCK_DIR;
  let scope: TaskScope;
  try {
    checkOptions(options);
    options.signal?.throwIfAborted();
    scope = entered ?? enterScope([target], options);
  } catch (error) {
    return Promise.reject(error);
  }
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
  return acquireInTurn(attempt).catch((error) => {
    scope.held.delete(key);
    throw error;
  });
}
