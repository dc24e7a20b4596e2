import { lastPossibleDay } from "../../../base/day.ts";
import { lastCredible } from "../../../base/time.ts";
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
  const pairs = pairsOf(groups);
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

/** Totals of jobs, as `Activity.totals` says. */
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
    return finishTotals(by, groups, counted);
  });
}

/** Pairs whose prices no run of that source has brought in, by the newest day of each ticker alone. */
function storedPairs(db: Reader): Record<string, unknown>[] {
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
  );
}

function lastDays(db: Reader, pairs: Iterable<Pair>): Record<string, unknown>[] {
  const wanted = [...pairs].filter(({ ticker }) => ticker !== null)
    .map(({ ticker, source }) => [ticker, source]);
  return db.all(
    `SELECT pair.value ->> 0 AS ticker, pair.value ->> 1 AS source, (
       SELECT date FROM prices WHERE prices.ticker = pair.value ->> 0
         AND prices.source = pair.value ->> 1 AND date <= ? ORDER BY date DESC LIMIT 1) AS day
     FROM json_each(?) AS pair`,
    lastPossibleDay(Date.now()),
    JSON.stringify(wanted),
  );
}

function histories(db: Reader): Record<string, unknown>[] {
  return db.all(
    `SELECT ticker, source, max(started_at) FILTER (WHERE history <> 'contradicted') AS whole_at,
       max(id) > coalesce(max(id) FILTER (WHERE history = 'whole'), 0) AS doubted
     FROM ingest_logs WHERE history IS NOT NULL AND started_at <= ? GROUP BY ticker, source`,
    lastCredible(),
  );
}

/** Statistics per ticker and source, as `Reports.statistics` says. */
export function statistics(db: Reader, filter: LogFilter = {}): PairStatistics[] {
  return db.snapshot(() => {
    const pairs = gather(db, filter);
    addStored(pairs, storedPairs(db), filter);
    addHistories(pairs, histories(db));
    return finishPairs(pairs, lastDays(db, pairs.values()));
  });
}
