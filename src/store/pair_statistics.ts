/**
 * Putting statistics together of what an engine has counted.
 *
 * @module
 */
import { isFailure } from "../model/job.ts";
import type { PairStatistics } from "./reports.ts";

/**
 * The nearest-rank percentile: the smallest value that at least that share (above 0, at most 1) of all
 * does not exceed; null where there is no number.
 */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** Statistics that are being put together. */
export type Pair = { -readonly [Key in keyof PairStatistics]: PairStatistics[Key] };

/** Key of a pair: as JSON, no two have the same. */
export function pairKey(ticker: unknown, source: unknown): string {
  return JSON.stringify([ticker, source]);
}

/** A pair of which nothing is known. */
export function emptyPair(ticker: string | null, source: string): Pair {
  return {
    ticker,
    source,
    last_success_at: null,
    last_day: null,
    whole_at: null,
    doubted: false,
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

/** What the log has of a ticker, source and status. */
export interface Group {
  readonly ticker: string | null;
  readonly source: string;
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

/** Adds what the log has to a pair. */
export function addGroup(pair: Pair, group: Group): void {
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

/** Statistics in order, with the last days of their prices. */
export function finishPairs(
  pairs: ReadonlyMap<string, Pair>,
  days: ReadonlyMap<string, string>,
): PairStatistics[] {
  return [...pairs].map(([key, pair]) => ({
    ...pair,
    last_day: days.get(key) ?? null,
    // The sum of decimal fractions is not one itself.
    lock_waited_seconds: Math.round(pair.lock_waited_seconds * 1000) / 1000,
  })).sort((a, b) => inOrder(a.ticker ?? "", b.ticker ?? "") || inOrder(a.source, b.source));
}

function inOrder(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
