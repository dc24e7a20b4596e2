/** How each session of a ticker stands, and each of all tickers. @module */
import { addDays } from "../base/day.ts";
import { calendarOf, isTradingDay } from "../exchange/calendar.ts";
import type { RecentDays } from "../store/activity.ts";
import type { TickerGaps } from "../store/reports.ts";
import type { FreshStatistics } from "./freshness.ts";

/** `s` stored, `m` missing, `r` refused; days that are not to come are none. */
type DayState = "s" | "m" | "r";

/** A session of all tickers. */
export interface CalendarDay {
  readonly day: string;
  /** Tickers and sources that lack it, and may still get it. */
  readonly missing: number;
  readonly refused: number;
  readonly tickers: readonly string[];
}

interface Pair {
  readonly row: FreshStatistics;
  readonly states: ReadonlyMap<string, DayState>;
}

const MOST_NAMED = 8;

function daysOf(ticker: string, from: string, to: string): string[] {
  const calendar = calendarOf(ticker);
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) {
    if (day === from || day === to || isTradingDay(calendar, day)) days.push(day);
  }
  return days;
}

/** How days of a ticker stand. @param behind What it lacks after the last stored day. */
export function dayStates(
  gaps: TickerGaps | undefined,
  behind: readonly string[],
  { days, refused }: Pick<RecentDays, "days" | "refused">,
): Map<string, DayState> {
  const states = new Map<string, DayState>();
  for (const { from, to, status, open } of gaps?.gaps ?? []) {
    if (!open && status !== "refused") continue;
    for (const day of daysOf(gaps?.ticker ?? "", from, to)) {
      states.set(day, status === "refused" ? "r" : "m");
    }
  }
  for (const day of behind) states.set(day, "m");
  for (const day of refused) states.set(day, "r");
  for (const day of days) states.set(day, "s");
  return states;
}

/** The last days from a first one on, in order, without those that most tickers known by then rest on. */
export function lastSessions(
  all: readonly ReadonlyMap<string, DayState>[],
  from: string,
  most: number,
): string[] {
  const counts = new Map<string, number>();
  const firsts: string[] = [];
  for (const states of all) {
    let first = "9";
    for (const day of states.keys()) {
      if (day < first) first = day;
      if (day >= from) counts.set(day, (counts.get(day) ?? 0) + 1);
    }
    firsts.push(first);
  }
  return [...counts].sort()
    .filter(([day, count]) => 2 * count >= firsts.filter((first) => first <= day).length)
    .map(([day]) => day).slice(-most);
}

/** Trading days behind beyond which a ticker has stopped: its days since then are no gaps. */
const STOPPED = 30;

/** The sessions from one day to before another, of the exchanges of the tickers. */
export function yearOfSessions(all: readonly Pair[], from: string, today: string): CalendarDay[] {
  const calendars = new Set(
    all.filter(({ row }) => row.last_day !== null).map(({ row }) => calendarOf(row.ticker ?? "")),
  );
  const lacking = new Map<
    string,
    { day: string; missing: number; refused: number; names: Set<string> }
  >();
  for (let day = from; day < today; day = addDays(day, 1)) {
    if ([...calendars].some((calendar) => isTradingDay(calendar, day))) {
      lacking.set(day, { day, missing: 0, refused: 0, names: new Set() });
    }
  }
  for (const { row, states } of all) {
    const { last_day: last, days_behind: behind } = row;
    const end = last !== null && (behind ?? 0) > STOPPED ? last : today;
    for (const [day, state] of states) {
      const found = lacking.get(day);
      if (found === undefined || state === "s" || day > end) continue;
      if (state === "m") found.missing++;
      else found.refused++;
      found.names.add(row.ticker ?? "");
    }
  }
  return [...lacking.values()].map(({ names, ...day }) => ({
    ...day,
    tickers: [...names].sort().slice(0, MOST_NAMED),
  }));
}
