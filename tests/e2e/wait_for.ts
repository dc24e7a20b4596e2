/**
 * Waiting for an event of another process.
 *
 * @module
 */
import { fail } from "../assert.ts";

/** Time between two looks, in ms. */
const INTERVAL_MS = 5;

/** Longest wait, in ms: far above what the slowest machine needs, and its end is a failure. */
const DEADLINE_MS = 60_000;

/** Waits until a look returns neither false nor undefined, and returns that; what it throws ends the wait. */
export async function waitFor<T>(what: string, probe: () => T | undefined | false): Promise<T> {
  const end = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() >= end) fail(`waited ${DEADLINE_MS / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
