/** Statistics held against the calendars of exchanges, and against limits. @module */
import { plural, spanText } from "../base/text.ts";
import type { LogFilter, PairStatistics, Reports, TickerGaps } from "../store/reports.ts";
import { pairKey } from "../store/pair_statistics.ts";
import { wholeDueAt } from "../sources/plan.ts";
import { calendarOf, dayIn, daysBehind, TOLERATED_DAYS } from "../exchange/calendar.ts";
import type { CalendarChanges } from "../exchange/gaps.ts";

/** Statistics of a ticker and source, held against the exchange's calendar. */
export interface FreshStatistics extends PairStatistics {
  /** Days that the exchange has traded on since the last stored one; null where there are no prices. */
  readonly days_behind: number | null;
  /** No more days behind than a holiday that is not known explains; null where there are no prices. */
  readonly is_fresh: boolean | null;
  /** Sessions between stored days that are missing and may still come; null where there are no prices. */
  readonly open_gaps: number | null;
  /** When the next run asks for the whole history again; null for never, and where none has before. */
  readonly full_due_at: string | null;
}

function fullDueAt(
  pair: PairStatistics,
  lacking: TickerGaps | undefined,
  everyMs: number | null,
  now: Date,
): string | null {
  const { ticker, whole_at: wholeAt, doubted } = pair;
  // A run does not look at what the days of other tickers tell.
  const missingFrom = lacking?.calendar === "peers"
    ? undefined
    : lacking?.gaps.find(({ open }) => open)?.from;
  const due = wholeDueAt(ticker ?? "", { wholeAt, doubted, missingFrom }, everyMs);
  return due === Infinity ? null : new Date(Math.max(due, now.getTime())).toISOString();
}

/** Adds how fresh prices are, what is missing before, and when whole histories are due. */
export function withFreshness(
  all: readonly PairStatistics[],
  gaps: readonly TickerGaps[],
  now: Date,
  everyMs: number | null,
): FreshStatistics[] {
  const lacking = new Map(gaps.map((each) => [pairKey(each.ticker, each.source), each]));
  const days = new Map<string, string>();
  const todayIn = (zone: string): string => {
    const day = days.get(zone) ?? dayIn(zone, now);
    days.set(zone, day);
    return day;
  };
  return all.map((pair) => {
    const { ticker, last_day } = pair;
    const own = lacking.get(pairKey(ticker, pair.source));
    const full_due_at = fullDueAt(pair, own, everyMs, now);
    if (ticker === null || last_day === null) {
      return { ...pair, full_due_at, days_behind: null, is_fresh: null, open_gaps: null };
    }
    const calendar = calendarOf(ticker);
    const days_behind = daysBehind(last_day, todayIn(calendar.zone), calendar);
    const is_fresh = days_behind <= TOLERATED_DAYS;
    return { ...pair, full_due_at, days_behind, is_fresh, open_gaps: own?.open_sessions ?? 0 };
  });
}

/** Reads the statistics of jobs that fit, and adds that. */
export async function readFreshness(
  reports: Reports,
  filter: LogFilter,
  { calendar, fullEveryMs }: {
    readonly calendar: CalendarChanges;
    readonly fullEveryMs: number | null;
  },
  now: Date,
): Promise<FreshStatistics[]> {
  const { tickers = [], sources = [] } = filter;
  const pairs = await reports.statistics(filter);
  const gaps = await reports.gaps({ tickers, sources, calendar });
  return withFreshness(pairs, gaps, now, fullEveryMs);
}

/** Whether jobs of a ticker have failed and none has succeeded, nor been skipped as done before. */
export function neverSucceeded(row: FreshStatistics): boolean {
  const { ticker, failures, last_success_at, by_status } = row;
  return ticker !== null && failures > 0 && last_success_at === null &&
    (by_status.skipped ?? 0) === 0;
}

/** What is still good. */
export interface Limits {
  readonly maxBehind: number | null;
  readonly maxAgeMs: number | null;
}

/** What is over a limit, in words; undefined for nothing. Of what no job is known the age is not, either. */
export function overLimit(row: FreshStatistics, limits: Limits, now: Date): string | undefined {
  const { maxBehind, maxAgeMs } = limits;
  const { ticker, days_behind: behind, last_success_at: last } = row;
  if (ticker === null) return undefined;
  if (maxBehind !== null && behind !== null && behind > maxBehind) {
    return `${plural(behind, "day")} behind`;
  }
  const known = row.runs + row.running > 0;
  // Where no day is stored, nothing is behind: what never succeeded would pass for good.
  if (maxBehind !== null && behind === null && known && last === null && !row.by_status.skipped) {
    return "no success in the log";
  }
  if (maxAgeMs === null || !known) return undefined;
  if (last === null) return "no success in the log";
  const age = now.getTime() - Date.parse(last);
  return age > maxAgeMs ? `last success ${spanText(age)} ago` : undefined;
}

/** How a ticker and source stands; what fails is also behind most of the time. */
export type State = "fresh" | "behind" | "failing";

/** How a ticker and source stands. */
export function stateOf(row: FreshStatistics, limits: Limits, now: Date): State {
  if (row.failures_in_a_row > 0) return "failing";
  return overLimit(row, limits, now) === undefined ? "fresh" : "behind";
}
