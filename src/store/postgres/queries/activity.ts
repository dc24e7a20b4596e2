import { AUDIT_SOURCE } from "../../../model/job.ts";
import { NEWEST } from "../../../model/adjustment.ts";
import {
  type ActivityRow,
  type Chart,
  type ChartDay,
  type ChartEvent,
  type FailureGroup,
  type RecentDays,
  recentDays,
  type RecentFilter,
  type RecentRow,
} from "../../activity.ts";
import { FAILED, failureGroupOf } from "../../pair_statistics.ts";
import type { LogFilter, UnexplainedStep } from "../../reports.ts";
import type { Transaction } from "../connection/connection.ts";
import { arrayText } from "../connection/driver.ts";
import { knownTickers } from "../tables/prices.ts";
import { conditionsOf } from "./logs.ts";

/** Failures by code. */
export async function failures(db: Transaction, filter: LogFilter): Promise<FailureGroup[]> {
  const { where, values } = conditionsOf(filter);
  const rows = await db.all(
    `WITH groups AS (
       SELECT coalesce(error_code, status) AS code, count(*) AS jobs,
         count(DISTINCT run_id) AS runs, json_agg(DISTINCT ticker)::text AS tickers,
         max(id) AS newest
       FROM ingest_logs WHERE ${FAILED} AND source <> '${AUDIT_SOURCE}' AND ${where} GROUP BY 1
     )
     SELECT code, jobs, runs, tickers, source, job_id, started_at AS newest_at,
       error_message AS message
     FROM groups JOIN (SELECT id, source, job_id, started_at, error_message FROM ingest_logs) AS log
       ON id = newest
     ORDER BY jobs DESC, code COLLATE "C"`,
    ...values,
  );
  return rows.map(failureGroupOf);
}

/** Jobs by run, command and minute. */
export async function activity(db: Transaction, filter: LogFilter): Promise<ActivityRow[]> {
  const { where, values } = conditionsOf(filter);
  return await db.all(
    `SELECT run_id, command, min(started_at) AS "from",
       CASE WHEN bool_or(finished_at IS NULL) THEN NULL ELSE max(finished_at) END AS "to",
       count(*) AS jobs, count(*) FILTER (WHERE ${FAILED}) AS failures,
       sum(coalesce(rows_inserted, 0) + coalesce(rows_updated, 0))::bigint AS rows,
       coalesce(max(lock_waited_seconds), 0) AS waited
     FROM ingest_logs WHERE source <> '${AUDIT_SOURCE}' AND ${where}
     GROUP BY run_id, command, date_trunc('minute', started_at) ORDER BY min(id)`,
    ...values,
  ) as unknown as ActivityRow[];
}

/** Stored days from one on. */
export async function recent(
  db: Transaction,
  { tickers = [], sources = [], from }: RecentFilter,
): Promise<RecentDays[]> {
  const wanted = tickers.length > 0 ? tickers : await knownTickers(db);
  const refused = await db.all(
    `SELECT DISTINCT ticker, source, date FROM ingest_rejects
     WHERE ticker = ANY($1::text[]) AND date >= $2 ORDER BY date`,
    arrayText(wanted),
    from,
  );
  const rows = await db.all(
    `SELECT wanted.ticker, source, to_char(date, 'YYYY-MM-DD') AS date, close
     FROM unnest($1::text[]) WITH ORDINALITY AS wanted (ticker, place)
       CROSS JOIN LATERAL (SELECT source, date, close FROM prices
         WHERE prices.ticker = wanted.ticker AND prices.date >= $2::date) AS newest
     ORDER BY place, date`,
    arrayText(wanted),
    from,
  );
  return [...Map.groupBy([...rows, ...refused], ({ ticker }) => String(ticker))].flatMap((
    [ticker, each],
  ) =>
    recentDays(
      ticker,
      each.map(({ source, date, close }): RecentRow => [
        String(source),
        String(date),
        close === undefined ? null : Number(close),
      ]),
      sources,
    )
  );
}

/** Prices of a ticker and source, with what changes them. */
export async function chart(
  db: Transaction,
  ticker: string,
  source: string,
  from: string,
): Promise<Chart> {
  const condition = `WHERE ticker = $1 AND source = $2 AND date >= $3::date ORDER BY date`;
  const day = "to_char(date, 'YYYY-MM-DD') AS date";
  const adjusted = await db.all(
    `SELECT ${day}, raw_close AS raw, adj_close AS adjusted, volume FROM prices_adjusted ${condition}`,
    ...[ticker, source, from],
  );
  const days = adjusted.length > 0 ? adjusted : await db.all(
    `SELECT ${day}, close AS raw, adj_close AS adjusted, volume FROM prices ${condition}`,
    ...[ticker, source, from],
  );
  const events = await db.all(
    `SELECT to_char(ex_date, 'YYYY-MM-DD') AS date, kind AS label, split_factor, cash_factor
     FROM adjustment_factors WHERE ticker = $1 AND ex_date >= $2::date
       AND ex_date <> '${NEWEST}'::date AND kind <> '' ORDER BY ex_date`,
    ticker,
    from,
  );
  return { days: days as unknown as ChartDay[], events: events as unknown as ChartEvent[] };
}

/** Steps in the count of events that no event explains, as `Reports.unexplained` says. */
export async function unexplainedSteps(
  db: Transaction,
  tickers: readonly string[],
): Promise<UnexplainedStep[]> {
  return await db.all(
    `SELECT ticker, ex_date, unexplained AS reason,
       EXISTS (SELECT FROM corporate_events AS events WHERE events.ticker = factors.ticker)
         OR EXISTS (SELECT FROM corporate_actions AS actions
           WHERE actions.ticker = factors.ticker) AS has_events
     FROM adjustment_factors AS factors
     WHERE unexplained IS NOT NULL AND ex_date <> '${NEWEST}'
       AND (cardinality($1::text[]) = 0 OR ticker = ANY($1::text[])) ORDER BY ticker, ex_date`,
    arrayText(tickers),
  ) as unknown as UnexplainedStep[];
}
