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
import type { Reader } from "../connection/reader.ts";
import { storedTickers } from "../tables/prices.ts";
import { conditionsOf } from "./logs.ts";

/** Failures by code. */
export function failures(db: Reader, filter: LogFilter): FailureGroup[] {
  const { where, values } = conditionsOf(filter);
  return db.all(
    `WITH groups AS (
       SELECT coalesce(error_code, status) AS code, count(*) AS jobs,
         count(DISTINCT run_id) AS runs, json_group_array(DISTINCT ticker) AS tickers,
         max(id) AS newest
       FROM ingest_logs WHERE ${FAILED} AND source <> '${AUDIT_SOURCE}' AND ${where} GROUP BY 1
     )
     SELECT code, jobs, runs, tickers, source, job_id, started_at AS newest_at,
       error_message AS message
     FROM groups JOIN (SELECT id, source, job_id, started_at, error_message FROM ingest_logs)
       ON id = newest
     ORDER BY jobs DESC, code`,
    ...values,
  ).map(failureGroupOf);
}

/** Jobs by run, command and minute. */
export function activity(db: Reader, filter: LogFilter): ActivityRow[] {
  const { where, values } = conditionsOf(filter);
  return db.all(
    `SELECT run_id, command, min(started_at) AS "from",
       iif(max(finished_at IS NULL), NULL, max(finished_at)) AS "to", count(*) AS jobs,
       sum(${FAILED}) AS failures,
       sum(coalesce(rows_inserted, 0) + coalesce(rows_updated, 0)) AS rows,
       coalesce(max(lock_waited_seconds), 0) AS waited
     FROM ingest_logs WHERE source <> '${AUDIT_SOURCE}' AND ${where}
     GROUP BY run_id, command, substr(started_at, 1, 16) ORDER BY min(id)`,
    ...values,
  ) as unknown as ActivityRow[];
}

/** Stored days from one on. */
export function recent(
  db: Reader,
  { tickers = [], sources = [], from }: RecentFilter,
): RecentDays[] {
  return db.snapshot(() => {
    const wanted = tickers.length > 0 ? tickers : storedTickers(db);
    const refused = Map.groupBy(
      db.all(
        `SELECT DISTINCT ticker, source, date FROM ingest_rejects
         WHERE ticker IS NOT NULL AND date >= ? ORDER BY date`,
        from,
      ),
      ({ ticker }) => ticker,
    );
    return wanted.flatMap((ticker) => {
      const rows = db.arrays(
        "SELECT source, date, close FROM prices WHERE ticker = ? AND date >= ?",
        ticker,
        from,
      ) as unknown as RecentRow[];
      const others = (refused.get(ticker) ?? []).map(({ source, date }): RecentRow => [
        String(source),
        String(date),
        null,
      ]);
      return recentDays(ticker, [...rows, ...others], sources);
    });
  });
}

/** Prices of a ticker and source, with what changes them. */
export function chart(db: Reader, ticker: string, source: string, from: string): Chart {
  return db.snapshot(() => {
    const adjusted = db.all(
      `SELECT date, raw_close AS raw, adj_close AS adjusted, volume FROM prices_adjusted
       WHERE ticker = ? AND source = ? AND date >= ? ORDER BY date`,
      ticker,
      source,
      from,
    );
    const days = adjusted.length > 0 ? adjusted : db.all(
      `SELECT date, close AS raw, adj_close AS adjusted, volume FROM prices
       WHERE ticker = ? AND source = ? AND date >= ? ORDER BY date`,
      ticker,
      source,
      from,
    );
    const events = db.all(
      `SELECT ex_date AS date, kind AS label, split_factor, cash_factor FROM adjustment_factors
       WHERE ticker = ? AND ex_date >= ? AND ex_date <> '${NEWEST}' AND kind <> ''
       ORDER BY ex_date`,
      ticker,
      from,
    );
    return {
      days: days as unknown as ChartDay[],
      events: events as unknown as ChartEvent[],
    };
  });
}

/** Steps in the count of events that no event explains, as `Reports.unexplained` says. */
export function unexplainedSteps(db: Reader, tickers: readonly string[]): UnexplainedStep[] {
  const only = tickers.length === 0 ? "" : "AND ticker IN (SELECT value FROM json_each(?))";
  return db.all(
    `SELECT ticker, ex_date, unexplained AS reason,
       EXISTS (SELECT 1 FROM corporate_events AS events WHERE events.ticker = factors.ticker)
         OR EXISTS (SELECT 1 FROM corporate_actions AS actions
           WHERE actions.ticker = factors.ticker) AS has_events
     FROM adjustment_factors AS factors
     WHERE unexplained IS NOT NULL AND ex_date <> '${NEWEST}' ${only} ORDER BY ticker, ex_date`,
    ...tickers.length === 0 ? [] : [JSON.stringify(tickers)],
  ).map((row) => ({
    ticker: String(row.ticker),
    ex_date: String(row.ex_date),
    reason: String(row.reason),
    has_events: row.has_events === 1,
  }));
}
