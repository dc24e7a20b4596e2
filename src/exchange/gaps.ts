/** Sessions that a ticker lacks, by a calendar or by most of its peers. @module */
import { addDays } from "../base/day.ts";
import { type Calendar, calendarOf, endingOf, isTradingDay } from "./calendar.ts";

/**
 * What the calendars of exchanges do not know.
 *
 * @category Logs and statistics
 */
export interface CalendarChanges {
  /**
   * By ending: `.L`, `=X`, `^` (indices that are not known), empty for New York. All its weekdays are
   * sessions then, but for holidays that are known and what is closed.
   */
  readonly endings?: Readonly<Record<string, SessionChanges>> | undefined;
  /** Days on which one ticker is not expected, by ticker. */
  readonly tickers?: Readonly<Record<string, Pick<SessionChanges, "closed">>> | undefined;
}

/**
 * Days on which an exchange is open or closed otherwise than its calendar says.
 *
 * @category Logs and statistics
 */
export interface SessionChanges {
  /** Without a session: `YYYY-MM-DD`, or the first and the last of several, `2024-03-01/2024-03-08`. */
  readonly closed?: readonly string[] | undefined;
  /** With one, whatever the calendar says: `YYYY-MM-DD`. */
  readonly open?: readonly string[] | undefined;
}

/** The days of a ticker and source. */
export interface StoredDays {
  readonly ticker: string;
  readonly source: string;
  /** `YYYY-MM-DD` each, sorted, without anything between. */
  readonly days: string;
}

interface MissingDay {
  readonly day: string;
  readonly place: number;
}

/**
 * Whose sessions count: those of an exchange, of all days, of changes that were given, or `peers`: days
 * on which most tickers of the same ending and source have prices.
 *
 * @category Logs and statistics
 */
export type CalendarName = "b3" | "nyse" | "every day" | "file" | "peers";

/** What a ticker lacks. */
export interface Missing extends Omit<StoredDays, "days"> {
  readonly calendar: CalendarName;
  readonly missing: readonly MissingDay[];
}

/** A day's file has every ticker that was traded: of a day that others have, nothing is missing. */
const WHOLE_DAYS = "cotahist";

/** Of other sources, a ticker without an ending may be of any exchange. */
const NEW_YORK_WITHOUT_ENDING = "yahoo";

/** Length of `YYYY-MM-DD`. */
export const DAY_LENGTH = 10;

function calendarName(ticker: string, source: string, changes: CalendarChanges): CalendarName {
  const ending = endingOf(ticker);
  if (changes.endings?.[ending] !== undefined) return "file";
  const { exchange, week } = calendarOf(ticker);
  if (ending === "" && source !== NEW_YORK_WITHOUT_ENDING) return "peers";
  return exchange ?? (week === "every day" ? week : "peers");
}

/** Whether the days of other tickers of its ending and source are needed to tell what a ticker lacks. */
export function needsOthers(ticker: string, source: string, changes: CalendarChanges): boolean {
  return source === WHOLE_DAYS || calendarName(ticker, source, changes) === "peers";
}

/** Whether a day is among those without a session. */
export function isClosed({ closed = [] }: SessionChanges, day: string): boolean {
  return closed.some((each) => {
    const [first = "", last = first] = each.split("/");
    return first <= day && day <= last;
  });
}

function dayAt(days: string, place: number): string {
  return days.slice(place * DAY_LENGTH, (place + 1) * DAY_LENGTH);
}

function countBefore(days: string, day: string, from = 0): number {
  let low = from;
  let high = days.length / DAY_LENGTH;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (dayAt(days, middle) < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

function placesOf(days: string, first: string, last: string): readonly [number, number] {
  // The shortest text that comes after the last one.
  return [countBefore(days, first), countBefore(days, `${last}\0`)];
}

/** Weekdays of a year that are no holidays, by calendar and year: thousands of tickers ask for them. */
const known = new Map<string, string>();

function tradingDays(calendar: Calendar, year: number): string {
  const { week, exchange } = calendar;
  const key = `${week} ${exchange} ${year}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const first = `${String(year).padStart(4, "0")}-01-01`;
  const days = Array.from({ length: 366 }, (_, index) => addDays(first, index)).filter((day) =>
    day.startsWith(first.slice(0, 5)) && isTradingDay(calendar, day)
  ).join("");
  known.set(key, days);
  return days;
}

function today(): string {
  return new Date().toISOString().slice(0, DAY_LENGTH);
}

function notAfter(last: string, day: string): string {
  return day < last ? day : last;
}

function candidates(
  ticker: string,
  source: string,
  changes: CalendarChanges,
  first: string,
  last: string,
): string {
  const { exchange, ...other } = calendarOf(ticker);
  const isPeers = calendarName(ticker, source, changes) === "peers";
  const rests = isPeers || exchange === undefined ? other : { ...other, exchange };
  const [firstYear, lastYear] = [first, last].map((day) => Number(day.slice(0, 4)));
  let years = "";
  for (let year = firstYear!; year <= lastYear!; year++) years += tradingDays(rests, year);
  const [from, to] = placesOf(years, first, last);
  const days = years.slice(from * DAY_LENGTH, to * DAY_LENGTH);
  const ofEnding = changes.endings?.[endingOf(ticker)];
  if (ofEnding === undefined) return days;
  const more = ofEnding.open?.filter((day) => first <= day && day <= last) ?? [];
  const kept = daysIn(days).filter((day) => !isClosed(ofEnding, day));
  return [...new Set([...kept, ...more])].sort().join("");
}

/** Sessions without separators; empty where the days of other tickers count. */
export function sessionsOf(
  ticker: string,
  source: string,
  changes: CalendarChanges,
  first: string,
  last: string,
): string {
  if (needsOthers(ticker, source, changes) || last < first) return "";
  return candidates(ticker, source, changes, first, notAfter(today(), last));
}

function daysIn(days: string): string[] {
  return Array.from({ length: days.length / DAY_LENGTH }, (_, place) => dayAt(days, place));
}

const BLOCK = 64 * DAY_LENGTH;

/** Wanted days that are not stored. Most tickers lack none, and few one. */
function lackedBy(days: string, wanted: string): string[] {
  const lacked: string[] = [];
  let at = 0;
  for (let next = 0; next < wanted.length;) {
    const block = wanted.slice(next, next + BLOCK);
    // startsWith takes several times as long for so long a text.
    if (days.slice(at, at + block.length) === block) {
      at += block.length;
      next += block.length;
      continue;
    }
    const day = wanted.slice(next, next + DAY_LENGTH);
    // Days that are none of the wanted ones lie between.
    if (!days.startsWith(day, at)) at = countBefore(days, day, at / DAY_LENGTH) * DAY_LENGTH;
    if (days.startsWith(day, at)) at += DAY_LENGTH;
    else lacked.push(day);
    next += DAY_LENGTH;
  }
  return lacked;
}

function firstOf({ days }: StoredDays): string {
  return days.slice(0, DAY_LENGTH);
}

function lastOf({ days }: StoredDays): string {
  return days.slice(-DAY_LENGTH);
}

function spanOf(days: string, ticker: StoredDays): string {
  const [from, to] = placesOf(days, firstOf(ticker), lastOf(ticker));
  return days.slice(from * DAY_LENGTH, to * DAY_LENGTH);
}

/** Of each day, how many tickers have an earlier day and a later one, or it; and how many lack it. */
function countsOf(
  members: readonly StoredDays[],
  days: string,
): readonly { readonly could: number; readonly lack: number }[] {
  const counts = daysIn(days).map(() => ({ could: 0, lack: 0, begin: 0 }));
  counts.push({ could: 0, lack: 0, begin: 0 });
  for (const member of members) {
    const [from, to] = placesOf(days, firstOf(member), lastOf(member));
    counts[from]!.begin++;
    counts[to]!.begin--;
    for (const day of lackedBy(member.days, spanOf(days, member))) {
      counts[countBefore(days, day)]!.lack++;
    }
  }
  let could = 0;
  for (const each of counts) each.could = could += each.begin;
  return counts;
}

function missingOf(
  members: readonly StoredDays[],
  changes: CalendarChanges,
  until: string,
): Missing[] {
  const [example] = members;
  if (example === undefined) return [];
  const { ticker, source } = example;
  const calendar = calendarName(ticker, source, changes);
  const [first = ""] = members.map(firstOf).sort();
  const last = notAfter(until, members.map(lastOf).sort().at(-1) ?? "");
  const all = candidates(ticker, source, changes, first, last);
  const counts = needsOthers(ticker, source, changes) ? countsOf(members, all) : [];
  const those = (holds: (could: number, lack: number) => boolean): string =>
    daysIn(all).filter((_, place) => holds(counts[place]!.could, counts[place]!.lack)).join("");
  const sessions = calendar === "peers" ? those((could, lack) => lack * 2 < could) : all;
  const wanted = source === WHOLE_DAYS ? those((could, lack) => lack === could) : sessions;
  return members.map((member): Missing => {
    const own = changes.tickers?.[member.ticker] ?? {};
    const missing = lackedBy(member.days, spanOf(wanted, member))
      .filter((day) => !isClosed(own, day))
      .map((day) => ({ day, place: countBefore(sessions, day) }));
    return { ticker: member.ticker, source, calendar, missing };
  });
}

/** What each ticker lacks up to `until`, default today in UTC, beside all others of its ending. */
export function missingDays(
  stored: readonly StoredDays[],
  changes: CalendarChanges = {},
  until: string = today(),
): readonly Missing[] {
  const groups = Map.groupBy(
    stored,
    ({ ticker, source }) => JSON.stringify([endingOf(ticker), source]),
  );
  return [...groups.values()].flatMap((members) => missingOf(members, changes, until));
}
