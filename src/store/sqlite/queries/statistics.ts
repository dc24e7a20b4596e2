/**
 * What the log and the prices tell about each ticker and source.
 *
 * @module
 */
import { lastPossibleDay } from "../../../base/day.ts";
import { lastCredible } from "../../../base/time.ts";
import { AUDIT_SOURCE } from "../../../model/job.ts";
import type { JobTotals, TotalsBy } from "../../activity.ts";
import {
  addFailures,
  addGroup,
  emptyPair,
  FAILED,
  failingPairs,
  type FailureFacts,
  finishPairs,
  finishTotals,
  type Group,
  type KeyedGroup,
  type Pair,
  pairKey,
} from "../../pair_statistics.ts";
import type { LogFilter, PairStatistics } from "../../reports.ts";
import { conditionsOf } from "./logs.ts";
import type { Reader } from "../connection/reader.ts";

/** What is counted of the jobs of a status; begins with a value, the last credible time. */
const COUNTED = `count(*) AS n, max(finished_at) FILTER (WHERE finished_at <= ?) AS newest,
  group_concat(duration_ms) AS durations, total(rows_rejected) AS rejects,
  count(*) FILTER (WHERE lock_action IN ('waited', 'timed_out')) AS waits,
  total(lock_waited_seconds) AS waited, max(lock_waited_seconds) AS longest`;

function gather(db: Reader, filter: LogFilter): Map<string, Pair> {
  const { where, values } = conditionsOf(filter);
  const groups = db.all(
    `SELECT ticker, source, status, max(id) AS newest_id, ${COUNTED}
     FROM ingest_logs WHERE source <> '${AUDIT_SOURCE}' AND ${where}
     GROUP BY ticker, source, status`,
    lastCredible(),
    ...values,
  ) as unknown as Group[];
  const pairs = new Map<string, Pair>();
  for (const group of groups) {
    const key = pairKey(group.ticker, group.source);
    const pair = pairs.get(key) ?? emptyPair(group.ticker, group.source);
    pairs.set(key, pair);
    addGroup(pair, group);
  }
  const failing = failingPairs(groups);
  if (failing.length > 0) {
    const facts = db.all(
      `WITH failing AS (
         SELECT value ->> 'ticker' AS ticker, value ->> 'source' AS source, value ->> 'after' AS after
         FROM json_each(?)
       ), counted AS (
         SELECT log.ticker, log.source, count(*) AS n, min(started_at) AS since, max(log.id) AS newest
         FROM failing JOIN ingest_logs AS log
           ON log.ticker IS failing.ticker AND log.source = failing.source AND log.id > failing.after
         WHERE ${FAILED} GROUP BY log.ticker, log.source
       )
       SELECT counted.ticker, counted.source, n, since, coalesce(error_code, status) AS code,
         error_message AS message
       FROM counted JOIN ingest_logs AS log ON log.id = newest
       WHERE counted.ticker IS NOT NULL OR NOT EXISTS (
         SELECT 1 FROM ingest_logs AS later WHERE later.id > newest AND later.source = counted.source
           AND later.status = 'success' AND later.run_id <> log.run_id)`,
      JSON.stringify(failing),
    );
    addFailures(pairs, facts as unknown as FailureFacts[]);
  }
  return pairs;
}

const KEYS: Readonly<Record<TotalsBy, string>> = {
  source: "source",
  run: "run_id",
  day: "substr(started_at, 1, 10)",
};

/** Numbers of jobs, as `Activity.totals` says. */
export function totals(db: Reader, filter: LogFilter, by: TotalsBy): JobTotals[] {
  const { where, values } = conditionsOf(filter);
  const key = KEYS[by];
  const from = `FROM ingest_logs WHERE source <> '${AUDIT_SOURCE}' AND ${where}`;
  return db.snapshot(() => {
    const groups = db.all(
      `SELECT ${key} AS key, status, min(started_at) AS first_at, ${COUNTED} ${from}
       GROUP BY 1, status`,
      lastCredible(),
      ...values,
    ) as unknown as KeyedGroup[];
    const counted = db.all(
      `SELECT ${key} AS key, count(DISTINCT ticker) AS n ${from} GROUP BY 1`,
      ...values,
    );
    return finishTotals(
      by,
      groups,
      new Map(counted.map((row) => [String(row.key), Number(row.n)])),
    );
  });
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
      .map(({ ticker, source, day }) => [pairKey(ticker, source), String(day)]),
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
    const pair = pairs.get(pairKey(ticker, source));
    if (pair === undefined) continue;
    pair.whole_at = whole_at === null ? null : String(whole_at);
    pair.doubted = doubted === 1;
  }
}

/** Statistics per ticker and source, as `Reports.statistics` says. */
export function statistics(db: Reader, filter: LogFilter = {}): PairStatistics[] {
  return db.snapshot(() => {
    const pairs = gather(db, filter);
    for (const [ticker, source] of storedPairs(db, filter)) {
      const key = pairKey(ticker, source);
      if (!pairs.has(key)) pairs.set(key, emptyPair(ticker, source));
    }
    addHistories(db, pairs);
    const days = lastDays(db, pairs.values());
    return finishPairs(pairs, days);
  });
}
