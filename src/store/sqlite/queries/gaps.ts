/**
 * Sessions that tickers lack, with what the log and the rejects know of each.
 *
 * @module
 */
import { addDays } from "../../../base/day.ts";
import { lastCredible } from "../../../base/time.ts";
import {
  type CalendarChanges,
  type Missing,
  missingDays,
  needsOthers,
  type StoredDays,
} from "../../../exchange/gaps.ts";
import type { Gap, GapFilter, TickerGaps } from "../../reports.ts";
import type { Reader } from "../connection/reader.ts";

/** A reader, or the database of a run. */
type Readable = Pick<Reader, "all">;

/** Sessions come late, and days are mended: what was asked for earlier says nothing of a gap. */
const SETTLED_AFTER_DAYS = 30;

/** The answer that first had the gap, and the one to the question for it. */
const ASKED_OFTEN_ENOUGH = 2;

/**
 * The days of tickers, as one text each: three million of them as rows would take several times as long.
 * SQLite keeps the order of a subquery for `group_concat`.
 *
 * @param tickers An empty list for all.
 */
function storedDays(
  db: Readable,
  tickers: readonly string[],
  sources: readonly string[],
): StoredDays[] {
  const only = tickers.length > 0;
  const rows = db.all(
    `SELECT ticker, min(source) AS first, max(source) AS last, group_concat(date, '') AS days
     FROM (SELECT ticker, date, source FROM prices
       ${only ? "WHERE ticker IN (SELECT value FROM json_each(?))" : ""} ORDER BY ticker, date)
     GROUP BY ticker`,
    ...only ? [JSON.stringify(tickers)] : [],
  );
  const all = rows.flatMap(({ ticker, first, last, days }) =>
    first === last ? { ticker, source: first, days } : db.all(
      `SELECT ticker, source, group_concat(date, '') AS days
       FROM (SELECT ticker, date, source FROM prices WHERE ticker = ? ORDER BY source, date)
       GROUP BY source`,
      String(ticker),
    )
  ) as unknown as StoredDays[];
  return all.filter(({ source }) => sources.length === 0 || sources.includes(source));
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
  let stored = storedDays(db, tickers, sources);
  const alone = stored.every(({ ticker, source }) => !needsOthers(ticker, source, calendar));
  if (tickers.length > 0 && !alone) stored = storedDays(db, [], sources);
  const lacking = missingDays(stored, calendar)
    .filter(({ ticker }) => tickers.length === 0 || tickers.includes(ticker))
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
