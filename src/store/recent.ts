/**
 * Rows of the newest prices, put together by source.
 *
 * @module
 */
import type { RecentDays } from "./activity.ts";

/** A row of `prices` of one ticker; without a close, one that was refused. */
export type RecentRow = readonly [source: string, date: string, close: number | null];

/**
 * The days of a ticker by source, sorted by its name.
 *
 * @param rows Stored ones in the order of their days, and refused ones.
 * @param sources Only these; an empty list for all.
 */
export function recentDays(
  ticker: string,
  rows: readonly RecentRow[],
  sources: readonly string[],
): RecentDays[] {
  const found = new Map<string, Record<"days" | "refused", string[]> & { closes: number[] }>();
  for (const [source, date, close] of rows) {
    if (sources.length > 0 && !sources.includes(source)) continue;
    let each = found.get(source);
    if (each === undefined) {
      found.set(source, each = { days: [], closes: [], refused: [] });
    }
    if (close === null) each.refused.push(date);
    else {
      each.days.push(date);
      each.closes.push(close);
    }
  }
  return [...found].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([source, each]) => ({ ticker, source, ...each }));
}
