/**
 * Sessions of an exchange that a ticker lacks between its first and its last stored day.
 *
 * B3, New York and coins have a calendar of their own. Of the other exchanges those days count as
 * sessions on which most tickers of the same ending and source have prices: a holiday is no gap then,
 * and neither is a day that all of them lack.
 *
 * @module
 */
import { addDays } from "../base/day.ts";
import { calendarOf, endingOf, TRADING } from "./calendar.ts";
import { dayNumber, weekdayOf } from "./days.ts";
import { isHoliday } from "./holidays.ts";

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
 * Days of an exchange.
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
  /** `YYYY-MM-DD` each, sorted, one behind the other without anything between. */
  readonly days: string;
}

/** A session that a ticker lacks. */
export interface MissingDay {
  readonly day: string;
  /** Its place among the sessions: that of the next session is larger by 1. */
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

const DAY_LENGTH = 10;

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

function isClosed({ closed = [] }: SessionChanges, day: string): boolean {
  return closed.some((each) => {
    const [first = "", last = first] = each.split("/");
    return first <= day && day <= last;
  });
}

/** Days from `first` to `last` on which tickers like this one may have a session. */
function candidates(
  ticker: string,
  calendar: CalendarName,
  { closed, open = [] }: SessionChanges,
  [first, last]: readonly [string, string],
): string[] {
  const { exchange, week } = calendarOf(ticker);
  const trading = TRADING[week];
  const days: string[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) {
    const rests = calendar !== "peers" && exchange !== undefined && isHoliday(exchange, day);
    const isSession = trading.includes(weekdayOf(dayNumber(day))) && !rests &&
      !isClosed({ closed }, day);
    if (isSession || open.includes(day)) days.push(day);
  }
  return days;
}

/** A day that may be a session, as the tickers of one ending and source have it. */
interface Candidate {
  readonly day: string;
  /** Tickers that have it. */
  have: number;
  /** Tickers that have it, or an earlier day and a later one. */
  could: number;
  /** Its place among the sessions. */
  place: number;
}

/** Shows each candidate from a ticker's first day to its last, and whether it is stored. */
function walk(
  days: string,
  candidates: readonly Candidate[],
  visit: (candidate: Candidate, isStored: boolean) => void,
): void {
  const last = days.slice(-DAY_LENGTH);
  const first = days.slice(0, DAY_LENGTH);
  let at = 0;
  let stored = first;
  for (const candidate of candidates) {
    const { day } = candidate;
    if (day < first) continue;
    if (day > last) return;
    while (stored < day) {
      at += DAY_LENGTH;
      stored = days.slice(at, at + DAY_LENGTH);
    }
    visit(candidate, stored === day);
  }
}

/** The sessions among candidates, of which those are left out that nobody lacks. */
function sessionsAmong(
  members: readonly StoredDays[],
  all: readonly Candidate[],
  { source, calendar }: Pick<Missing, "source" | "calendar">,
): Candidate[] {
  for (const { days } of members) {
    walk(days, all, (candidate, isStored) => {
      candidate.could++;
      if (isStored) candidate.have++;
    });
  }
  let place = 0;
  return all.filter((candidate) => {
    const { have, could } = candidate;
    const isSession = calendar !== "peers" || have * 2 > could;
    candidate.place = isSession ? place++ : place;
    return isSession && have < could && (source !== WHOLE_DAYS || have === 0);
  });
}

/** What tickers of one ending and source lack. */
function missingOf(members: readonly StoredDays[], changes: CalendarChanges): Missing[] {
  const [first] = members;
  if (first === undefined) return [];
  const { ticker: example, source } = first;
  const calendar = calendarName(example, source, changes);
  const firstDays = members.map(({ days }) => days.slice(0, DAY_LENGTH)).sort();
  const lastDays = members.map(({ days }) => days.slice(-DAY_LENGTH)).sort();
  const span = [firstDays[0] ?? "", lastDays.at(-1) ?? ""] as const;
  const all = candidates(example, calendar, changes.endings?.[endingOf(example)] ?? {}, span)
    .map((day): Candidate => ({ day, have: 0, could: 0, place: 0 }));
  const lacked = sessionsAmong(members, all, { source, calendar });
  return members.map(({ ticker, days }) => {
    const own = changes.tickers?.[ticker] ?? {};
    const missing: MissingDay[] = [];
    walk(days, lacked, ({ day, place }, isStored) => {
      if (!isStored && !isClosed(own, day)) missing.push({ day, place });
    });
    return { ticker, source, calendar, missing };
  });
}

/** What each ticker lacks, nothing of most. The others of their endings and sources have to be there. */
export function missingDays(
  stored: readonly StoredDays[],
  changes: CalendarChanges = {},
): readonly Missing[] {
  const groups = Map.groupBy(
    stored,
    ({ ticker, source }) => JSON.stringify([endingOf(ticker), source]),
  );
  return [...groups.values()].flatMap((members) => missingOf(members, changes));
}
