/**
 * Which days of a ticker have been asked for, by the windows of its successful runs.
 *
 * @module
 */
import { addDays } from "../base/day.ts";

/** Days that a run has asked for; `first` is `""` for the whole history. */
export interface AskedWindow {
  readonly first: string;
  readonly last: string;
}

/**
 * The first day since which every day up to the newest one has been asked for.
 *
 * @param windows Of each last day the one that begins first, the newest last day first.
 * @returns `""` for the whole history; null where there is no window.
 */
export function askedSince(windows: Iterable<AskedWindow>): string | null {
  let since: string | null = null;
  for (const { first, last } of windows) {
    // Sorted by their ends: no later window reaches further.
    if (since !== null && addDays(last, 1) < since) break;
    if (since === null || first < since) since = first;
  }
  return since;
}
