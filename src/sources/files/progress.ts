/**
 * Keeps reports of progress rare.
 *
 * @module
 */
import type { ReadProgress } from "../source.ts";

/** Shortest time between two reports. */
export const PROGRESS_INTERVAL_MS = 100;

/**
 * A function that reports progress ten times per second at most. The first call always reports.
 *
 * @param now Milliseconds on a clock that never goes back. Default `performance.now`.
 * @returns Takes what is called for each block that was read.
 */
export function throttledProgress(
  report: ((progress: ReadProgress) => void) | undefined,
  now: () => number = () => performance.now(),
): (progress: ReadProgress) => void {
  let last = -Infinity;
  return (progress) => {
    if (report === undefined) return;
    const time = now();
    if (time - last < PROGRESS_INTERVAL_MS) return;
    last = time;
    report(progress);
  };
}
