/**
 * The columns of `tickerlock stats` for people.
 *
 * @module
 */
import type { FreshStatistics } from "./freshness.ts";
import { TOLERATED_DAYS } from "../../../exchange/calendar.ts";
import { plural } from "../../../base/text.ts";
import { type Column, numbers } from "../../output/table.ts";
import { levelColor } from "../../output/terminal.ts";
import { lengthOf, localTime } from "../../output/time.ts";

/** How fresh prices are, in words; null where there are no prices. */
export function freshnessText(daysBehind: number | null): string {
  if (daysBehind === null) return "-";
  return daysBehind === 0 ? "fresh" : `${plural(daysBehind, "day")} behind`;
}

function freshnessColor(daysBehind: number | null): string | undefined {
  if (daysBehind === null) return undefined;
  if (daysBehind === 0) return levelColor("ok");
  return levelColor(daysBehind <= TOLERATED_DAYS ? "warning" : "error");
}

function percent(share: number | null): string | null {
  return share === null ? null : `${(share * 100).toFixed(1)} %`;
}

/** What is shown, as much of it as fits. */
export const STATS_COLUMNS: readonly Column<FreshStatistics>[] = [
  { title: "TICKER", rank: 0, shrinkTo: 12, cell: ({ ticker }) => ticker ?? "-" },
  { title: "SOURCE", rank: 1, cell: ({ source }) => source },
  { title: "LAST SUCCESS", rank: 6, cell: (row) => localTime(row.last_success_at) },
  { title: "LAST DAY", rank: 3, cell: ({ last_day }) => last_day ?? "-" },
  {
    title: "FRESHNESS",
    rank: 2,
    cell: ({ days_behind }) => freshnessText(days_behind),
    sgr: ({ days_behind }) => freshnessColor(days_behind),
  },
  numbers("RUNS", 4, ({ runs }) => runs),
  {
    ...numbers("FAILED", 5, ({ failure_rate }) => percent(failure_rate)),
    sgr: ({ failures }) => failures > 0 ? levelColor("error") : undefined,
  },
  numbers("MEDIAN", 7, ({ median_ms }) => lengthOf(median_ms)),
  numbers("P95", 8, ({ p95_ms }) => lengthOf(p95_ms)),
  numbers("WAITS", 9, ({ lock_waits }) => lock_waits),
  numbers("WAITED", 11, (row) => lengthOf(row.lock_waited_seconds * 1000)),
  numbers("REJECTS", 10, ({ rejects }) => rejects),
];
