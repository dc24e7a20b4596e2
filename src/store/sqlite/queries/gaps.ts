/**
 * Sessions that tickers lack, with what the log and the rejects know of each.
 *
 * @module
 */
import { endingOf } from "../../../exchange/calendar.ts";
import {
  type CalendarChanges,
  DAY_LENGTH,
  missingDays,
  needsOthers,
  type StoredDays,
} from "../../../exchange/gaps.ts";
import {
  ASKED_OFTEN_ENOUGH,
  describeGaps,
  firstNeeded,
  isSettled,
  refusedKey,
} from "../../gaps.ts";
import type { GapFilter, TickerGaps } from "../../reports.ts";
import type { Reader } from "../connection/reader.ts";
import { askedFrom, settlingWindows, unknownSince } from "../tables/history.ts";
import { storedTickers } from "../tables/prices.ts";

/** A reader, or the database of a run. */
type Readable = Pick<Reader, "all" | "get">;

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

/**
 * The days of a ticker from one on, and the last one before it: it tells that what is missing behind it
 * is between stored days.
 */
function daysFrom(
  db: Readable,
  ticker: string,
  sources: readonly string[],
  from: string,
): StoredDays[] {
  const rows = db.all(
    "SELECT source, date FROM prices WHERE ticker = ? AND date >= ?",
    ticker,
    from,
  );
  const bySource = Map.groupBy(rows, ({ source }) => String(source));
  return [...bySource].flatMap(([source, each]) => {
    if (sources.length > 0 && !sources.includes(source)) return [];
    const before = db.get(
      `SELECT date FROM prices WHERE ticker = ? AND source = ? AND date < ?
       ORDER BY date DESC LIMIT 1`,
      ...[ticker, source, from],
    );
    const days = each.map(({ date }) => String(date)).join("");
    return { ticker, source, days: `${before?.date ?? ""}${days}` };
  });
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
      refusedKey(ticker, source, date),
      String(code),
    ]),
  );
}

/** The days of tickers, and of the others that are needed to tell what they lack. */
function storedFor(
  db: Readable,
  tickers: readonly string[],
  sources: readonly string[],
  calendar: CalendarChanges,
  from: string | null,
): StoredDays[] {
  const daysOf = (ticker: string, of: readonly string[]): StoredDays[] =>
    from === null ? storedDays(db, ticker, of) : daysFrom(db, ticker, of, from);
  if (tickers.length === 0) {
    return storedTickers(db).flatMap((ticker) => daysOf(ticker, sources));
  }
  const own = tickers.flatMap((ticker) => daysOf(ticker, sources));
  const lone = own.filter(({ ticker, source }) => !needsOthers(ticker, source, calendar));
  const shared = own.filter((each) => !lone.includes(each));
  const endings = new Set(shared.map(({ ticker }) => endingOf(ticker)));
  const others = storedTickers(db).filter((ticker) => endings.has(endingOf(ticker)));
  const needed = [...new Set(shared.map(({ source }) => source))];
  return shared.length === 0
    ? lone
    : [...lone, ...others.flatMap((ticker) => daysOf(ticker, needed))];
}

/** Sessions that tickers lack, as `Reports.gaps` says. */
export function gapsOf(db: Readable, filter: GapFilter): TickerGaps[] {
  const { tickers = [], sources = [], calendar = {} } = filter;
  const stored = storedFor(db, tickers, sources, calendar, firstNeeded(filter));
  return describeGaps(stored, filter, {
    askedFrom: ({ ticker, source }) => askedFrom(db, ticker, source),
    windows: (pair) => settlingWindows(db, pair),
    isUnknown: ({ ticker, source }) => unknownSince(db, ticker, source, "") !== null,
    refused: (of) => refusedRows(db, of),
  });
}

/**
 * The first session that a ticker lacks and that may still come, by its own calendar. Nothing is read of
 * days of which all gaps are settled.
 */
export function firstGap(
  db: Readable,
  ticker: string,
  source: string,
  calendar: CalendarChanges,
): string | undefined {
  if (needsOthers(ticker, source, calendar)) return undefined;
  if (unknownSince(db, ticker, source, "") !== null) return undefined;
  const windows = settlingWindows(db, { ticker, source });
  const begin = db.get(
    "SELECT min(date) AS day FROM prices WHERE ticker = ? AND source = ?",
    ticker,
    source,
  );
  const settled = windows.filter(({ first }) => first <= String(begin?.day))
    .map(({ last }) => last).sort().at(-ASKED_OFTEN_ENOUGH);
  // From the newest stored day of the settled ones on.
  const row = db.get(
    `SELECT ${DAYS} AS days FROM prices WHERE ticker = ?1 AND source = ?2 AND date >= coalesce(
       (SELECT max(date) FROM prices WHERE ticker = ?1 AND source = ?2 AND date <= ?3), '')`,
    ticker,
    source,
    settled ?? null,
  );
  if (typeof row?.days !== "string") return undefined;
  const [lacking] = missingDays([{ ticker, source, days: row.days }], calendar);
  return lacking?.missing.find(({ day }) => !isSettled(windows, day))?.day;
}

/** First missing session of each ticker without a calendar, as `Store.firstGaps` says. */
export function firstGaps(
  db: Readable,
  source: string,
  all: readonly string[],
  calendar: CalendarChanges,
): Map<string, string> {
  const tickers = all.filter((ticker) => needsOthers(ticker, source, calendar));
  if (tickers.length === 0) return new Map();
  return new Map(
    gapsOf(db, { tickers, sources: [source], calendar }).flatMap(({ ticker, gaps }) => {
      const first = gaps.find(({ open }) => open);
      return first === undefined ? [] : [[ticker, first.from]];
    }),
  );
}
