/**
 * What earlier runs have done for a ticker, and how far the sync of a dataset has come.
 *
 * @module
 */
import { askedSince, type AskedWindow } from "../../asked.ts";
import { lastPossibleDay } from "../../../base/day.ts";
import type { StoredState } from "../../../model/prices.ts";
import type { FinishedWork } from "../../store.ts";
import type { Transaction } from "../connection/connection.ts";
import { SETTLED_AFTER_DAYS, type SettlingWindow } from "../../gaps.ts";
import { arrayText } from "../connection/driver.ts";

/** The last moment that is not still to come, on the server's clock. */
export const CREDIBLE = "clock_timestamp() + interval '2 s'";

/** The day of a time, in UTC, as text. */
const START_DAY = "to_char(started_at, 'YYYY-MM-DD')";

/** First and last stored day of a ticker; days that are still to come do not count. */
export async function storedDays(
  db: Transaction,
  ticker: string,
  source: string,
): Promise<Pick<StoredState, "firstDate" | "lastDate">> {
  const row = await db.get(
    `SELECT (SELECT date FROM prices WHERE ticker = $1 AND source = $2 AND date <= $3::date
       ORDER BY date LIMIT 1) AS first,
     (SELECT date FROM prices WHERE ticker = $1 AND source = $2 AND date <= $3::date
       ORDER BY date DESC LIMIT 1) AS last`,
    ticker,
    source,
    lastPossibleDay(Date.now()),
  );
  return { firstDate: textOrNull(row?.first), lastDate: textOrNull(row?.last) };
}

/** The days on which tickers have prices of a source, sorted. @param tickers Null for all. */
export async function sessionsOf(
  db: Transaction,
  source: string,
  tickers: readonly string[] | null,
): Promise<string[]> {
  const rows = await db.all(
    `SELECT DISTINCT date FROM prices WHERE source = $1
       ${tickers === null ? "" : "AND ticker = ANY($2::text[])"} ORDER BY date`,
    source,
    ...tickers === null ? [] : [arrayText(tickers)],
  );
  return rows.map(({ date }) => String(date));
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** The windows of successful runs, for {@linkcode askedSince}: one for each last day. */
const WINDOWS = `
  SELECT last, min(first) AS first FROM (
    SELECT coalesce(joined_from, to_char(window_from, 'YYYY-MM-DD'), '') AS first,
      least(to_char(window_to, 'YYYY-MM-DD'), ${START_DAY}) AS last
    FROM ingest_logs
    WHERE ticker = $1 AND source = $2 AND status = 'success' AND window_to IS NOT NULL
      AND started_at <= ${CREDIBLE}) AS windows
  WHERE first <= last COLLATE "C" GROUP BY last ORDER BY last DESC`;

/** Since when a ticker has been asked for, as `StoredState.askedFrom` says. */
export async function askedFrom(
  db: Transaction,
  ticker: string,
  source: string,
): Promise<string | null> {
  return askedSince(await db.all(WINDOWS, ticker, source) as unknown as AskedWindow[]);
}

/** The newest time is among the newest rows, but for clocks that were put back: this many are read. */
const NEWEST_ROWS = 1000;

/** The newest time in the log; null where there is no row. */
export async function newestTime(db: Transaction): Promise<string | null> {
  const row = await db.get(
    `SELECT max(greatest(started_at, finished_at)) AS at FROM
       (SELECT started_at, finished_at FROM ingest_logs ORDER BY id DESC LIMIT ${NEWEST_ROWS}) AS newest`,
  );
  return textOrNull(row?.at);
}

/** When the whole history was last asked for, and whether that answer is in doubt. */
export async function lastWhole(
  db: Transaction,
  ticker: string,
  source: string,
): Promise<Pick<StoredState, "wholeAt" | "doubted">> {
  const row = await db.get(
    `(SELECT history, started_at FROM ingest_logs WHERE ticker = $1 AND source = $2
        AND history IS NOT NULL ORDER BY id DESC LIMIT 1)
     UNION ALL
     (SELECT history, started_at FROM ingest_logs WHERE ticker = $1 AND source = $2
        AND status = 'success' ORDER BY id DESC LIMIT 1)
     LIMIT 1`,
    ticker,
    source,
  );
  return {
    wholeAt: textOrNull(row?.started_at),
    doubted: row !== undefined && row.history !== null && row.history !== "whole",
  };
}

/** What the newest whole answers of a ticker denied, as long as each said the same. */
export async function lastContradiction(
  db: Transaction,
  ticker: string,
  source: string,
): Promise<StoredState["contradiction"]> {
  const row = await db.get(
    `WITH told AS (SELECT id, history, error_message AS text, started_at FROM ingest_logs
       WHERE ticker = $1 AND source = $2 AND history IS NOT NULL),
     newest AS (SELECT text FROM told WHERE history = 'contradicted'
       AND id = (SELECT max(id) FROM told))
     SELECT told.text, min(started_at) AS since, count(*) AS answers
     FROM told JOIN newest USING (text)
     WHERE id > coalesce((SELECT max(id) FROM told CROSS JOIN newest
       WHERE told.history <> 'contradicted' OR told.text IS DISTINCT FROM newest.text), 0)
     GROUP BY told.text`,
    ticker,
    source,
  );
  return row === undefined
    ? undefined
    : { text: String(row.text), since: String(row.since), answers: Number(row.answers) };
}

/**
 * The windows that settle gaps, by ticker and source, the newest first.
 *
 * @param tickers Default all.
 */
export async function settlingWindows(
  db: Transaction,
  tickers?: readonly string[],
): Promise<SettlingWindow[]> {
  return await db.all(
    `SELECT * FROM (
       SELECT id, ticker, source, coalesce(to_char(window_from, 'YYYY-MM-DD'), '') AS first,
         to_char(least(window_to, (started_at AT TIME ZONE 'UTC')::date - ${SETTLED_AFTER_DAYS}),
           'YYYY-MM-DD') AS last
       FROM ingest_logs WHERE status = 'success' AND window_to IS NOT NULL
         AND started_at <= ${CREDIBLE}
         -- Of such an answer no day between the stored ones was taken.
         AND history IS DISTINCT FROM 'contradicted'
         ${tickers === undefined ? "" : "AND ticker = ANY($1::text[])"}) AS windows
     WHERE first <= last COLLATE "C" ORDER BY ticker, source, id DESC`,
    ...tickers === undefined ? [] : [arrayText(tickers)],
  ) as unknown as SettlingWindow[];
}

/** Tickers whose source's last word was that it does not know them, each with the source. */
export async function unknownPairs(
  db: Transaction,
  tickers?: readonly string[],
): Promise<{ readonly ticker: string; readonly source: string }[]> {
  return await db.all(
    `SELECT ticker, source FROM (
       SELECT DISTINCT ON (ticker, source) ticker, source, error_code, finished_at FROM ingest_logs
       WHERE ticker IS NOT NULL AND status IN ('success', 'failed')
         ${tickers === undefined ? "" : "AND ticker = ANY($1::text[])"}
       ORDER BY ticker, source, id DESC) AS newest
     WHERE error_code = 'ticker_unknown' AND finished_at <= ${CREDIBLE}`,
    ...tickers === undefined ? [] : [arrayText(tickers)],
  ) as unknown as { readonly ticker: string; readonly source: string }[];
}

/** Whether another run has finished the same work since then and not in the future. */
export async function isFinished(
  db: Transaction,
  { ticker, source, since, work }: FinishedWork,
): Promise<boolean> {
  const [condition, ...values] = "query" in work ? ["query = $4", work.query] : [
    "to_char(window_to, 'YYYY-MM-DD') >= $4 AND " +
    `coalesce(to_char(window_from, 'YYYY-MM-DD'), '') <= $5 COLLATE "C"`,
    work.to,
    work.from ?? "",
  ];
  return await db.get(
    `SELECT 1 AS done FROM ingest_logs WHERE ticker = $1 AND source = $2 AND status = 'success'
       AND finished_at >= $3::timestamptz AND finished_at <= ${CREDIBLE} AND ${condition} LIMIT 1`,
    ticker,
    source,
    since,
    ...values,
  ) !== undefined;
}

/** When the source last said that it does not know a ticker, if that was its newest word. */
export async function unknownSince(
  db: Transaction,
  ticker: string,
  source: string,
  since: string,
): Promise<string | null> {
  const row = await db.get(
    `SELECT finished_at FROM (
       SELECT finished_at, error_code FROM ingest_logs
       WHERE ticker = $1 AND source = $2 AND status IN ('success', 'failed')
       ORDER BY id DESC LIMIT 1) AS newest
     WHERE error_code = 'ticker_unknown' AND finished_at >= $3::timestamptz
       AND finished_at <= ${CREDIBLE}`,
    ticker,
    source,
    since,
  );
  return textOrNull(row?.finished_at);
}

/** A payload that a job is to bring in, unless another run has done so. */
export interface Payload {
  readonly id: number;
  readonly ticker: string;
  readonly source: string;
  readonly sha256: string;
  /** ISO 8601 in UTC. */
  readonly since: string;
}

/**
 * Of which jobs another run has brought in exactly the payload: the newest row that wrote something
 * decides, since an older equal payload may have been overwritten.
 *
 * @returns Ids of the jobs.
 */
export async function samePayloads(
  db: Transaction,
  payloads: readonly Payload[],
): Promise<Set<number>> {
  if (payloads.length === 0) return new Set();
  const rows = await db.all(
    `SELECT given.id FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[],
         $5::timestamptz[]) AS given (id, ticker, source, sha256, since)
       CROSS JOIN LATERAL (SELECT payload_sha256, finished_at FROM ingest_logs
         WHERE ingest_logs.ticker = given.ticker AND ingest_logs.source = given.source
           AND status = 'success' ORDER BY ingest_logs.id DESC LIMIT 1) AS newest
     WHERE newest.payload_sha256 = given.sha256 AND newest.finished_at >= given.since
       AND newest.finished_at <= ${CREDIBLE}`,
    arrayText(payloads.map(({ id }) => id)),
    arrayText(payloads.map(({ ticker }) => ticker)),
    arrayText(payloads.map(({ source }) => source)),
    arrayText(payloads.map(({ sha256 }) => sha256)),
    arrayText(payloads.map(({ since }) => since)),
  );
  return new Set(rows.map(({ id }) => Number(id)));
}

/** How far the sync of a dataset has come; null where nothing is noted. */
export async function readCheckpoint(
  db: Transaction,
  source: string,
  name: string,
  query: string,
): Promise<string | null> {
  const row = await db.get(
    "SELECT checkpoint FROM sync_state WHERE source = $1 AND name = $2 AND query = $3",
    source,
    name,
    query,
  );
  return textOrNull(row?.checkpoint);
}

/** Notes how far a sync has come; in the transaction that writes what it has brought. */
export async function writeCheckpoint(
  db: Transaction,
  source: string,
  name: string,
  { query, value }: { readonly query: string; readonly value: string },
): Promise<void> {
  await db.run(
    `INSERT INTO sync_state (source, name, query, checkpoint, updated_at)
     VALUES ($1, $2, $3, $4, clock_timestamp())
     ON CONFLICT (source, name, query) DO UPDATE SET checkpoint = excluded.checkpoint,
       updated_at = excluded.updated_at`,
    source,
    name,
    query,
    value,
  );
}
