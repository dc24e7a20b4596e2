/**
 * Waiting for a lock that another process holds: a short while by trying again, then in the kernel's
 * own queue, always with a deadline that the kernel does not know.
 *
 * @module
 */
import { isStillAt, type OpenLockFile, openLockFile } from "./lock_file.ts";
import type { WaitingThread } from "./waiting_thread.ts";

/**
 * Requests of this process that wait in the kernel at a time. Each occupies a thread, and 32 of
 * them starve every other file operation of Deno 2.7.11. Further waiters try again and again.
 */
export const MAX_KERNEL_WAITS = 8;

/** Most locks are held for milliseconds: for that long, trying again costs less than a thread. */
const SHORT_WAIT_MS = 100;

/** Pause between two tries at first, in ms. */
const SHORT_PAUSE_MS = 1;

/** Bounds of the pause of a waiter that finds no place in the kernel, in ms. */
const LONG_PAUSE_MIN_MS = 10;
const LONG_PAUSE_MAX_MS = 50;

/** How often a waiter looks whether its file is still the one at the path, in ms. */
const RECHECK_MS = 1000;

/** What a wait needs to know. */
export interface KernelWaitOptions {
  /** End of the wait on the clock of `performance.now()`, in ms; `Infinity` for none. */
  readonly deadline: number;
  /** Ends the wait; the promise rejects with its reason. */
  readonly signal: AbortSignal | undefined;
}

/** A lock that is held, by this thread's open file or by a waiting thread's. */
export interface HeldFile {
  readonly opened: OpenLockFile;
  /** Lets go of the kernel's lock, and closes the file. */
  letGo(): void;
}

/** How a wait ended; `replaced` means that the path has another file now, to be tried anew. */
export type WaitOutcome = HeldFile | "timed_out" | "replaced";

let waitingInKernel = 0;

/** A lock held by the file that was opened here. */
export function heldHere(opened: OpenLockFile): HeldFile {
  return { opened, letGo: () => opened.file.close() };
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
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

/** Settles with "granted", or with "tick" after `ms`; leaves no timer behind. */
async function grantedWithin(
  thread: WaitingThread,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<"granted" | "tick"> {
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const tick = pause(ms, either).then(() => "tick" as const);
  tick.catch(() => {});
  try {
    return await Promise.race([thread.granted.then(() => "granted" as const), tick]);
  } finally {
    stop.abort();
  }
}

async function waitInKernel(
  opened: OpenLockFile,
  path: string,
  { deadline, signal }: KernelWaitOptions,
): Promise<WaitOutcome> {
  // Loaded when it is needed: most locks are never waited for.
  const thread = new (await import("./waiting_thread.ts")).WaitingThread(path);
  let over: "timed_out" | "replaced" | undefined;
  let failure: unknown;
  let first: "granted" | "tick" = "tick";
  try {
    while (first === "tick" && over === undefined) {
      const left = Math.max(0, deadline - performance.now());
      first = await grantedWithin(thread, Math.min(RECHECK_MS, left), signal);
      if (first === "granted") break;
      if (performance.now() >= deadline) over = "timed_out";
      else if (!isStillAt(opened, path)) over = "replaced";
    }
  } catch (error) {
    failure = error;
  }
  if (first === "tick" && thread.giveUp()) {
    opened.file.close();
    if (failure !== undefined) throw failure;
    return over ?? "replaced";
  }
  // Granted, maybe in the moment of giving up: then it is held, and nothing was in vain.
  return await confirm(thread, opened, failure);
}

async function confirm(
  thread: WaitingThread,
  opened: OpenLockFile,
  failure: unknown,
): Promise<WaitOutcome> {
  const { inode, device } = await thread.granted;
  const same = inode === opened.inode && device === opened.device;
  if (failure !== undefined || !same) {
    thread.release();
    opened.file.close();
    if (failure !== undefined) throw failure;
    return "replaced";
  }
  return {
    opened,
    letGo: () => {
      thread.release();
      opened.file.close();
    },
  };
}

/**
 * Waits until the file is locked exclusively.
 *
 * @param opened Open, not locked. Whatever the outcome, closing it is no longer the caller's task.
 * @param path The path it was opened at.
 * @param options Deadline and signal.
 * @returns The lock, or how the wait ended without it.
 * @throws `signal.reason` when aborted; {@linkcode LockError} where the path is no lock file now.
 */
export async function waitForKernelLock(
  opened: OpenLockFile,
  path: string,
  options: KernelWaitOptions,
): Promise<WaitOutcome> {
  const { deadline, signal } = options;
  const started = performance.now();
  let nextCheck = started + RECHECK_MS;
  let ours = true;
  try {
    for (;;) {
      const now = performance.now();
      if (now >= deadline) return "timed_out";
      const short = now - started < SHORT_WAIT_MS;
      if (!short && waitingInKernel < MAX_KERNEL_WAITS) {
        ours = false;
        waitingInKernel++;
        try {
          return await waitInKernel(opened, path, options);
        } finally {
          waitingInKernel--;
        }
      }
      if (now >= nextCheck) {
        nextCheck = now + RECHECK_MS;
        if (!isStillAt(opened, path)) return "replaced";
      }
      const long = LONG_PAUSE_MIN_MS + Math.random() * (LONG_PAUSE_MAX_MS - LONG_PAUSE_MIN_MS);
      await pause(Math.min(short ? SHORT_PAUSE_MS : long, deadline - now), signal);
      if (opened.file.tryLockSync(true)) {
        ours = false;
        return heldHere(opened);
      }
    }
  } finally {
    if (ours) opened.file.close();
  }
}

/** Opens the lock file and tries once. @returns The lock, or the file, open and not locked. */
export function tryKernelLock(path: string): { held: HeldFile } | { busy: OpenLockFile } {
  const opened = openLockFile(path);
  try {
    return opened.file.tryLockSync(true) ? { held: heldHere(opened) } : { busy: opened };
  } catch (error) {
    opened.file.close();
    throw error;
  }
}
