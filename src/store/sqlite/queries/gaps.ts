/**
 * Sessions that tickers lack, with what the log and the rejects know of each.
 *
 * @module
 */
import { addDays } from "../../../base/day.ts";
import { endingOf } from "../../../exchange/calendar.ts";
import {
  type CalendarChanges,
  DAY_LENGTH,
  type Missing,
  missingDays,
  needsOthers,
  sessionsOf,
  type StoredDays,
} from "../../../exchange/gaps.ts";
import type { Gap, GapFilter, TickerGaps } from "../../reports.ts";
import type { Reader } from "../connection/reader.ts";
import {
  ASKED_OFTEN_ENOUGH,
  askedFrom,
  type SettlingWindow,
  settlingWindows,
  unknownSince,
} from "../tables/history.ts";
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

/** Whether a source was asked for a day often enough, and has none. */
function isSettled(windows: readonly SettlingWindow[], day: string): boolean {
  return windows.filter(({ first, last }) => first <= day && day <= last).length >=
    ASKED_OFTEN_ENOUGH;
}

function withKnowledge(
  db: Readable,
  lacking: Missing,
  refused: ReadonlyMap<string, string>,
): TickerGaps {
  const { ticker, source, calendar, missing } = lacking;
  const windows = settlingWindows(db, lacking);
  const isUnknown = unknownSince(db, ticker, source, "") !== null;
  const gaps: Gap[] = [];
  let next = 0;
  for (const { day, place } of missing) {
    const code = refused.get(JSON.stringify([ticker, source, day])) ?? null;
    const settled = isSettled(windows, day);
    const open = !isUnknown && !settled;
    const unfilled = settled ? "never_delivered" : isUnknown ? "ticker_unknown" : "missing";
    const status = code === null ? unfilled : "refused";
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

/** Sessions that a source was asked for, and whose history begins after them; undefined for none. */
function beforeListing(
  db: Readable,
  { ticker, source, days }: StoredDays,
  { from, to, calendar = {} }: GapFilter,
): Gap | undefined {
  const asked = askedFrom(db, ticker, source);
  const first = (from ?? "") > (asked ?? "") ? from : asked;
  // Of a whole history it is not known where it could have begun.
  if (asked === null || !first) return undefined;
  const last = addDays(days.slice(0, DAY_LENGTH), -1);
  const sessions = sessionsOf(ticker, source, calendar, first, to && to < last ? to : last);
  if (sessions === "") return undefined;
  return {
    from: sessions.slice(0, DAY_LENGTH),
    to: sessions.slice(-DAY_LENGTH),
    sessions: sessions.length / DAY_LENGTH,
    status: "before_listing",
    code: null,
    open: false,
  };
}

/** The days of tickers, and of the others that are needed to tell what they lack. */
function storedFor(
  db: Readable,
  tickers: readonly string[],
  sources: readonly string[],
  calendar: CalendarChanges,
): StoredDays[] {
  if (tickers.length === 0) {
    return storedTickers(db).flatMap((ticker) => storedDays(db, ticker, sources));
  }
  const own = tickers.flatMap((ticker) => storedDays(db, ticker, sources));
  const lone = own.filter(({ ticker, source }) => !needsOthers(ticker, source, calendar));
  const shared = own.filter((each) => !lone.includes(each));
  const endings = new Set(shared.map(({ ticker }) => endingOf(ticker)));
  const others = storedTickers(db).filter((ticker) => endings.has(endingOf(ticker)));
  const needed = [...new Set(shared.map(({ source }) => source))];
  return shared.length === 0
    ? lone
    : [...lone, ...others.flatMap((ticker) => storedDays(db, ticker, needed))];
}

/** Sessions that tickers lack, as `Reports.gaps` says. */
export function gapsOf(db: Readable, filter: GapFilter): TickerGaps[] {
  const { tickers = [], sources = [], from, to, calendar = {} } = filter;
  const wanted = new Set(tickers);
  const stored = storedFor(db, tickers, sources, calendar);
  const keyOf = ({ ticker, source }: Pick<TickerGaps, "ticker" | "source">): string =>
    `${ticker} ${source}`;
  const unlisted = new Map<string, Gap>();
  for (const each of filter.beforeListing === true ? stored : []) {
    const before = beforeListing(db, each, filter);
    if (before !== undefined) unlisted.set(keyOf(each), before);
  }
  const lacking = missingDays(stored, calendar)
    .filter(({ ticker }) => tickers.length === 0 || wanted.has(ticker))
    .map((each) => ({
      ...each,
      missing: each.missing.filter(({ day }) => (from ?? "") <= day && day <= (to ?? day)),
    }))
    .filter((each) => each.missing.length > 0 || unlisted.has(keyOf(each)));
  const refused = refusedRows(db, lacking.map(({ ticker }) => ticker));
  return lacking.map((each) => {
    const known = withKnowledge(db, each, refused);
    const before = unlisted.get(keyOf(each));
    return before === undefined ? known : { ...known, gaps: [before, ...known.gaps] };
  }).sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
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
