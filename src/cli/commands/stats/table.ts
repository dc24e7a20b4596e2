/**
 * The columns of `tickerlock stats` for people.
 *
 * @module
 */
import type { FreshStatistics } from "./freshness.ts";
import { TOLERATED_DAYS } from "../../../exchange/calendar.ts";
import { plural } from "../../../base/text.ts";
import type { Column } from "../../output/table.ts";
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

function percent(share: number | null): string {
  return share === null ? "-" : `${(share * 100).toFixed(1)} %`;
}

type StatsColumn = Column<FreshStatistics>;

function number(
  title: string,
  rank: number,
  cell: (row: FreshStatistics) => string,
): StatsColumn {
  return { title, rank, align: "right", cell };
}

/** What is shown, as much of it as fits. */
export const STATS_COLUMNS: readonly StatsColumn[] = [
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
  number("RUNS", 4, ({ runs }) => String(runs)),
  {
    ...number("FAILED", 5, ({ failure_rate }) => percent(failure_rate)),
    sgr: ({ failures }) => failures > 0 ? levelColor("error") : undefined,
  },
  number("MEDIAN", 7, ({ median_ms }) => lengthOf(median_ms)),
  number("P95", 8, ({ p95_ms }) => lengthOf(p95_ms)),
  number("WAITS", 9, ({ lock_waits }) => String(lock_waits)),
  number("WAITED", 11, (row) => lengthOf(row.lock_waited_seconds * 1000)),
  number("REJECTS", 10, ({ rejects }) => String(rejects)),
];
