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

/**
 * Waits until something has happened.
 *
 * @param what The event, for the message of a wait in vain.
 * @param probe Looks; false and undefined for "not yet". What it throws ends the wait.
 * @returns What the probe returned.
 */
export async function waitFor<T>(what: string, probe: () => T | undefined | false): Promise<T> {
  const end = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() >= end) fail(`waited ${DEADLINE_MS / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
