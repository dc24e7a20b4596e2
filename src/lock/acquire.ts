/**
 * Acquiring one lock: the in-process queue first, the kernel's lock second.
 *
 * @module
 */
import { LockBusyError, LockError, LockTimeoutError } from "./errors.ts";
import { LockGuard } from "./guard.ts";
import { waitForKernelLock } from "./kernel_wait.ts";
import { isStillAt, type OpenLockFile, openLockFile, readRecord } from "./lock_file.ts";
import { takeTurn, type Turn, waitForTurn } from "./queue.ts";
import type { HolderRecord } from "./record.ts";
import { isHeldByTask, openScope, type TaskScope } from "./task.ts";

/** How to acquire a lock. */
export interface AcquireOptions {
  /** Wait for another holder; false throws {@linkcode LockBusyError} at once. Default true. */
  wait?: boolean;
  /**
   * Seconds to wait at most: 0 is one try, `Infinity` no limit. Default 120 for a ticker, 300 for a
   * job. Without meaning where `wait` is false.
   */
  timeoutSeconds?: number;
  /** Folder of the lock files; made where it is missing. Default `locks`. */
  lockDir?: string;
  /** Ends the wait; the promise rejects with its reason. */
  signal?: AbortSignal;
  /** Called once, before waiting, with whoever holds the lock as far as the record tells. */
  onWait?: (holder: HolderRecord | undefined) => void;
  /** What the record says of the holder's work. Default the program's file name. */
  command?: string;
  /** The job's id in the record. Default null. */
  jobId?: string;
  /**
   * Identity of the task that asks, for telling a nested acquisition (an error) from another task's
   * (which queues). By default the asynchronous context tells. Pass an object of your own where one
   * task starts others and both use the same locks.
   */
  task?: object;
}

/** A lock, named for people and for the file system. */
export interface LockTarget {
  readonly name: string;
  readonly fileName: string;
  readonly defaultTimeoutSeconds: number;
}

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

function checkOptions(options: AcquireOptions): void {
  const { timeoutSeconds, wait, lockDir } = options;
  if (timeoutSeconds !== undefined) {
    if (typeof timeoutSeconds !== "number") {
      throw new TypeError(
        `Cannot acquire a lock as 'timeoutSeconds' must be a number: current value is ${timeoutSeconds}`,
      );
    }
    if (Number.isNaN(timeoutSeconds) || timeoutSeconds < 0) {
      throw new RangeError(
        `Cannot acquire a lock as 'timeoutSeconds' must be 0 or more: current value is ${timeoutSeconds}`,
      );
    }
  }
  if (wait !== undefined && typeof wait !== "boolean") {
    throw new TypeError(
      `Cannot acquire a lock as 'wait' must be a boolean: current value is ${wait}`,
    );
  }
  if (lockDir !== undefined && (typeof lockDir !== "string" || lockDir === "")) {
    throw new TypeError(
      `Cannot acquire a lock as 'lockDir' must be a path: current value is ${lockDir}`,
    );
  }
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

const folders = new Map<string, string>();

// The queue needs one key for one file however its folder is spelled. A folder that does not exist
// yet has no real path; the spelling serves until it does.
function identity(folder: string, fileName: string): string {
  let real = folders.get(folder);
  if (real === undefined) {
    try {
      Deno.mkdirSync(folder, { recursive: true });
      real = Deno.realPathSync(folder);
      folders.set(folder, real);
    } catch {
      real = folder;
    }
  }
  return `${real}/${fileName}`;
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

const heldHere = new Map<string, LockGuard>();

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

async function takeKernelLock(
  attempt: Attempt,
  announce: (holder: HolderRecord | undefined) => void,
): Promise<{ opened: OpenLockFile; waited: boolean }> {
  const { path, target, deadline } = attempt;
  let waited = false;
  for (;;) {
    const opened = openLockFile(path);
    let ours = true;
    try {
      if (!opened.file.tryLockSync(true)) {
        const holder = readRecord(opened.file);
        if (!attempt.wait) throw new LockBusyError(target.name, holder);
        if (performance.now() >= deadline) {
          throw new LockTimeoutError(target.name, secondsSince(attempt.started), holder);
        }
        announce(holder);
        waited = true;
        ours = false;
        const outcome = await waitForKernelLock(opened.file, {
          deadline,
          signal: attempt.options.signal,
          isCurrent: () => isStillAt(opened, path),
        });
        if (outcome === "timed_out") {
          throw new LockTimeoutError(
            target.name,
            secondsSince(attempt.started),
            holderAt(path) ?? holder,
          );
        }
        if (outcome === "replaced") continue;
        ours = true;
      }
      if (isStillAt(opened, path)) {
        ours = false;
        return { opened, waited };
      }
    } finally {
      if (ours) opened.file.close();
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
    const holder = heldHere.get(key)?.holder;
    if (!attempt.wait) throw new LockBusyError(target.name, holder);
    if (performance.now() < deadline) {
      announce(holder);
      turn = await waitForTurn(key, deadline - performance.now(), options.signal);
    }
    if (turn === undefined) {
      const still = heldHere.get(key)?.holder ?? holder;
      throw new LockTimeoutError(target.name, secondsSince(started), still);
    }
  }
  try {
    const { opened, waited } = await takeKernelLock(attempt, announce);
    const hadToWait = queued || waited;
    const taken = turn;
    const guard = new LockGuard({
      name: target.name,
      path: attempt.path,
      opened,
      scope: attempt.scope,
      turn: {
        end(): void {
          heldHere.delete(key);
          taken.end();
        },
      },
      action: hadToWait ? "waited" : "acquired",
      waitedSeconds: hadToWait ? secondsSince(started) : 0,
      holder: selfRecord(options),
    });
    heldHere.set(key, guard);
    return guard;
  } catch (error) {
    turn.end();
    throw error;
  }
}

/**
 * Acquires a lock. Not an `async` function: what tells the calling task from others must happen in
 * the caller's own stretch of code.
 *
 * @param target Which lock.
 * @param options How.
 * @returns The guard.
 * @throws {LockBusyError} Held, and `wait` is false.
 * @throws {LockTimeoutError} Held until the time was over.
 * @throws {LockError} `lock_nested`, or the file cannot be used.
 */
export function acquireLock(target: LockTarget, options: AcquireOptions): Promise<LockGuard> {
  try {
    checkOptions(options);
    options.signal?.throwIfAborted();
  } catch (error) {
    return Promise.reject(error);
  }
  const folder = (options.lockDir ?? "locks").replace(/(?<=.)[/\\]+$/, "");
  const key = identity(folder, target.fileName);
  if (isHeldByTask(key, options.task)) {
    return Promise.reject(
      new LockError("lock_nested", `this task already holds or awaits the lock ${target.name}`, {
        hint: "Dispose the first guard before asking again; tasks that are independent pass " +
          "an object of their own as 'task'.",
        details: { lock: target.name },
      }),
    );
  }
  const scope = openScope(key, options.task);
  const started = performance.now();
  const timeoutSeconds = options.timeoutSeconds ?? target.defaultTimeoutSeconds;
  const attempt: Attempt = {
    target,
    path: folder === "/" ? `/${target.fileName}` : `${folder}/${target.fileName}`,
    key,
    options,
    wait: options.wait ?? true,
    started,
    deadline: started + timeoutSeconds * 1000,
    scope,
  };
  return acquireInTurn(attempt).catch((error) => {
    scope.held = null;
    throw error;
  });
}
