/** Jobs put together by source, run or day. @module */
import { lengthOf, percentText } from "../../../base/text.ts";
import { shortId } from "../../../model/job.ts";
import type { JobStatistics, JobTotals, TotalsBy } from "../../../store/activity.ts";
import { type Column, numbers } from "../../output/table.ts";
import { levelColor } from "../../output/terminal.ts";
import { localTime } from "../../output/time.ts";

/** What jobs took, waited for and refused. */
export const LENGTHS: readonly Column<JobStatistics>[] = [
  numbers("MEDIAN", 8, ({ median_ms }) => lengthOf(median_ms)),
  numbers("P95", 9, ({ p95_ms }) => lengthOf(p95_ms)),
  numbers("WAITS", 10, ({ lock_waits }) => lock_waits),
  numbers("WAITED", 12, (row) => lengthOf(row.lock_waited_seconds * 1000)),
  numbers("REJECTS", 11, ({ rejects }) => rejects),
];

function successOf({ failure_rate }: JobTotals): string | null {
  return failure_rate === null ? null : percentText(1 - failure_rate);
}

/** The columns of a table of totals. */
export function totalsColumns(by: TotalsBy): readonly Column<JobTotals>[] {
  const began: Column<JobTotals> = { title: "BEGAN", cell: (row) => localTime(row.first_at) };
  return [
    { title: by.toUpperCase(), cell: ({ key }) => by === "run" ? shortId(key) : key },
    ...by === "run" ? [began] : [],
    numbers("TICKERS", 3, ({ tickers }) => tickers),
    numbers("RUNS", 2, ({ runs }) => runs),
    {
      ...numbers("SUCCESS", 1, successOf),
      sgr: ({ failures }) => failures > 0 ? levelColor("error") : undefined,
    },
    ...LENGTHS,
  ];
}
