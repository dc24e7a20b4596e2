/**
 * What to ask for, from what is stored.
 *
 * @module
 */
import { addDays } from "../../base/day.ts";
import type { FetchPlan } from "../source.ts";
import type { StoredState } from "../../model/prices.ts";

/** Days before the last stored one that are asked for again: late corrections, an unfinished bar. */
export const LOOK_BACK_DAYS = 5;

/** What a run asks for. */
export interface Asked {
  readonly from: string | null;
  readonly to: string | null;
  readonly forceRefresh: boolean;
  /** The last day that has begun anywhere, `YYYY-MM-DD`. */
  readonly lastDay: string;
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

/**
 * The days to ask for: what was asked for by name where it may not be stored; from some days before
 * the last stored one otherwise; everything the first time.
 */
export function planWindow(asked: Asked, stored: StoredState): FetchPlan {
  const { from, to, forceRefresh, lastDay } = asked;
  // Nothing is there yet of days to come: the service is asked all the same, and says so.
  const until = to ?? (from !== null && from > lastDay ? from : lastDay);
  const whole: FetchPlan = {
    kind: from === null && to === null ? "full" : "window",
    from,
    to: until,
  };
  const { firstDate, lastDate, askedFrom } = stored;
  if (forceRefresh || lastDate === null) return whole;
  // Days that were asked for by name, and that no run has asked for yet.
  if (from !== null && (askedFrom === null || askedFrom > from)) return whole;
  // Days between the stored ones that no run has asked for: all since the first one are asked for.
  const hasGap = firstDate !== null && askedFrom !== null && askedFrom > firstDate;
  if (from === null && hasGap && firstDate <= until) {
    return { kind: "window", from: firstDate, to: until };
  }
  const start = addDays(earlier(lastDate, lastDay), -LOOK_BACK_DAYS);
  if (to !== null && to < start) return whole;
  // From the last stored days on also where later ones were named: what lay between would be asked
  // for by no later run.
  const later = from !== null && from > start && from <= lastDate;
  return { kind: "incremental", from: later ? from : start, to: until };
}
