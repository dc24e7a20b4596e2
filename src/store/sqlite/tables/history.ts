import { lastPossibleDay } from "../../../base/day.ts";
import { lastCredible } from "../../../base/time.ts";
import type { StoredState } from "../../../model/prices.ts";
import { KEPT_ANSWER } from "../../adjusting.ts";
import {
  askedSince,
  type AskedWindow,
  SETTLED_AFTER_DAYS,
  type SettlingWindow,
} from "../../gaps.ts";
import type { FinishedWork } from "../../store.ts";
import type { Database } from "../connection/database.ts";

/** First and last stored day of a ticker, without days still to come, by two steps into the key. */
export function storedDays(
  db: Database,
  ticker: string,
  source: string,
): Pick<StoredState, "firstDate" | "lastDate"> {
  const day = (order: "ASC" | "DESC"): string | null => {
    const row = db.get(
      `SELECT date FROM prices WHERE ticker = ? AND source = ? AND date <= ?
       ORDER BY date ${order} LIMIT 1`,
      ticker,
      source,
      lastPossibleDay(Date.now()),
    );
    return row === undefined ? null : String(row.date);
  };
  return { firstDate: day("ASC"), lastDate: day("DESC") };
}

/** The days on which tickers have prices of a source, sorted. @param tickers Null for all. */
export function sessionsOf(
  db: Database,
  source: string,
  tickers: readonly string[] | null,
): string[] {
  const only = tickers === null ? "" : "AND ticker IN (SELECT value FROM json_each(?))";
  return db.all(
    `SELECT DISTINCT date FROM prices WHERE source = ? ${only} ORDER BY date`,
    source,
    ...tickers === null ? [] : [JSON.stringify(tickers)],
  ).map(({ date }) => String(date));
}

/**
 * Since when every day up to the newest was asked for by a success: `""` for all, null for none. A run
 * brings nothing of the days after its own, and one that begins in the future proves nothing.
 */
export function askedFrom(
  db: Pick<Database, "all">,
  ticker: string,
  source: string,
): string | null {
  const windows = db.all(
    `SELECT last, min(first) AS first FROM (
       SELECT coalesce(joined_from, window_from, '') AS first, min(window_to, substr(started_at, 1, 10)) AS last
       FROM ingest_logs
       WHERE ticker = ? AND source = ? AND status = 'success' AND window_to IS NOT NULL
         AND started_at <= ?)
     WHERE first <= last GROUP BY last ORDER BY last DESC`,
    ticker,
    source,
    lastCredible(),
  );
  return askedSince(windows as unknown as AskedWindow[]);
}

/** The windows that settle gaps, by ticker and source, the newest first. */
export function settlingWindows(
  db: Pick<Database, "all">,
  of?: Pick<SettlingWindow, "ticker" | "source">,
): SettlingWindow[] {
  return db.all(
    `SELECT * FROM (
       SELECT id, ticker, source, coalesce(window_from, '') AS first,
         min(window_to, date(started_at, '-${SETTLED_AFTER_DAYS} days')) AS last
       FROM ingest_logs WHERE status = 'success' AND window_to IS NOT NULL AND started_at <= ?
         -- Of such an answer no day between the stored ones was taken.
         AND history IS NOT 'contradicted'
         ${of === undefined ? "" : "AND ticker = ? AND source = ?"})
     WHERE first <= last ORDER BY ticker, source, id DESC`,
    lastCredible(),
    ...of === undefined ? [] : [of.ticker, of.source],
  ) as unknown as SettlingWindow[];
}

const NEWEST_ROWS = 1000;

/** The newest time in the log, of a run's beginning or end; null where there is no row. */
export function newestTime(db: Pick<Database, "get">): string | null {
  const row = db.get(
    `SELECT max(max(started_at, coalesce(finished_at, ''))) AS at FROM
       (SELECT started_at, finished_at FROM ingest_logs ORDER BY id DESC LIMIT ${NEWEST_ROWS})`,
  );
  return typeof row?.at === "string" ? row.at : null;
}

/** Days of the log that tell how its times follow each other. */
const NEWEST_DAYS = 400;

/** When the last run of each day was begun, in ms since 1970; of the newest days, less those to come. */
export function loggedDays(db: Pick<Database, "get" | "all">): number[] {
  const log = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'ingest_logs'";
  if (db.get(log) === undefined) return [];
  return db.all(
    `SELECT max(started_at) AS at FROM ingest_logs WHERE started_at <= ?
     GROUP BY substr(started_at, 1, 10) ORDER BY at DESC LIMIT ${NEWEST_DAYS}`,
    lastCredible(),
  ).map(({ at }) => Date.parse(String(at))).filter((ms) => !Number.isNaN(ms));
}

/**
 * When the whole history was last taken and whether it is in doubt; for older rows the newest success, so
 * that tickers come due one by one. A run of the future does not count: nothing would come due until then.
 */
export function lastWhole(
  db: Database,
  ticker: string,
  source: string,
): Pick<StoredState, "wholeAt" | "doubted"> {
  const newest = (condition: string) =>
    db.get(
      `SELECT history, started_at FROM ingest_logs WHERE ticker = ? AND source = ? AND ${condition}
         AND started_at <= ? ORDER BY id DESC LIMIT 1`,
      ticker,
      source,
      lastCredible(),
    );
  const row = newest("history IS NOT NULL") ?? newest(`status = 'success' AND ${KEPT_ANSWER}`);
  return {
    wholeAt: row === undefined ? null : String(row.started_at),
    doubted: row !== undefined && row.history !== null && row.history !== "whole",
  };
}

/** What the newest whole answers of a ticker denied, as long as each said the same. */
export function lastContradiction(
  db: Pick<Database, "get">,
  ticker: string,
  source: string,
): StoredState["contradiction"] {
  const row = db.get(
    `WITH told AS (SELECT id, history, error_message AS text, started_at FROM ingest_logs
       WHERE ticker = ?1 AND source = ?2 AND history IS NOT NULL),
     newest AS (SELECT text FROM told WHERE history = 'contradicted'
       AND id = (SELECT max(id) FROM told))
     SELECT text, min(started_at) AS since, count(*) AS answers FROM told JOIN newest USING (text)
     WHERE id > coalesce((SELECT max(id) FROM told JOIN newest
       ON told.history <> 'contradicted' OR told.text IS NOT newest.text), 0)
     GROUP BY text`,
    ticker,
    source,
  );
  return row === undefined
    ? undefined
    : { text: String(row.text), since: String(row.since), answers: Number(row.answers) };
}

/** Whether another run has finished the same work since the given time and not in the future. */
export function isFinished(db: Database, { ticker, source, since, work }: FinishedWork): boolean {
  const [condition, ...values] = "query" in work
    ? ["query = ?", work.query]
    : ["window_to >= ? AND coalesce(window_from, '') <= ?", work.to, work.from ?? ""];
  return db.get(
    `SELECT 1 AS done FROM ingest_logs WHERE ticker = ? AND source = ? AND status = 'success'
       AND finished_at BETWEEN ? AND ? AND ${condition} ORDER BY id DESC LIMIT 1`,
    ticker,
    source,
    since,
    lastCredible(),
    ...values,
  ) !== undefined;
}

/** When the source last said that it does not know a ticker, if that was its newest word since then. */
export function unknownSince(
  db: Pick<Database, "get">,
  ticker: string,
  source: string,
  since: string,
): string | null {
  const row = db.get(
    `SELECT finished_at, error_code FROM ingest_logs
     WHERE ticker = ? AND source = ? AND status IN ('success', 'failed')
     ORDER BY id DESC LIMIT 1`,
    ticker,
    source,
  );
  const at = String(row?.finished_at);
  const unknown = row?.error_code === "ticker_unknown" && at >= since && at <= lastCredible();
  return unknown ? at : null;
}

/** How far the sync of a dataset has come, in the source's own words; null where there are none. */
export function readCheckpoint(
  db: Database,
  source: string,
  name: string,
  query: string,
): string | null {
  const row = db.get(
    "SELECT checkpoint FROM sync_state WHERE source = ? AND name = ? AND query = ?",
    source,
    name,
    query,
  );
  return row === undefined ? null : String(row.checkpoint);
}

/** Notes how far a sync has come; in the transaction that writes what it has brought. */
export function writeCheckpoint(
  db: Database,
  source: string,
  name: string,
  query: string,
  checkpoint: string,
  now: string,
): void {
  db.run(
    `INSERT INTO sync_state (source, name, query, checkpoint, updated_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (source, name, query) DO UPDATE SET checkpoint = excluded.checkpoint,
       updated_at = excluded.updated_at`,
    ...[source, name, query, checkpoint, now],
  );
}
