/**
 * Waiting for a lock of another process: briefly by trying again, then in the kernel's own queue, always
 * with a deadline that the kernel does not know.
 * @module
 */
import { sleep, sleepBriefly } from "../base/sleep.ts";
import { type HeldFile, heldHere } from "./attempt.ts";
import { isStillAt, type OpenLockFile, tryLock } from "./lock_file.ts";
import type { KernelRequest } from "./waiting_thread.ts";

/** Most locks are held for milliseconds: for that long, trying again costs less than a thread. */
const SHORT_WAIT_MS = 100;

/** First pause between two tries, in ms, times the locks that are waited for: many try as often as one. */
const SHORT_PAUSE_MS = 0.25;

/** The shortest timer, in ms. */
const TIMER_MS = 2;

/** Bounds of the pause of a waiter that finds no thread to wait in the kernel, in ms. */
const LONG_PAUSE_MIN_MS = 10;
const LONG_PAUSE_MAX_MS = 50;

/** How often a waiter looks whether its file is still the one at the path, in ms. */
const RECHECK_MS = 1000;

interface KernelWaitOptions {
  /** End of the wait by `performance.now()`, in ms; `Infinity` for none. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/** How a wait ended; `replaced` where the path has another file now, which is to be tried. */
type WaitOutcome = HeldFile | "timed_out" | "replaced";

/** Whether a request is granted within some time; leaves no timer behind. */
async function isGrantedWithin(
  ms: number,
  request: KernelRequest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const over = sleep(ms, either).then(() => false);
  over.catch(() => {});
  try {
    return await Promise.race([request.granted.then(() => true), over]);
  } finally {
    stop.abort();
  }
}

function heldByThread(request: KernelRequest, opened: OpenLockFile): HeldFile {
  return {
    opened,
    release: () => {
      request.release();
      opened.file.close();
    },
  };
}

/** Waits for one request. @returns `failed` where the thread could not ask. */
async function waitInKernel(
  request: KernelRequest,
  opened: OpenLockFile,
  path: string,
  { deadline, signal }: KernelWaitOptions,
): Promise<WaitOutcome | "failed"> {
  let failed = false;
  request.granted.catch(() => failed = true);
  let outcome: "timed_out" | "replaced" | "failed" | undefined;
  try {
    while (outcome === undefined) {
      const left = Math.max(0, deadline - performance.now());
      if (await isGrantedWithin(Math.min(RECHECK_MS, left), request, signal)) {
        return heldByThread(request, opened);
      }
      if (performance.now() >= deadline) outcome = "timed_out";
      else if (!isStillAt(opened, path)) outcome = "replaced";
    }
  } catch (error) {
    if (!failed) {
      if (!request.giveUp()) request.release();
      throw error;
    }
    outcome = "failed";
  }
  // It may be granted in the moment of giving up.
  return request.giveUp() ? outcome : heldByThread(request, opened);
}

let trying = 0;

/** Pauses, by a timer where that is soon enough. */
async function pauseFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms > TIMER_MS) return await sleep(ms, signal);
  signal?.throwIfAborted();
  await sleepBriefly(ms);
  signal?.throwIfAborted();
}

async function waitOpen(
  opened: OpenLockFile,
  path: string,
  options: KernelWaitOptions,
): Promise<WaitOutcome> {
  const { deadline, signal } = options;
  const started = performance.now();
  let nextCheck = started + RECHECK_MS;
  let threadsWork = true;
  for (;;) {
    const now = performance.now();
    if (now >= deadline) return "timed_out";
    const short = now - started < SHORT_WAIT_MS;
    if (!short && threadsWork) {
      // Loaded when it is needed: most locks are never waited for.
      const { requestKernelLock } = await import("./waiting_thread.ts");
      const request = requestKernelLock(path, opened);
      if (request !== undefined) {
        const outcome = await waitInKernel(request, opened, path, options);
        if (outcome !== "failed") return outcome;
        // No descriptor left, or the file is gone: trying again tells.
        threadsWork = false;
      }
    }
    if (now >= nextCheck || !threadsWork) {
      nextCheck = now + RECHECK_MS;
      if (!isStillAt(opened, path)) return "replaced";
    }
    const long = LONG_PAUSE_MIN_MS + Math.random() * (LONG_PAUSE_MAX_MS - LONG_PAUSE_MIN_MS);
    trying++;
    try {
      await pauseFor(Math.min(short ? SHORT_PAUSE_MS * trying : long, deadline - now), signal);
    } finally {
      trying--;
    }
    if (tryLock(opened.file, path)) return heldHere(opened);
  }
}

/**
 * Waits until the file is locked, and is still the one at the path then.
 * @param opened Open, not locked; closed by this or by the lock's release.
 */
export async function waitForKernelLock(
  opened: OpenLockFile,
  path: string,
  options: KernelWaitOptions,
): Promise<WaitOutcome> {
  let lock = heldHere(opened);
  let kept = false;
  try {
    const outcome = await waitOpen(opened, path, options);
    if (typeof outcome === "string") return outcome;
    lock = outcome;
    kept = isStillAt(opened, path);
    return kept ? lock : "replaced";
  } finally {
    if (!kept) lock.release();
  }
}
