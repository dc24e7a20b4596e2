/**
 * Statistics in Prometheus's text format 0.0.4. All are gauges: `logs prune` makes numbers smaller,
 * which a counter must never become.
 * @module
 */
import { type FreshStatistics, neverSucceeded } from "./freshness.ts";

/** Null for a line that is left out, since not known is not 0; by status a line for each. */
type Value = number | null | Readonly<Record<string, number>>;

type Metric = readonly [name: string, help: string, valueOf: (row: FreshStatistics) => Value];

function seconds(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso) / 1000;
}

const METRICS: readonly Metric[] = [
  [
    "last_success_timestamp_seconds",
    "When a job last succeeded, in seconds since 1970; 0 where jobs failed and none ever did.",
    (row) => seconds(row.last_success_at) ?? (neverSucceeded(row) ? 0 : null),
  ],
  [
    "last_day_timestamp_seconds",
    "The last stored day, its midnight in UTC, in seconds since 1970.",
    ({ last_day }) => seconds(last_day && `${last_day}T00:00:00Z`),
  ],
  [
    "days_behind",
    "Trading days between the last stored day and today; 1 may be a holiday outside São Paulo and New York.",
    ({ days_behind }) => days_behind,
  ],
  [
    "open_gaps",
    "Sessions that are missing between stored days and may still come.",
    ({ open_gaps }) => open_gaps,
  ],
  [
    "history_in_doubt",
    "1 where the newest answer has left the history in doubt, 0 where it was taken whole.",
    ({ doubted, whole_at }) => doubted ? 1 : whole_at === null ? null : 0,
  ],
  ["log_jobs", "Jobs in the log by status.", ({ by_status }) => by_status],
  [
    "failure_ratio",
    "Share of the jobs in the log that failed, were stopped, or did not get their lock.",
    ({ failure_rate }) => failure_rate,
  ],
  [
    "failures_in_a_row",
    "Failed jobs since the newest one that did not fail.",
    ({ failures_in_a_row }) => failures_in_a_row,
  ],
  [
    "duration_median_seconds",
    "Median duration of the successful jobs in the log.",
    ({ median_ms }) => median_ms === null ? null : median_ms / 1000,
  ],
  [
    "duration_p95_seconds",
    "95th percentile of the duration of the successful jobs in the log.",
    ({ p95_ms }) => p95_ms === null ? null : p95_ms / 1000,
  ],
  ["lock_waits", "Jobs in the log that waited for a lock.", ({ lock_waits }) => lock_waits],
  [
    "lock_waited_seconds",
    "Time that jobs in the log waited for a lock, all together.",
    (row) => row.lock_waited_seconds,
  ],
  [
    "lock_longest_wait_seconds",
    "Longest time that a job in the log waited for a lock.",
    (row) => row.longest_wait_seconds,
  ],
  ["rejected_rows", "Rows that jobs in the log refused.", ({ rejects }) => rejects],
];

/** The value of a label, escaped. */
export function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** All metrics, each with its HELP and TYPE. */
export function prometheusText(rows: readonly FreshStatistics[], now: Date): string {
  const names = rows.map(({ ticker, source }) =>
    `ticker="${escapeLabel(ticker ?? "")}",source="${escapeLabel(source)}"`
  );
  const lines: string[] = [];
  const head = (name: string, help: string): void => {
    lines.push(`# HELP tickerlock_${name} ${help}`, `# TYPE tickerlock_${name} gauge`);
  };
  for (const [name, help, valueOf] of METRICS) {
    head(name, help);
    const add = (labels: string | undefined, value: number | null): void => {
      if (Number.isFinite(value)) lines.push(`tickerlock_${name}{${labels}} ${value}`);
    };
    for (const [index, row] of rows.entries()) {
      const value = valueOf(row);
      if (value === null || typeof value === "number") add(names[index], value);
      else {for (const [status, n] of Object.entries(value)) {
          add(`${names[index]},status="${escapeLabel(status)}"`, n);
        }}
    }
  }
  head("stats_timestamp_seconds", "When these statistics were taken, in seconds since 1970.");
  lines.push(`tickerlock_stats_timestamp_seconds ${now.getTime() / 1000}`);
  return `${lines.join("\n")}\n`;
}
