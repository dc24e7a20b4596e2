/**
 * Putting statistics together of what an engine has counted.
 *
 * @module
 */
import { FAILURE_STATUSES, isFailure, RUN_STATUSES } from "../model/job.ts";
import type { JobStatistics, JobTotals, TotalsBy } from "./activity.ts";
import type { PairStatistics, RunSummary } from "./reports.ts";

/** Rows of the log that failed, as SQL. */
export const FAILED: string = `status IN (${
  FAILURE_STATUSES.map((each) => `'${each}'`).join(", ")
})`;

/**
 * The nearest-rank percentile: the smallest value that at least that share (above 0, at most 1) of all
 * does not exceed; null where there is no number.
 */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Statistics that are being put together. */
export type Pair = Mutable<PairStatistics>;

/** Key of a pair: as JSON, no two have the same. */
export function pairKey(ticker: unknown, source: unknown): string {
  return JSON.stringify([ticker, source]);
}

function noJobs(): JobStatistics {
  return {
    last_success_at: null,
    runs: 0,
    failures: 0,
    failure_rate: null,
    running: 0,
    median_ms: null,
    p95_ms: null,
    lock_waits: 0,
    lock_waited_seconds: 0,
    longest_wait_seconds: 0,
    rejects: 0,
    by_status: {},
  };
}

/** A pair of which nothing is known. */
export function emptyPair(ticker: string | null, source: string): Pair {
  return {
    ticker,
    source,
    last_day: null,
    whole_at: null,
    doubted: false,
    failures_in_a_row: 0,
    failing_since: null,
    error_code: null,
    error_message: null,
    ...noJobs(),
  };
}

/** What the log has of one status. */
export interface StatusGroup {
  readonly status: string;
  readonly n: number;
  readonly newest: string | null;
  /** Of the successes, comma-separated milliseconds; null for none. */
  readonly durations: string | null;
  readonly rejects: number;
  readonly waits: number;
  readonly waited: number;
  readonly longest: number | null;
}

/** The same of a ticker and source. */
export interface Group extends StatusGroup {
  readonly ticker: string | null;
  readonly source: string;
  /** The newest row. */
  readonly newest_id: number;
}

/** The same of a source, run or day. */
export interface KeyedGroup extends StatusGroup {
  readonly key: string;
  readonly first_at: string;
}

/** A pair of which the newest job failed. */
export interface FailingPair {
  readonly ticker: string | null;
  readonly source: string;
  /** The newest row that did not fail; 0 for none. */
  readonly after: number;
}

/** What is known of the failures of a failing pair. */
export interface FailureFacts {
  readonly ticker: string | null;
  readonly source: string;
  readonly n: number;
  readonly since: string;
  readonly code: string;
  readonly message: string | null;
}

/** Adds what the log has to what is put together. */
export function addGroup(pair: Mutable<JobStatistics>, group: StatusGroup): void {
  const { status, n } = group;
  pair.by_status = { ...pair.by_status, [status]: n };
  if (status === "running") pair.running = n;
  else if (status !== "dry_run") {
    pair.runs += n;
    if (isFailure(status)) pair.failures += n;
    pair.failure_rate = pair.failures / pair.runs;
    pair.lock_waits += group.waits;
    pair.lock_waited_seconds += group.waited;
    pair.longest_wait_seconds = Math.max(pair.longest_wait_seconds, group.longest ?? 0);
    pair.rejects += group.rejects;
  }
  if (status !== "success") return;
  const durations = group.durations?.split(",").map(Number).sort((a, b) => a - b) ?? [];
  pair.last_success_at = group.newest;
  pair.median_ms = percentile(durations, 0.5);
  pair.p95_ms = percentile(durations, 0.95);
}

/** The pairs that {@linkcode addFailures} wants to know more of. */
export function failingPairs(groups: readonly Group[]): FailingPair[] {
  const ended = groups.filter(({ status }) => status !== "running" && status !== "dry_run");
  return [...Map.groupBy(ended, ({ ticker, source }) => pairKey(ticker, source)).values()]
    .flatMap((each): FailingPair[] => {
      const newest = (failed: boolean): number =>
        each.reduce(
          (max, group) => isFailure(group.status) === failed ? Math.max(max, group.newest_id) : max,
          0,
        );
      const [{ ticker, source } = { ticker: null, source: "" }] = each;
      const after = newest(false);
      return newest(true) > after ? [{ ticker, source, after }] : [];
    });
}

/** Tells of failing pairs why. */
export function addFailures(pairs: ReadonlyMap<string, Pair>, all: readonly FailureFacts[]): void {
  for (const { ticker, source, n, since, code, message } of all) {
    const pair = pairs.get(pairKey(ticker, source));
    if (pair === undefined) continue;
    pair.failures_in_a_row = n;
    pair.failing_since = since;
    pair.error_code = code;
    pair.error_message = message;
  }
}

/**
 * Totals in order.
 *
 * @param tickers How many there are of each key.
 */
export function finishTotals(
  by: TotalsBy,
  groups: readonly KeyedGroup[],
  tickers: ReadonlyMap<string, number>,
): JobTotals[] {
  return [...Map.groupBy(groups, ({ key }) => key)].map(([key, each]) => {
    const [first_at = ""] = each.map((group) => group.first_at).sort();
    const totals = { key, first_at, tickers: tickers.get(key) ?? 0, ...noJobs() };
    for (const group of each) addGroup(totals, group);
    return { ...totals, lock_waited_seconds: toMilliseconds(totals.lock_waited_seconds) };
  }).sort((a, b) => by === "source" ? inOrder(a.key, b.key) : inOrder(b.first_at, a.first_at));
}

// The sum of decimal fractions is not one itself.
function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Statistics in order, with the last days of their prices. */
export function finishPairs(
  pairs: ReadonlyMap<string, Pair>,
  days: ReadonlyMap<string, string>,
): PairStatistics[] {
  return [...pairs].map(([key, pair]) => ({
    ...pair,
    last_day: days.get(key) ?? null,
    lock_waited_seconds: toMilliseconds(pair.lock_waited_seconds),
  })).sort((a, b) => inOrder(a.ticker ?? "", b.ticker ?? "") || inOrder(a.source, b.source));
}

function inOrder(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** A run, of a row with a column for each status and the id of its newest job. */
export function summaryOf({ newest: _, ...row }: Record<string, unknown>): RunSummary {
  const counts = RUN_STATUSES.map((status) => [status, Number(row[status])] as const);
  const others = Object.entries(row).filter(([name]) =>
    !RUN_STATUSES.some((each) => each === name)
  );
  return {
    ...Object.fromEntries(others),
    by_status: Object.fromEntries(counts.filter(([, n]) => n > 0)),
  } as unknown as RunSummary;
}
