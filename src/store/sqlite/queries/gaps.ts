/**
 * Sessions that tickers lack, with what the log and the rejects know of each.
 *
 * @module
 */
import { addDays } from "../../../base/day.ts";
import { lastCredible } from "../../../base/time.ts";
import { endingOf } from "../../../exchange/calendar.ts";
import {
  type CalendarChanges,
  DAY_LENGTH,
  type Missing,
  missingDays,
  needsOthers,
  type StoredDays,
} from "../../../exchange/gaps.ts";
import type { Gap, GapFilter, TickerGaps } from "../../reports.ts";
import type { Reader } from "../connection/reader.ts";
import { storedTickers } from "../tables/prices.ts";

/** A reader, or the database of a run. */
type Readable = Pick<Reader, "all">;

/** Sessions come late, and days are mended: what was asked for earlier says nothing of a gap. */
const SETTLED_AFTER_DAYS = 30;

/** The answer that first had the gap, and the one to the question for it. */
const ASKED_OFTEN_ENOUGH = 2;

/**
 * As one text: rows of their own would take several times as long. SQLite goes through the rows of a
 * ticker in the order of the key; to say so in a subquery would take twice as long.
 */
const DAYS = "group_concat(date, '')";

/**
 * The days of a ticker by source. One pass through its rows, however many sources they are of: most
 * tickers have one, or the same two on every day, which the ends of the key tell.
 */
function daysBySource(db: Readable, ticker: string): StoredDays[] {
  const end = (order: "ASC" | "DESC"): string =>
    `(SELECT source FROM prices WHERE ticker = ?1 ORDER BY date ${order}, source ${order} LIMIT 1)`;
  const [ends] = db.all(`SELECT ${end("ASC")} AS first, ${end("DESC")} AS last`, ticker);
  const sources = [...new Set([String(ends?.first), String(ends?.last)])];
  const columns = sources.map((_, at) => `${DAYS} FILTER (WHERE source = ?${at + 2}) AS days${at}`);
  const [row] = db.all(
    `SELECT count(*) AS count, ${columns.join(", ")}
     FROM prices WHERE ticker = ?1`,
    ticker,
    ...sources,
  );
  const found = sources.map((source, at) => ({ ticker, source, days: String(row?.[`days${at}`]) }));
  const count = found.reduce((sum, { days }) => sum + days.length / DAY_LENGTH, 0);
  if (count === row?.count) return found;
  return db.all(
    `SELECT ticker, source, ${DAYS} AS days
     FROM (SELECT ticker, date, source FROM prices WHERE ticker = ? ORDER BY source, date)
     GROUP BY source`,
    ticker,
  ) as unknown as StoredDays[];
}

/** The days of a ticker; of some sources alone, where they are named. */
function storedDays(db: Readable, ticker: string, sources: readonly string[]): StoredDays[] {
  if (sources.length === 0) return daysBySource(db, ticker);
  return sources.flatMap((source) =>
    db.all(
      `SELECT ${DAYS} AS days FROM prices WHERE ticker = ? AND source = ?`,
      ticker,
      source,
    ).flatMap(({ days }) => typeof days === "string" ? { ticker, source, days } : [])
  );
}

/** Codes of refused rows by ticker, source and day. */
function refusedRows(db: Readable, tickers: readonly string[]): Map<string, string> {
  const rows = db.all(
    `SELECT ticker, source, date, max(code) AS code FROM ingest_rejects
     WHERE date IS NOT NULL AND ticker IN (SELECT value FROM json_each(?))
     GROUP BY ticker, source, date`,
    JSON.stringify(tickers),
  );
  return new Map(
    rows.map(({ ticker, source, date, code }) => [
      JSON.stringify([ticker, source, date]),
      String(code),
    ]),
  );
}

/** Days that a run has asked for, when they were so old that an answer without them is the last word. */
interface Asked {
  readonly first: string;
  readonly last: string;
}

function askedWindows(db: Readable, { ticker, source }: Missing): Asked[] {
  return db.all(
    `SELECT coalesce(window_from, '') AS first, window_to AS last, substr(started_at, 1, 10) AS day
     FROM ingest_logs WHERE ticker = ? AND source = ? AND status = 'success'
       AND window_to IS NOT NULL AND started_at <= ?`,
    ticker,
    source,
    lastCredible(),
  ).map(({ first, last, day }) => {
    const settled = addDays(String(day), -SETTLED_AFTER_DAYS);
    return { first: String(first), last: String(last) < settled ? String(last) : settled };
  });
}

function withKnowledge(
  db: Readable,
  lacking: Missing,
  refused: ReadonlyMap<string, string>,
): TickerGaps {
  const { ticker, source, calendar, missing } = lacking;
  const windows = askedWindows(db, lacking);
  const gaps: Gap[] = [];
  let next = 0;
  for (const { day, place } of missing) {
    const code = refused.get(JSON.stringify([ticker, source, day])) ?? null;
    const asked = windows.filter(({ first, last }) => first <= day && day <= last).length;
    const open = asked < ASKED_OFTEN_ENOUGH;
    const status = code !== null ? "refused" : open ? "missing" : "never_delivered";
    const before = gaps.at(-1);
    const goesOn = before !== undefined && place === next && before.status === status &&
      before.code === code && before.open === open;
    if (goesOn) gaps[gaps.length - 1] = { ...before, to: day, sessions: before.sessions + 1 };
    else gaps.push({ from: day, to: day, sessions: 1, status, code, open });
    next = place + 1;
  }
  return {
    ticker,
    source,
    calendar,
    open_sessions: gaps.reduce((sum, { open, sessions }) => sum + (open ? sessions : 0), 0),
    gaps,
  };
}

/** Sessions that tickers lack, as `Reports.gaps` says. */
export function gapsOf(db: Readable, filter: GapFilter): TickerGaps[] {
  const { tickers = [], sources = [], from, to, calendar = {} } = filter;
  const wanted = new Set(tickers);
  let stored = tickers.flatMap((ticker) => storedDays(db, ticker, sources));
  const alone = stored.every(({ ticker, source }) => !needsOthers(ticker, source, calendar));
  if (tickers.length === 0 || !alone) {
    const endings = new Set(tickers.map(endingOf));
    stored = storedTickers(db)
      .filter((ticker) => tickers.length === 0 || endings.has(endingOf(ticker)))
      .flatMap((ticker) => storedDays(db, ticker, sources));
  }
  const lacking = missingDays(stored, calendar)
    .filter(({ ticker }) => tickers.length === 0 || wanted.has(ticker))
    .map((each) => ({
      ...each,
      missing: each.missing.filter(({ day }) => (from ?? "") <= day && day <= (to ?? day)),
    }))
    .filter(({ missing }) => missing.length > 0);
  const refused = refusedRows(db, lacking.map(({ ticker }) => ticker));
  const keyOf = ({ ticker, source }: TickerGaps): string => `${ticker} ${source}`;
  return lacking.map((each) => withKnowledge(db, each, refused))
    .sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
}

/** First session of each ticker that is to be asked for, as `Store.firstGaps` says. */
export function firstGaps(
  db: Readable,
  source: string,
  calendar: CalendarChanges,
): Map<string, string> {
  return new Map(
    gapsOf(db, { sources: [source], calendar }).flatMap(({ ticker, gaps }) => {
      const first = gaps.find(({ open }) => open);
      return first === undefined ? [] : [[ticker, first.from]];
    }),
  );
}
