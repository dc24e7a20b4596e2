import { FAILURE_STATUSES, isFailure, type LogRow, RUN_STATUSES } from "../model/job.ts";
import type { FailureGroup, JobStatistics, JobTotals, TotalsBy } from "./activity.ts";
import type { LogFilter } from "./log_filter.ts";
import type { LastRun, PairStatistics, RunSummary } from "./reports.ts";

/** Rows of the log that failed, as SQL. */
export const FAILED: string = `status IN (${
  FAILURE_STATUSES.map((each) => `'${each}'`).join(", ")
})`;

/** The nearest-rank percentile: the smallest value that the share of all does not exceed; null for none. */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Row = Readonly<Record<string, unknown>>;

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

function emptyPair(ticker: string | null, source: string): Pair {
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

interface StatusGroup {
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
  readonly newest_id: number;
}

/** The same of a source, run or day. */
export interface KeyedGroup extends StatusGroup {
  readonly key: string;
  readonly first_at: string;
}

interface FailingPair {
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

function addGroup(pair: Mutable<JobStatistics>, group: StatusGroup): void {
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

/** Statistics by {@linkcode pairKey} of what the log has of each status. */
export function pairsOf(groups: readonly Group[]): Map<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const group of groups) {
    const key = pairKey(group.ticker, group.source);
    const pair = pairs.get(key) ?? emptyPair(group.ticker, group.source);
    pairs.set(key, pair);
    addGroup(pair, group);
  }
  return pairs;
}

/** Adds the pairs of rows that have prices and no such job, as far as the filter lets them through. */
export function addStored(
  pairs: Map<string, Pair>,
  rows: readonly Row[],
  { tickers = [], sources = [] }: LogFilter,
): void {
  for (const row of rows) {
    const [ticker, source] = [String(row.ticker), String(row.source)];
    if (tickers.length > 0 && !tickers.includes(ticker)) continue;
    if (sources.length > 0 && !sources.includes(source)) continue;
    const key = pairKey(ticker, source);
    if (!pairs.has(key)) pairs.set(key, emptyPair(ticker, source));
  }
}

/** Tells of pairs when their whole history was last taken, as runs are told. */
export function addHistories(pairs: ReadonlyMap<string, Pair>, rows: readonly Row[]): void {
  for (const { ticker, source, whole_at, doubted } of rows) {
    const pair = pairs.get(pairKey(ticker, source));
    if (pair === undefined) continue;
    pair.whole_at = whole_at === null ? null : String(whole_at);
    pair.doubted = Boolean(doubted);
  }
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

/** Totals in order. @param counted How many different tickers `n` each key has. */
export function finishTotals(
  by: TotalsBy,
  groups: readonly KeyedGroup[],
  counted: readonly Row[],
): JobTotals[] {
  const tickers = new Map(counted.map((row) => [row.key, Number(row.n)]));
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

/** Statistics in order. @param days The last `day` with a price of pairs. */
export function finishPairs(
  pairs: ReadonlyMap<string, Pair>,
  days: readonly Row[],
): PairStatistics[] {
  const last = new Map(days.map(({ ticker, source, day }) => [pairKey(ticker, source), day]));
  return [...pairs].map(([key, pair]) => ({
    ...pair,
    last_day: textOrNull(last.get(key)),
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

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** The newest run of a source, of a row for each status with its number `n`. */
export function lastRunOf(source: string, runId: string, rows: readonly Row[]): LastRun {
  return {
    runId,
    source,
    startedAt: rows.map((row) => String(row.started_at)).sort()[0] ?? "",
    statuses: Object.fromEntries(rows.map(({ status, n }) => [String(status), Number(n)])),
    error: rows.map((row) => textOrNull(row.error)).find((error) => error !== null) ?? null,
  };
}

/** Failures of one code, of a row whose tickers are JSON. */
export function failureGroupOf(row: Row): FailureGroup {
  const names: unknown[] = JSON.parse(String(row.tickers));
  const tickers = names.filter((each) => typeof each === "string").sort();
  return { ...row, tickers } as unknown as FailureGroup;
}

/** Jobs that are named beside one that met a lock. */
export const MOST_MEANWHILE = 5;

/** Until when a job wanted a lock that it did not get at once; undefined where it wanted none. */
export function wantedUntil(
  { ticker, lock_action, lock_waited_seconds, started_at }: LogRow,
): string | undefined {
  if (ticker === null || lock_action === null || lock_action === "acquired") return undefined;
  const waitedMs = Math.ceil((lock_waited_seconds ?? 0) * 1000);
  return new Date(Date.parse(started_at) + waitedMs).toISOString();
}
