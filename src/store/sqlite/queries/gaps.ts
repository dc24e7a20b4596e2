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
  firstOpen,
  isSettled,
  partedDays,
  refusedCodes,
} from "../../gaps.ts";
import type { GapFilter, TickerGaps } from "../../reports.ts";
import type { Reader } from "../connection/reader.ts";
import { askedFrom, settlingWindows, unknownSince } from "../tables/history.ts";
import { storedTickers } from "../tables/prices.ts";

type Readable = Pick<Reader, "all" | "get">;

/**
 * As one text: rows of their own would take several times as long. SQLite goes through the rows of a
 * ticker in the order of the key; to say so in a subquery would take twice as long.
 */
const DAYS = "group_concat(date, '')";

/** Days of a ticker by source, in one pass: most have one, or two on every day, as the key's ends tell. */
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

/** The days from one on, and the last one before it: what lacks between them is between stored days. */
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

function refusedRows(db: Readable, tickers: readonly string[]): Map<string, string> {
  return refusedCodes(db.all(
    `SELECT ticker, source, date, max(code) AS code FROM ingest_rejects
     WHERE date IS NOT NULL AND ticker IN (SELECT value FROM json_each(?))
     GROUP BY ticker, source, date`,
    JSON.stringify(tickers),
  ));
}

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
  const { lone, sources: needed, isNeeded } = partedDays(own, calendar);
  if (needed.length === 0) return [...lone];
  return [...lone, ...storedTickers(db).filter(isNeeded).flatMap((each) => daysOf(each, needed))];
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

/** The first session that a ticker lacks and may still come; days with all gaps settled are not read. */
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
  return firstOpen(gapsOf(db, { tickers, sources: [source], calendar }));
}
