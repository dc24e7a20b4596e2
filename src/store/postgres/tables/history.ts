import { lastPossibleDay } from "../../../base/day.ts";
import type { CorporateAction, StoredState } from "../../../model/prices.ts";
import { KEPT_ANSWER } from "../../adjusting.ts";
import type { FinishedWork } from "../../store.ts";
import type { Payload } from "../../writing.ts";
import type { Transaction } from "../connection/connection.ts";
import {
  askedSince,
  type AskedWindow,
  SETTLED_AFTER_DAYS,
  type SettlingWindow,
} from "../../gaps.ts";
import { arrayText, type SqlRow, textOrNull } from "../connection/driver.ts";

/** The last moment that is not still to come, on the server's clock. */
export const CREDIBLE = "clock_timestamp() + interval '2 s'";

const START_DAY = "to_char(started_at, 'YYYY-MM-DD')";

/** A ticker of a source. */
export interface Pair {
  readonly ticker: string;
  readonly source: string;
}

const PAIRS = "unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (ticker, source, place)";

const OF_PAIR = "ticker = given.ticker AND source = given.source";

function valuesOf(pairs: readonly Pair[]): [tickers: string, sources: string] {
  return [
    arrayText(pairs.map(({ ticker }) => ticker)),
    arrayText(pairs.map((each) => each.source)),
  ];
}

function byPlace<Row>(all: readonly unknown[], rows: readonly SqlRow[]): Row[][] {
  const found = all.map((): Row[] => []);
  for (const { place, ...row } of rows) found[Number(place) - 1]?.push(row as Row);
  return found;
}

/** First and last stored days; days that are still to come do not count. */
export async function storedDays(
  db: Transaction,
  pairs: readonly Pair[],
): Promise<Pick<StoredState, "firstDate" | "lastDate">[]> {
  const day = (order: string) =>
    `(SELECT date FROM prices WHERE ${OF_PAIR} AND date <= $3::date ORDER BY date ${order} LIMIT 1)`;
  return await db.all(
    `SELECT ${day("ASC")} AS "firstDate", ${
      day("DESC")
    } AS "lastDate" FROM ${PAIRS} ORDER BY place`,
    ...valuesOf(pairs),
    lastPossibleDay(Date.now()),
  ) as unknown as Pick<StoredState, "firstDate" | "lastDate">[];
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

/** The windows of successful runs, for {@linkcode askedSince}: one for each last day. */
const WINDOWS = `
  SELECT last, min(first) AS first FROM (
    SELECT coalesce(joined_from, to_char(window_from, 'YYYY-MM-DD'), '') AS first,
      least(to_char(window_to, 'YYYY-MM-DD'), ${START_DAY}) AS last
    FROM ingest_logs
    WHERE ${OF_PAIR} AND status = 'success' AND window_to IS NOT NULL
      AND started_at <= ${CREDIBLE}) AS windows
  WHERE first <= last COLLATE "C" GROUP BY last`;

/** Since when tickers have been asked for, as `StoredState.askedFrom` says. */
export async function askedFrom(
  db: Transaction,
  pairs: readonly Pair[],
): Promise<(string | null)[]> {
  const rows = await db.all(
    `SELECT place, first, last FROM ${PAIRS} CROSS JOIN LATERAL (${WINDOWS}) AS windows
     ORDER BY place, last DESC`,
    ...valuesOf(pairs),
  );
  return byPlace<AskedWindow>(pairs, rows).map(askedSince);
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
  pairs: readonly Pair[],
): Promise<Pick<StoredState, "wholeAt" | "doubted">[]> {
  const newest = (condition: string) =>
    `(SELECT history, started_at FROM ingest_logs WHERE ${OF_PAIR} AND ${condition}
      AND started_at <= ${CREDIBLE} ORDER BY id DESC LIMIT 1)`;
  const rows = await db.all(
    `SELECT newest.* FROM ${PAIRS} LEFT JOIN LATERAL (
       ${newest("history IS NOT NULL")} UNION ALL ${
      newest(`status = 'success' AND ${KEPT_ANSWER}`)
    } LIMIT 1
     ) AS newest ON true ORDER BY place`,
    ...valuesOf(pairs),
  );
  return rows.map(({ history, started_at }) => ({
    wholeAt: textOrNull(started_at),
    doubted: history !== null && history !== "whole",
  }));
}

/** What the newest whole answers of tickers denied, as long as each said the same. */
export async function lastContradiction(
  db: Transaction,
  pairs: readonly Pair[],
): Promise<StoredState["contradiction"][]> {
  const rows = await db.all(
    `SELECT denied.* FROM ${PAIRS} LEFT JOIN LATERAL (
     WITH told AS (SELECT id, history, error_message AS text, started_at FROM ingest_logs
       WHERE ${OF_PAIR} AND history IS NOT NULL),
     newest AS (SELECT text FROM told WHERE history = 'contradicted'
       AND id = (SELECT max(id) FROM told))
     SELECT told.text, min(started_at) AS since, count(*) AS answers
     FROM told JOIN newest USING (text)
     WHERE id > coalesce((SELECT max(id) FROM told CROSS JOIN newest
       WHERE told.history <> 'contradicted' OR told.text IS DISTINCT FROM newest.text), 0)
     GROUP BY told.text) AS denied ON true ORDER BY place`,
    ...valuesOf(pairs),
  );
  return rows.map(({ text, since, answers }) =>
    text === null
      ? undefined
      : { text: String(text), since: String(since), answers: Number(answers) }
  );
}

/** The stored actions of tickers, by date. */
export async function storedActions(
  db: Transaction,
  pairs: readonly Pair[],
): Promise<CorporateAction[][]> {
  const rows = await db.all(
    `SELECT place, stored.* FROM ${PAIRS} CROSS JOIN LATERAL (
       SELECT date, kind, amount, numerator, denominator FROM corporate_actions
       WHERE ${OF_PAIR} ORDER BY date, kind) AS stored
     ORDER BY place, date, kind`,
    ...valuesOf(pairs),
  );
  return byPlace(pairs, rows);
}

/** All that is known of tickers, as `Store.known` says. */
export async function knownOf(db: Transaction, pairs: readonly Pair[]): Promise<StoredState[]> {
  const [days, since, actions, whole, contradictions] = await Promise.all([
    storedDays(db, pairs),
    askedFrom(db, pairs),
    storedActions(db, pairs),
    lastWhole(db, pairs),
    lastContradiction(db, pairs),
  ]);
  return pairs.map((_pair, at): StoredState => ({
    firstDate: days[at]?.firstDate ?? null,
    lastDate: days[at]?.lastDate ?? null,
    askedFrom: since[at] ?? null,
    actions: actions[at] ?? [],
    wholeAt: whole[at]?.wholeAt ?? null,
    doubted: whole[at]?.doubted ?? false,
    contradiction: contradictions[at],
  }));
}

/** The windows that settle gaps, by ticker and source, the newest first. @param tickers Default all. */
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
  all: readonly FinishedWork[],
): Promise<boolean[]> {
  const windows = all.map(({ work }) => "query" in work ? undefined : work);
  const rows = await db.all(
    `SELECT EXISTS (SELECT FROM ingest_logs WHERE ${OF_PAIR} AND status = 'success'
       AND finished_at >= given.since AND finished_at <= ${CREDIBLE}
       AND CASE WHEN given.query IS NOT NULL THEN query = given.query
         ELSE to_char(window_to, 'YYYY-MM-DD') >= given.last COLLATE "C"
           AND coalesce(to_char(window_from, 'YYYY-MM-DD'), '') <= given.first COLLATE "C" END) AS done
     FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
       WITH ORDINALITY AS given (ticker, source, since, query, first, last, place) ORDER BY place`,
    ...valuesOf(all),
    arrayText(all.map(({ since }) => since)),
    arrayText(all.map(({ work }) => "query" in work ? work.query : null)),
    arrayText(windows.map((work) => work?.from ?? "")),
    arrayText(windows.map((work) => work?.to)),
  );
  return rows.map(({ done }) => done === true);
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

/** Jobs whose payload the newest success of another run had: an older one may have been overwritten. */
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
    ...[source, name, query, value],
  );
}
