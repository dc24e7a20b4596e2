/**
 * When a task has its turns. Pure: the same question has the same answer.
 *
 * @module
 */
import { type ActiveTimes, spansFrom } from "./active_times.ts";

/** What the turns of a task follow from. */
export interface TurnRule {
  /** The interval between two turns, in ms. */
  readonly everyMs: number;
  /** When turns may be; undefined for always. */
  readonly activeTimes?: ActiveTimes;
}

/**
 * The first turn of a task after a moment. With active hours, turns are at each opening and every
 * interval after it, before the closing; without, at the anchor and every interval after it. So they
 * do not drift, however long the task works or its start is delayed.
 *
 * @param rule Interval and active hours.
 * @param anchorMs Where the turns of a task without active hours count from: the end of the initial
 *   sync. Milliseconds since 1970.
 * @param afterMs Milliseconds since 1970; a turn at this very moment is not meant.
 * @returns Milliseconds since 1970; undefined where there is none within 400 days.
 */
export function nextTurn(rule: TurnRule, anchorMs: number, afterMs: number): number | undefined {
  const { everyMs, activeTimes } = rule;
  const first = (fromMs: number): number =>
    fromMs + (Math.floor((afterMs - fromMs) / everyMs) + 1) * everyMs;
  if (activeTimes === undefined) return first(anchorMs);
  for (const { openMs, closeMs } of spansFrom(activeTimes, afterMs)) {
    const turn = openMs > afterMs ? openMs : first(openMs);
    if (turn < closeMs) return turn;
  }
  return undefined;
}

/**
 * How long a task rests after failures in a row: its interval, doubled with each of them, up to an
 * hour, or up to the interval where that is longer.
 *
 * @param everyMs The interval in ms.
 * @param failures How often it has failed in a row; 0 for no rest.
 * @returns Milliseconds from the turn that failed.
 */
export function backoffMs(everyMs: number, failures: number): number {
  if (failures === 0) return 0;
  // Past 2^40 intervals nothing changes, and Infinity is not reached.
  return Math.min(everyMs * 2 ** Math.min(failures, 40), Math.max(everyMs, 3_600_000));
}
