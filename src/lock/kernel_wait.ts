/**
 * Waiting for a lock in the kernel's own queue, with a deadline that the kernel does not know.
 *
 * A `lock()` that is pending cannot be cancelled. When its time is over it is abandoned: it closes
 * the file, and so lets go, the moment it is granted.
 *
 * @module
 */

/**
 * Requests of this process that wait in the kernel at a time. Each one occupies a thread of Deno's
 * pool for blocking work: 32 of them starve every other file operation of Deno 2.7.11.
 */
export const MAX_KERNEL_WAITS = 8;

/** How often a waiter looks whether the file it waits on is still the one at the path, in ms. */
const RECHECK_MS = 1000;

/** Bounds of the pause between two tries of a waiter that found no place in the kernel, in ms. */
const POLL_MIN_MS = 5;
const POLL_MAX_MS = 40;

let waitingInKernel = 0;

/** Why a wait ended. `abandoned` and `replaced` mean that the file is no longer the caller's. */
export type WaitOutcome = "granted" | "timed_out" | "replaced";

/** What a wait needs to know. */
export interface KernelWaitOptions {
  /** End of the wait on the clock of `performance.now()`, in ms; `Infinity` for none. */
  readonly deadline: number;
  /** Ends the wait; the promise rejects with its reason. */
  readonly signal: AbortSignal | undefined;
  /** Whether the file is still the one at the path. */
  readonly isCurrent: () => boolean;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function abandon(request: Promise<void>, file: Deno.FsFile): void {
  const letGo = (): void => {
    waitingInKernel--;
    file.close();
  };
  request.then(letGo, letGo);
}

async function waitInQueue(file: Deno.FsFile, options: KernelWaitOptions): Promise<WaitOutcome> {
  const { deadline, signal, isCurrent } = options;
  waitingInKernel++;
  const request = file.lock(true);
  const granted = request.then(() => "granted" as const);
  // A pending promise that rejects after it was abandoned must not end the program.
  granted.catch(() => {});
  try {
    for (;;) {
      const ms = Math.min(RECHECK_MS, Math.max(0, deadline - performance.now()));
      const stop = new AbortController();
      const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
      const timer = pause(ms, either).then(() => "tick" as const);
      timer.catch(() => {});
      const first = await Promise.race([granted, timer]);
      stop.abort();
      if (first === "granted") {
        waitingInKernel--;
        return "granted";
      }
      if (performance.now() >= deadline) {
        abandon(request, file);
        return "timed_out";
      }
      if (!isCurrent()) {
        abandon(request, file);
        return "replaced";
      }
    }
  } catch (error) {
    abandon(request, file);
    throw error;
  }
}

/**
 * Waits until the file is locked exclusively.
 *
 * @param file Open file, not locked. It stays the caller's only if the outcome is `granted`;
 *   otherwise it is closed, now or when the kernel lets go of the request.
 * @param options Deadline, signal, and the check for a replaced file.
 * @returns How the wait ended.
 * @throws `signal.reason` when aborted; what `isCurrent` throws.
 */
export async function waitForKernelLock(
  file: Deno.FsFile,
  options: KernelWaitOptions,
): Promise<WaitOutcome> {
  let nextCheck = performance.now() + RECHECK_MS;
  let ours = true;
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      if (waitingInKernel < MAX_KERNEL_WAITS) {
        ours = false;
        return await waitInQueue(file, options);
      }
      if (file.tryLockSync(true)) {
        ours = false;
        return "granted";
      }
      const now = performance.now();
      if (now >= options.deadline) return "timed_out";
      if (now >= nextCheck) {
        nextCheck = now + RECHECK_MS;
        if (!options.isCurrent()) return "replaced";
      }
      const jittered = POLL_MIN_MS + Math.random() * (POLL_MAX_MS - POLL_MIN_MS);
      await pause(Math.min(jittered, options.deadline - now), options.signal);
    }
  } finally {
    if (ours) file.close();
  }
}
