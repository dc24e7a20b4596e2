import { lastPossibleDay } from "../../../base/day.ts";
import { AUDIT_SOURCE } from "../../../model/job.ts";
import type { JobTotals, TotalsBy } from "../../activity.ts";
import {
  addFailures,
  addHistories,
  addStored,
  FAILED,
  failingPairs,
  type FailureFacts,
  finishPairs,
  finishTotals,
  type Group,
  type KeyedGroup,
  type Pair,
  pairsOf,
} from "../../pair_statistics.ts";
import type { LogFilter, PairStatistics } from "../../reports.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText, type SqlRow } from "../connection/driver.ts";
import { CREDIBLE } from "../tables/history.ts";
import { KNOWN_TICKERS } from "../tables/prices.ts";
import { conditionsOf } from "./logs.ts";

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
  const pairs = pairsOf(groups);
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

/** Totals of jobs, as `Activity.totals` says. */
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
  return finishTotals(by, groups, counted);
}

function storedPairs(db: Transaction): Promise<SqlRow[]> {
  return db.all(
    `WITH RECURSIVE ${KNOWN_TICKERS}
     SELECT newest.ticker, newest.source FROM known CROSS JOIN LATERAL (
       SELECT ticker, source FROM prices WHERE prices.ticker = known.ticker AND prices.date = (
         SELECT max(last.date) FROM prices AS last WHERE last.ticker = known.ticker)) AS newest
     WHERE known.ticker IS NOT NULL`,
  );
}

function lastDays(db: Transaction, pairs: Iterable<Pair>): Promise<SqlRow[]> {
  const wanted = [...pairs].filter(({ ticker }) => ticker !== null);
  return db.all(
    `SELECT pair.ticker, pair.source, (
       SELECT date FROM prices WHERE prices.ticker = pair.ticker AND prices.source = pair.source
         AND date <= $3::date ORDER BY date DESC LIMIT 1) AS day
     FROM unnest($1::text[], $2::text[]) AS pair (ticker, source)`,
    arrayText(wanted.map(({ ticker }) => ticker)),
    arrayText(wanted.map(({ source }) => source)),
    lastPossibleDay(Date.now()),
  );
}

function histories(db: Transaction): Promise<SqlRow[]> {
  return db.all(
    `SELECT ticker, source, max(started_at) FILTER (WHERE history <> 'contradicted') AS whole_at,
       max(id) > coalesce(max(id) FILTER (WHERE history = 'whole'), 0) AS doubted
     FROM ingest_logs WHERE history IS NOT NULL AND started_at <= ${CREDIBLE}
     GROUP BY ticker, source`,
  );
}

/** Statistics per ticker and source, as `Reports.statistics` says. */
export async function statistics(db: Transaction, filter: LogFilter): Promise<PairStatistics[]> {
  const pairs = await gather(db, filter);
  addStored(pairs, await storedPairs(db), filter);
  addHistories(pairs, await histories(db));
  return finishPairs(pairs, await lastDays(db, pairs.values()));
}
