/**
 * What the log and the prices tell about each ticker and source.
 *
 * @module
 */
import { lastPossibleDay } from "../../../base/day.ts";
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
import type { Transaction } from "../connection/connection.ts";
import { arrayText } from "../connection/driver.ts";
import { CREDIBLE } from "../tables/history.ts";
import { KNOWN_TICKERS } from "../tables/prices.ts";
import { conditionsOf } from "./logs.ts";

/** What is counted of the jobs of a status. */
const COUNTED =
  `count(*) AS n, max(finished_at) FILTER (WHERE finished_at <= ${CREDIBLE}) AS newest,
  string_agg(duration_ms::text, ',') FILTER (WHERE status = 'success') AS durations,
  coalesce(sum(rows_rejected), 0)::bigint AS rejects,
  count(*) FILTER (WHERE lock_action IN ('waited', 'timed_out')) AS waits,
  coalesce(sum(lock_waited_seconds), 0) AS waited, max(lock_waited_seconds) AS longest`;

async function gather(db: Transaction, filter: LogFilter): Promise<Map<string, Pair>> {
  const conditions = conditionsOf(filter);
  const groups = await db.all(
    `SELECT ticker, source, status, max(id) AS newest_id, ${COUNTED}
     FROM ingest_logs WHERE source <> '${AUDIT_SOURCE}' AND ${conditions.where}
     GROUP BY ticker, source, status ORDER BY ticker, source, status`,
    ...conditions.values,
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
    const facts = await db.all(
      `WITH failing AS (
         SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS each (ticker, source, after)
       ), counted AS (
         SELECT log.ticker, log.source, count(*) AS n, min(started_at) AS since, max(log.id) AS newest
         FROM failing JOIN ingest_logs AS log ON log.source = failing.source
           AND log.id > failing.after AND (log.ticker = failing.ticker
             OR log.ticker IS NULL AND failing.ticker IS NULL)
         WHERE ${FAILED} GROUP BY log.ticker, log.source
       )
       SELECT counted.ticker, counted.source, n, since, coalesce(error_code, status) AS code,
         error_message AS message
       FROM counted JOIN ingest_logs AS log ON log.id = newest
       WHERE counted.ticker IS NOT NULL OR NOT EXISTS (
         SELECT 1 FROM ingest_logs AS later WHERE later.id > newest AND later.source = counted.source
           AND later.status = 'success' AND later.run_id <> log.run_id)`,
      arrayText(failing.map(({ ticker }) => ticker)),
      arrayText(failing.map(({ source }) => source)),
      arrayText(failing.map(({ after }) => after)),
    );
    addFailures(pairs, facts as unknown as FailureFacts[]);
  }
  return pairs;
}

const KEYS: Readonly<Record<TotalsBy, string>> = {
  source: "source",
  run: "run_id",
  day: "to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
};

/** Numbers of jobs, as `Activity.totals` says. */
export async function totals(
  db: Transaction,
  filter: LogFilter,
  by: TotalsBy,
): Promise<JobTotals[]> {
  const { where, values } = conditionsOf(filter);
  const from = `FROM ingest_logs WHERE source <> '${AUDIT_SOURCE}' AND ${where}`;
  const groups = await db.all(
    `SELECT ${KEYS[by]} AS key, status, min(started_at) AS first_at, ${COUNTED} ${from}
     GROUP BY 1, status ORDER BY 1, status`,
    ...values,
  ) as unknown as KeyedGroup[];
  const counted = await db.all(
    `SELECT ${KEYS[by]} AS key, count(DISTINCT ticker) AS n ${from} GROUP BY 1`,
    ...values,
  );
  return finishTotals(by, groups, new Map(counted.map((row) => [String(row.key), Number(row.n)])));
}

/** Pairs whose prices no run of that source has brought in, by the newest day of each ticker. */
async function addStored(
  db: Transaction,
  { tickers = [], sources = [] }: LogFilter,
  pairs: Map<string, Pair>,
): Promise<void> {
  const rows = await db.all(
    `WITH RECURSIVE ${KNOWN_TICKERS}
     SELECT newest.ticker, newest.source FROM known CROSS JOIN LATERAL (
       SELECT ticker, source FROM prices WHERE prices.ticker = known.ticker AND prices.date = (
         SELECT max(last.date) FROM prices AS last WHERE last.ticker = known.ticker)) AS newest
     WHERE known.ticker IS NOT NULL`,
  );
  for (const row of rows) {
    const [ticker, source] = [String(row.ticker), String(row.source)];
    if (tickers.length > 0 && !tickers.includes(ticker)) continue;
    if (sources.length > 0 && !sources.includes(source)) continue;
    const key = pairKey(ticker, source);
    if (!pairs.has(key)) pairs.set(key, emptyPair(ticker, source));
  }
}

async function lastDays(db: Transaction, pairs: Iterable<Pair>): Promise<Map<string, string>> {
  const wanted = [...pairs].filter(({ ticker }) => ticker !== null);
  const days = await db.all(
    `SELECT pair.ticker, pair.source, (
       SELECT date FROM prices WHERE prices.ticker = pair.ticker AND prices.source = pair.source
         AND date <= $3::date ORDER BY date DESC LIMIT 1) AS day
     FROM unnest($1::text[], $2::text[]) AS pair (ticker, source)`,
    arrayText(wanted.map(({ ticker }) => ticker)),
    arrayText(wanted.map(({ source }) => source)),
    lastPossibleDay(Date.now()),
  );
  return new Map(
    days.filter(({ day }) => typeof day === "string")
      .map(({ ticker, source, day }) => [pairKey(ticker, source), String(day)]),
  );
}

/** Tells of each pair when its whole history was last taken. */
async function addHistories(db: Transaction, pairs: ReadonlyMap<string, Pair>): Promise<void> {
  const rows = await db.all(
    `SELECT ticker, source, max(started_at) FILTER (WHERE history <> 'contradicted') AS whole_at,
       max(id) > coalesce(max(id) FILTER (WHERE history = 'whole'), 0) AS doubted
     FROM ingest_logs WHERE history IS NOT NULL AND started_at <= ${CREDIBLE}
     GROUP BY ticker, source`,
  );
  for (const { ticker, source, whole_at, doubted } of rows) {
    const pair = pairs.get(pairKey(ticker, source));
    if (pair === undefined) continue;
    pair.whole_at = whole_at === null ? null : String(whole_at);
    pair.doubted = doubted === true;
  }
}

/** Statistics per ticker and source, as `Reports.statistics` says. */
export async function statistics(db: Transaction, filter: LogFilter): Promise<PairStatistics[]> {
  const pairs = await gather(db, filter);
  await addStored(db, filter, pairs);
  await addHistories(db, pairs);
  return finishPairs(pairs, await lastDays(db, pairs.values()));
}
