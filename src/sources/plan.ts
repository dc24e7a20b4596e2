/** Which days to ask a service for. @module */
import { addDays, lastPossibleDay } from "../base/day.ts";
import { NOTHING_STORED, type StoredState } from "../model/prices.ts";
import type { FetchPlan, SourceRequest } from "./source.ts";

/** Days before the last stored one that are asked for again: late corrections, an unfinished bar. */
export const LOOK_BACK_DAYS = 5;

const FULL_EVERY_MS = 30 * 86_400_000;

/**
 * The days to ask for, for a source of daily prices with `needsStored`: those that were asked for where
 * they may not be stored; from 5 days before the last stored one otherwise, for late corrections;
 * everything the first time. Runs that keep to it leave no gap between stored days. Where sessions are
 * missing nevertheless, `fillGaps` begins with the first of them.
 *
 * @param asked The request of `Source.open`.
 * @param stored What `SourceRun.plan` is given.
 * @param lastDay The last day that there can be, `YYYY-MM-DD`. Default the one that has begun
 *   somewhere on Earth.
 * @category Writing a source
 */
export function planDays(
  asked: Pick<SourceRequest, "from" | "to" | "forceRefresh" | "fillGaps">,
  stored: StoredState | null,
  lastDay: string = lastPossibleDay(Date.now()),
): FetchPlan {
  const { from, to, forceRefresh = false, fillGaps = false } = asked;
  // Days to come are asked for all the same: the service says that there is nothing yet.
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
  const gap = fillGaps ? missingFrom : undefined;
  if (from === null && to === null && gap !== undefined && gap < start) {
    return { kind: "incremental", from: gap, to: until };
  }
  if (to !== null && to < start) return whole;
  // From the last stored days on also where later ones were named: no gap is left.
  const later = from !== null && from > start && from <= lastDate;
  return { kind: "incremental", from: later ? from : start, to: until };
}

/** From 0 up to 1, always the same for a ticker (FNV-1a). */
function shareOf(ticker: string): number {
  let hash = 0x811c9dc5;
  for (const char of ticker) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

/** A ticker that lacks a session which may still come has this many turns in each period. */
const TURNS_WITH_GAPS = 4;

function turnAfter(last: number, share: number, everyMs: number): number {
  const turn = Math.ceil((Math.floor(last / everyMs + share) + 1 - share) * everyMs);
  // What was begun just before its turn has no need of it.
  return turn - last < everyMs / 30 ? turn + everyMs : turn;
}

/**
 * When all of a ticker's history is due again: at once in doubt, else at turns of its own, so that
 * tickers begun together do not come due together. In ms since 1970; Infinity for never.
 */
export function wholeDueAt(
  ticker: string,
  stored: Pick<StoredState, "wholeAt" | "doubted" | "missingFrom">,
  everyMs: number | null = FULL_EVERY_MS,
): number {
  const { wholeAt = null, doubted = false, missingFrom } = stored;
  if (doubted) return 0;
  if (everyMs === null || wholeAt === null) return Infinity;
  const last = Date.parse(wholeAt);
  const share = shareOf(ticker);
  const turn = turnAfter(last, share, everyMs);
  return missingFrom === undefined
    ? turn
    : Math.min(turn, turnAfter(last, share, everyMs / TURNS_WITH_GAPS));
}

/** All that a ticker has been asked for so far, and what a plan wants. */
export function wholePlan(
  { from }: FetchPlan,
  { firstDate, askedFrom }: StoredState,
  lastDay: string,
): FetchPlan {
  const starts = [from, firstDate, askedFrom ?? firstDate].map((day) => day ?? "");
  return { kind: "full", from: starts.sort()[0] || null, to: lastDay };
}
