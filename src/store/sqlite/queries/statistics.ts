/**
 * What the log and the prices tell about each ticker and source.
 *
 * @module
 */
import { lastPossibleDay } from "../../../base/day.ts";
import { lastCredible } from "../../../base/time.ts";
import { AUDIT_SOURCE, isFailure } from "../../../model/job.ts";
import type { LogFilter, PairStatistics } from "../../reports.ts";
import { conditionsOf } from "./logs.ts";
import type { Reader } from "../connection/reader.ts";

/**
 * The nearest-rank percentile: the smallest value that at least that share (above 0, at most 1) of all
 * does not exceed; null where there is no number.
 */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

type Pair = { -readonly [Key in keyof PairStatistics]: PairStatistics[Key] };

// As JSON, no two pairs have the same key.
function keyOf(ticker: unknown, source: unknown): string {
  return JSON.stringify([ticker, source]);
}

function emptyPair(ticker: string | null, source: string): Pair {
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
interface Group {
  readonly ticker: string | null;
  readonly source: string;
  readonly status: string;
  readonly n: number;
  readonly newest: string | null;
  readonly durations: string | null;
  readonly rejects: number;
  readonly waits: number;
  readonly waited: number;
  readonly longest: number | null;
}

function add(pair: Pair, group: Group): void {
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

function gather(db: Reader, filter: LogFilter): Map<string, Pair> {
  const { where, values } = conditionsOf(filter);
  const groups = db.all(
    `SELECT ticker, source, status, count(*) AS n, max(finished_at) FILTER (WHERE finished_at <= ?) AS newest,
       group_concat(duration_ms) AS durations, total(rows_rejected) AS rejects,
       count(*) FILTER (WHERE lock_action IN ('waited', 'timed_out')) AS waits,
       total(lock_waited_seconds) AS waited, max(lock_waited_seconds) AS longest
     FROM ingest_logs WHERE source <> '${AUDIT_SOURCE}' AND ${where}
     GROUP BY ticker, source, status`,
    lastCredible(),
    ...values,
  ) as unknown as Group[];
  const pairs = new Map<string, Pair>();
  for (const group of groups) {
    const key = keyOf(group.ticker, group.source);
    const pair = pairs.get(key) ?? emptyPair(group.ticker, group.source);
    pairs.set(key, pair);
    add(pair, group);
  }
  return pairs;
}

/**
 * Pairs whose prices no run of that source has brought in: the files of `csv` can name a source of
 * their own. Only the newest day of each ticker is looked at, so it takes as long as there are tickers.
 */
function storedPairs(db: Reader, { tickers = [], sources = [] }: LogFilter): [string, string][] {
  return db.all(
    `WITH RECURSIVE known (ticker) AS (
       SELECT min(ticker) FROM prices
       UNION ALL
       SELECT (SELECT min(prices.ticker) FROM prices WHERE prices.ticker > known.ticker)
       FROM known WHERE known.ticker IS NOT NULL
     )
     SELECT prices.ticker, prices.source FROM known JOIN prices
       ON prices.ticker = known.ticker AND prices.date = (
         SELECT max(newest.date) FROM prices AS newest WHERE newest.ticker = known.ticker)
     WHERE known.ticker IS NOT NULL`,
  ).map(({ ticker, source }): [string, string] => [String(ticker), String(source)])
    .filter(([ticker, source]) =>
      (tickers.length === 0 || tickers.includes(ticker)) &&
      (sources.length === 0 || sources.includes(source))
    );
}

function lastDays(db: Reader, pairs: Iterable<Pair>): Map<string, string> {
  const wanted = [...pairs].filter(({ ticker }) => ticker !== null)
    .map(({ ticker, source }) => [ticker, source]);
  const days = db.all(
    `SELECT pair.value ->> 0 AS ticker, pair.value ->> 1 AS source, (
       SELECT date FROM prices WHERE prices.ticker = pair.value ->> 0
         AND prices.source = pair.value ->> 1 AND date <= ? ORDER BY date DESC LIMIT 1) AS day
     FROM json_each(?) AS pair`,
    lastPossibleDay(Date.now()),
    JSON.stringify(wanted),
  );
  return new Map(
    days.filter(({ day }) => typeof day === "string")
      .map(({ ticker, source, day }) => [keyOf(ticker, source), String(day)]),
  );
}

/** Tells of each pair when its whole history was last taken, as `lastWhole` tells it to runs. */
function addHistories(db: Reader, pairs: ReadonlyMap<string, Pair>): void {
  const rows = db.all(
    `SELECT ticker, source, max(started_at) FILTER (WHERE history <> 'contradicted') AS whole_at,
       max(id) > coalesce(max(id) FILTER (WHERE history = 'whole'), 0) AS doubted
     FROM ingest_logs WHERE history IS NOT NULL AND started_at <= ? GROUP BY ticker, source`,
    lastCredible(),
  );
  for (const { ticker, source, whole_at, doubted } of rows) {
    const pair = pairs.get(keyOf(ticker, source));
    if (pair === undefined) continue;
    pair.whole_at = whole_at === null ? null : String(whole_at);
    pair.doubted = doubted === 1;
  }
}

function inOrder(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Statistics per ticker and source, as `Reports.statistics` says. */
export function statistics(db: Reader, filter: LogFilter = {}): PairStatistics[] {
  return db.snapshot(() => {
    const pairs = gather(db, filter);
    for (const [ticker, source] of storedPairs(db, filter)) {
      const key = keyOf(ticker, source);
      if (!pairs.has(key)) pairs.set(key, emptyPair(ticker, source));
    }
    addHistories(db, pairs);
    const days = lastDays(db, pairs.values());
    return [...pairs].map(([key, pair]) => ({
      ...pair,
      last_day: days.get(key) ?? null,
      // The sum of decimal fractions is not one itself.
      lock_waited_seconds: Math.round(pair.lock_waited_seconds * 1000) / 1000,
    })).sort((a, b) => inOrder(a.ticker ?? "", b.ticker ?? "") || inOrder(a.source, b.source));
  });
}
