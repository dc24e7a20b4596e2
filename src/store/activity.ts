import type { LogFilter } from "./log_filter.ts";

/**
 * Statistics of jobs of the log. Times are ISO 8601 in UTC.
 * @category Logs and statistics
 */
export interface JobStatistics {
  /** End of the newest success; null where there is none. */
  readonly last_success_at: string | null;
  /** Jobs that have ended, trials with `--dry-run` left out. */
  readonly runs: number;
  /** Of these, how many failed, were interrupted or abandoned, or did not get their lock. */
  readonly failures: number;
  /** `failures` by `runs`; null where there was no run. */
  readonly failure_rate: number | null;
  /** Jobs at work, or killed and not yet found. */
  readonly running: number;
  /** Milliseconds of successful jobs, waiting for the lock included; null where there is none. */
  readonly median_ms: number | null;
  /** The same for 95 of 100 of them. */
  readonly p95_ms: number | null;
  /** Jobs that waited for a lock, in vain or not. */
  readonly lock_waits: number;
  /** Seconds of waiting for locks, of all jobs. */
  readonly lock_waited_seconds: number;
  /** Seconds of the longest of these waits. */
  readonly longest_wait_seconds: number;
  /** Rows that were refused. */
  readonly rejects: number;
  /** Jobs by how they ended. */
  readonly by_status: Readonly<Record<string, number>>;
}

/** By what jobs are put together: `day` is that of UTC on which they began. */
export type TotalsBy = "source" | "run" | "day";

/** Jobs of one source, run or day. */
export interface JobTotals extends JobStatistics {
  /** Name of the source, UUID of the run, or day `YYYY-MM-DD`. */
  readonly key: string;
  readonly first_at: string;
  readonly tickers: number;
}

/** Failures of one code. */
export interface FailureGroup {
  /** Code of the error; without one the status, such as `lock_timeout`. */
  readonly code: string;
  readonly jobs: number;
  readonly runs: number;
  readonly tickers: readonly string[];
  readonly source: string;
  readonly job_id: string;
  readonly newest_at: string;
  readonly message: string | null;
}

/** Jobs of one command of a run that began in one minute. */
export interface ActivityRow {
  readonly run_id: string;
  readonly command: string;
  /** When the first began; without its wait for a lock. */
  readonly from: string;
  /** When the last ended; null while one is at work. */
  readonly to: string | null;
  readonly jobs: number;
  readonly failures: number;
  readonly rows: number;
  /** Seconds of the longest wait for a lock among them. */
  readonly waited: number;
}

export interface RecentDays {
  readonly ticker: string;
  readonly source: string;
  readonly days: readonly string[];
  readonly closes: readonly number[];
  /** Days of which a row was refused, stored or not. */
  readonly refused: readonly string[];
}

/** Which prices are wanted. Empty lists filter nothing. */
export interface RecentFilter {
  readonly tickers?: readonly string[];
  readonly sources?: readonly string[];
  readonly from: string;
}

/** A day of a ticker: what was traded, and what that is in today's terms. */
export interface ChartDay {
  readonly date: string;
  readonly raw: number;
  readonly adjusted: number | null;
  readonly volume: number | null;
}

/** An ex-date. */
export interface ChartEvent {
  readonly date: string;
  readonly label: string;
  /** Prices before it are multiplied by that; 1 for none. */
  readonly split_factor: number;
  readonly cash_factor: number;
}

/** Prices of one ticker and source. */
export interface Chart {
  readonly days: readonly ChartDay[];
  readonly events: readonly ChartEvent[];
}

/** What a page shows beside statistics and gaps. */
export interface Activity {
  /** Totals of jobs by source, run or day; runs and days the newest first. */
  totals(filter: LogFilter, by: TotalsBy): Promise<readonly JobTotals[]>;

  /** Failures by code, the most frequent first. */
  failures(filter: LogFilter): Promise<readonly FailureGroup[]>;

  /** Jobs in the order in which they began, those of a minute together. */
  activity(filter: LogFilter): Promise<readonly ActivityRow[]>;

  /** Stored days from one on, by ticker and source. Time is by tickers and days, not by prices. */
  recent(filter: RecentFilter): Promise<readonly RecentDays[]>;

  /** Prices of a ticker and source from a day on, with events that change them. */
  chart(ticker: string, source: string, from: string): Promise<Chart>;
}

/** A row of `prices` of one ticker; without a close, one that was refused. */
export type RecentRow = readonly [source: string, date: string, close: number | null];

/** The days of a ticker by source, sorted by its name. */
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
