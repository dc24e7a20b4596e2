/**
 * What the log and the prices tell about each ticker and source.
 *
 * @module
 */
import { isFailure } from "../../../model/job.ts";
import { conditionsOf, type LogFilter } from "./logs.ts";
import type { Reader } from "../connection/reader.ts";

/** Source of the rows that `locks release --force` leaves: an audit, and no run. */
const AUDIT_SOURCE = "locks";

/** What is known of one ticker and source. Times are ISO 8601 in UTC. */
export interface PairStatistics {
  /** Null for what belongs to no ticker, such as files that could not be read. */
  readonly ticker: string | null;
  readonly source: string;
  readonly last_success_at: string | null;
  /** Last day of `prices`, `YYYY-MM-DD`. */
  readonly last_day: string | null;
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
  readonly p95_ms: number | null;
  /** Jobs that waited for a lock, in vain or not. */
  readonly lock_waits: number;
  readonly lock_waited_seconds: number;
  readonly longest_wait_seconds: number;
  readonly rejects: number;
  /** Jobs per status. */
  readonly by_status: Readonly<Record<string, number>>;
}

/**
 * The nearest-rank percentile: the smallest value that at least that share of all does not exceed.
 *
 * @param share Above 0 and at most 1.
 * @returns Null where there is no number.
 */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

interface Gathered {
  readonly ticker: string | null;
  readonly source: string;
  lastSuccess: string | null;
  durations: readonly number[];
  runs: number;
  failures: number;
  running: number;
  waits: number;
  waited: number;
  longest: number;
  rejects: number;
  readonly byStatus: Record<string, number>;
}

// With the names as JSON no two pairs have the same key, whatever they are made of.
function keyOf(ticker: unknown, source: unknown): string {
  return JSON.stringify([ticker, source]);
}

function emptyPair(ticker: string | null, source: string): Gathered {
  return {
    ticker,
    source,
    lastSuccess: null,
    durations: [],
    runs: 0,
    failures: 0,
    running: 0,
    waits: 0,
    waited: 0,
    longest: 0,
    rejects: 0,
    byStatus: {},
  };
}

function gather(db: Reader, filter: LogFilter): Map<string, Gathered> {
  const pairs = new Map<string, Gathered>();
  const { where, values } = conditionsOf(filter);
  const rows = db.all(
    `SELECT ticker, source, status, count(*) AS n, max(finished_at) AS newest,
       group_concat(duration_ms) AS durations, total(rows_rejected) AS rejects,
       count(*) FILTER (WHERE lock_action IN ('waited', 'timed_out')) AS waits,
       total(lock_waited_seconds) AS waited, max(lock_waited_seconds) AS longest
     FROM ingest_logs WHERE source <> '${AUDIT_SOURCE}' AND ${where}
     GROUP BY ticker, source, status`,
    ...values,
  );
  for (const row of rows) {
    const ticker = row.ticker === null ? null : String(row.ticker);
    const source = String(row.source);
    const key = keyOf(ticker, source);
    const pair = pairs.get(key) ?? emptyPair(ticker, source);
    pairs.set(key, pair);
    const status = String(row.status);
    const n = Number(row.n);
    pair.byStatus[status] = n;
    if (status === "running") pair.running = n;
    else if (status !== "dry_run") {
      pair.runs += n;
      pair.waits += Number(row.waits);
      pair.waited += Number(row.waited);
      pair.longest = Math.max(pair.longest, Number(row.longest ?? 0));
      pair.rejects += Number(row.rejects);
    }
    if (isFailure(status)) pair.failures += n;
    if (status !== "success") continue;
    pair.lastSuccess = typeof row.newest === "string" ? row.newest : null;
    const durations = typeof row.durations === "string" ? row.durations : "";
    if (durations !== "") pair.durations = durations.split(",").map(Number);
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

function lastDays(db: Reader, pairs: Iterable<Gathered>): Map<string, string> {
  const wanted = [...pairs].filter(({ ticker }) => ticker !== null)
    .map(({ ticker, source }) => [ticker, source]);
  const days = db.all(
    `SELECT pair.value ->> 0 AS ticker, pair.value ->> 1 AS source, (
       SELECT date FROM prices WHERE prices.ticker = pair.value ->> 0
         AND prices.source = pair.value ->> 1 ORDER BY date DESC LIMIT 1) AS day
     FROM json_each(?) AS pair`,
    JSON.stringify(wanted),
  );
  return new Map(
    days.filter(({ day }) => typeof day === "string")
      .map(({ ticker, source, day }) => [keyOf(ticker, source), String(day)]),
  );
}

function finish(pair: Gathered, lastDay: string | null): PairStatistics {
  const sorted = pair.durations.toSorted((a, b) => a - b);
  return {
    ticker: pair.ticker,
    source: pair.source,
    last_success_at: pair.lastSuccess,
    last_day: lastDay,
    runs: pair.runs,
    failures: pair.failures,
    failure_rate: pair.runs === 0 ? null : pair.failures / pair.runs,
    running: pair.running,
    median_ms: percentile(sorted, 0.5),
    p95_ms: percentile(sorted, 0.95),
    lock_waits: pair.waits,
    // The sum of decimal fractions is not one itself.
    lock_waited_seconds: Math.round(pair.waited * 1000) / 1000,
    longest_wait_seconds: pair.longest,
    rejects: pair.rejects,
    by_status: pair.byStatus,
  };
}

function byName(a: PairStatistics, b: PairStatistics): number {
  const left = [a.ticker ?? "", a.source];
  const right = [b.ticker ?? "", b.source];
  for (const [index, text] of left.entries()) {
    const other = right[index] ?? "";
    if (text !== other) return text < other ? -1 : 1;
  }
  return 0;
}

/**
 * Statistics per ticker and source, sorted by both. All of one moment.
 *
 * @param filter Which jobs count. Tickers and sources that have prices and no such job are there, too,
 *   with no runs.
 */
export function statistics(db: Reader, filter: LogFilter = {}): PairStatistics[] {
  return db.snapshot(() => {
    const pairs = gather(db, filter);
    for (const [ticker, source] of storedPairs(db, filter)) {
      const key = keyOf(ticker, source);
      if (!pairs.has(key)) pairs.set(key, emptyPair(ticker, source));
    }
    const days = lastDays(db, pairs.values());
    return [...pairs].map(([key, pair]) => finish(pair, days.get(key) ?? null)).sort(byName);
  });
}
