/**
 * Which days to ask a service for.
 *
 * @module
 */
import { addDays, lastPossibleDay } from "../base/day.ts";
import { NOTHING_STORED, type StoredState } from "../model/prices.ts";
import type { FetchPlan, SourceRequest } from "./source.ts";

/** Days before the last stored one that are asked for again: late corrections, an unfinished bar. */
export const LOOK_BACK_DAYS = 5;

/**
 * The days to ask for, for a source of daily prices with `needsStored`: those that were asked for where
 * they may not be stored; from 5 days before the last stored one otherwise, for late corrections;
 * everything the first time. Runs that keep to it leave no gap between stored days. Where sessions are
 * missing nevertheless, and are to be asked for, it begins with the first of them.
 *
 * @param asked The request of `Source.open`.
 * @param stored What `SourceRun.plan` is given.
 * @param lastDay The last day that there can be, `YYYY-MM-DD`. Default the one that has begun
 *   somewhere on Earth.
 * @category Writing a source
 */
export function planDays(
  asked: Pick<SourceRequest, "from" | "to" | "forceRefresh">,
  stored: StoredState | null,
  lastDay: string = lastPossibleDay(Date.now()),
): FetchPlan {
  const { from, to, forceRefresh = false } = asked;
  // Nothing is there yet of days to come: the service is asked all the same, and says so.
  const until = to ?? (from !== null && from > lastDay ? from : lastDay);
  const kind = from === null && to === null ? "full" : "window";
  const whole: FetchPlan = { kind, from, to: until };
  const { firstDate, lastDate, askedFrom, missingFrom } = stored ?? NOTHING_STORED;
  if (forceRefresh || lastDate === null) return whole;
  // Days that were asked for by name, and that no run has asked for yet.
  if (from !== null && (askedFrom === null || askedFrom > from)) return whole;
  // Days between the stored ones that no run has asked for: all since the first one are asked for.
  const hasGap = firstDate !== null && askedFrom !== null && askedFrom > firstDate;
  if (from === null && hasGap && firstDate <= until) {
    return { kind: "window", from: firstDate, to: until };
  }
  const start = addDays(lastDate < lastDay ? lastDate : lastDay, -LOOK_BACK_DAYS);
  if (from === null && to === null && missingFrom !== undefined && missingFrom < start) {
    return { kind: "window", from: missingFrom, to: until };
  }
  if (to !== null && to < start) return whole;
  // From the last stored days on also where later ones were named: what lay between would be asked
  // for by no later run.
  const later = from !== null && from > start && from <= lastDate;
  return { kind: "incremental", from: later ? from : start, to: until };
}
