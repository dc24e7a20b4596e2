/**
 * Statistics held against the calendars of exchanges.
 *
 * @module
 */
import type { PairStatistics, TickerGaps } from "../../../store/reports.ts";
import { calendarOf, dayIn, daysBehind, TOLERATED_DAYS } from "../../../exchange/calendar.ts";

/** Statistics of a ticker and source, held against the exchange's calendar. */
export interface FreshStatistics extends PairStatistics {
  /** Days that the exchange has traded on since the last stored one; null where there are no prices. */
  readonly days_behind: number | null;
  /** No more days behind than a holiday that is not known explains; null where there are no prices. */
  readonly is_fresh: boolean | null;
  /** Sessions between stored days that are missing and may still come; null where there are no prices. */
  readonly open_gaps: number | null;
}

/** Adds how fresh the prices are at a moment, and what is missing before. */
export function withFreshness(
  pairs: readonly PairStatistics[],
  gaps: readonly TickerGaps[],
  now: Date,
): FreshStatistics[] {
  const keyOf = ({ ticker, source }: Pick<PairStatistics, "ticker" | "source">): string =>
    `${ticker} ${source}`;
  const open = new Map(gaps.map((each) => [keyOf(each), each.open_sessions]));
  const days = new Map<string, string>();
  const todayIn = (zone: string): string => {
    const day = days.get(zone) ?? dayIn(zone, now);
    days.set(zone, day);
    return day;
  };
  return pairs.map((pair) => {
    const { ticker, last_day } = pair;
    if (ticker === null || last_day === null) {
      return { ...pair, days_behind: null, is_fresh: null, open_gaps: null };
    }
    const calendar = calendarOf(ticker);
    const behind = daysBehind(last_day, todayIn(calendar.zone), calendar);
    return {
      ...pair,
      days_behind: behind,
      is_fresh: behind <= TOLERATED_DAYS,
      open_gaps: open.get(keyOf(pair)) ?? 0,
    };
  });
}

/**
 * Whether jobs of a ticker have failed and none has succeeded. Rows without a ticker are only written
 * for failures, a skipped job had been done before, and a ticker without rows in the log may have
 * succeeded long ago: of these it is not said.
 */
export function neverSucceeded(row: FreshStatistics): boolean {
  const { ticker, failures, last_success_at, by_status } = row;
  return ticker !== null && failures > 0 && last_success_at === null &&
    (by_status.skipped ?? 0) === 0;
}
