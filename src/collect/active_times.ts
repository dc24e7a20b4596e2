/** When a task may have turns, in an exchange's local time. Moments are in ms since 1970. @module */
import { isExchange, isHoliday } from "../exchange/holidays.ts";

/** Hours of a day in minutes after midnight. Where `close` is not after `open`, it is on the next day. */
export interface Hours {
  readonly open: number;
  readonly close: number;
}

/** Active hours and days of a task. */
export interface ActiveTimes {
  readonly timeZone: string;
  /** In the order of their opening, without overlap. */
  readonly hours: readonly Hours[];
  /** Days of the week on which the hours open: 1 for Monday to 7 for Sunday. */
  readonly days: readonly number[];
  /** Days on which nothing opens, `YYYY-MM-DD`, and exchanges whose holidays are such days. */
  readonly holidays: readonly string[];
}

/** The whole day, as hours. */
export const WHOLE_DAY: Hours = { open: 0, close: 1440 };

const DAY_NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** How many days are searched for the next opening: more than a year of holidays. */
const MOST_DAYS_AHEAD = 400;

const MINUTES_OF_DAY = 1440;

function minutesOf(text: string): number | undefined {
  const [, hour = "", minute = ""] = /^(\d{2}):(\d{2})$/.exec(text) ?? [];
  const minutes = Number(hour) * 60 + Number(minute);
  return hour !== "" && Number(minute) < 60 && minutes <= MINUTES_OF_DAY ? minutes : undefined;
}

/** Parses `10:00-18:30,22:00-02:00`, sorted; the latter belongs to its first day. Undefined for none. */
export function parseHours(text: string): Hours[] | undefined {
  const hours: Hours[] = [];
  for (const part of text.split(",")) {
    const [from = "", to = "", ...more] = part.trim().split("-").map((each) => each.trim());
    const open = minutesOf(from);
    const close = minutesOf(to);
    if (open === undefined || close === undefined || more.length > 0) return undefined;
    if (open === close || open === MINUTES_OF_DAY) return undefined;
    hours.push({ open, close: close > open ? close : close + MINUTES_OF_DAY });
  }
  hours.sort((a, b) => a.open - b.open);
  for (const [index, { close }] of hours.entries()) {
    const next = hours[index + 1]?.open ?? (hours[0]?.open ?? 0) + MINUTES_OF_DAY;
    if (close > next) return undefined;
  }
  return hours;
}

/** Parses `mon-fri`, `mon,wed,fri-sat`: 1 for Monday to 7 for Sunday, sorted; undefined for none. */
export function parseDays(text: string): number[] | undefined {
  const days = new Set<number>();
  for (const part of text.toLowerCase().split(",")) {
    const ends = part.split("-").map((each) => DAY_NAMES.indexOf(each.trim()));
    const [first = -1, last = first] = ends;
    if (ends.length > 2 || first < 0 || last < 0) return undefined;
    for (let day = first;; day = (day + 1) % 7) {
      days.add(day + 1);
      if (day === last) break;
    }
  }
  return [...days].sort();
}

/** Whether the machine knows a time zone by name. `-03:00` is none: it has no daylight-saving time. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    localTime(0, name);
    return true;
  } catch {
    return false;
  }
}

/** The moment of a local time: the first or last of two, and of one left out that of the clock's change. */
function momentOf(
  day: Temporal.PlainDate,
  minutes: number,
  zone: string,
  which: "first" | "last",
): number {
  const local = day.toPlainDateTime().add({ minutes });
  const earlier = local.toZonedDateTime(zone, { disambiguation: "earlier" });
  if (!earlier.toPlainDateTime().equals(local)) {
    return (earlier.getTimeZoneTransition("next") ?? earlier).epochMilliseconds;
  }
  if (which === "first") return earlier.epochMilliseconds;
  return local.toZonedDateTime(zone, { disambiguation: "later" }).epochMilliseconds;
}

function localTime(atMs: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(zone);
}

/** The spans of active time that end after a moment, in order. */
export function* spansFrom(
  times: ActiveTimes,
  fromMs: number,
): Generator<{ readonly openMs: number; readonly closeMs: number }> {
  const { timeZone, hours, days, holidays } = times;
  const exchanges = holidays.filter(isExchange);
  const isClosed = (text: string): boolean =>
    holidays.includes(text) || exchanges.some((exchange) => isHoliday(exchange, text));
  // Hours that have opened the day before may go past midnight.
  let day = localTime(fromMs, timeZone).toPlainDate().subtract({ days: 1 });
  for (let count = 0; count <= MOST_DAYS_AHEAD + 1; count++, day = day.add({ days: 1 })) {
    if (!days.includes(day.dayOfWeek) || isClosed(day.toString())) continue;
    for (const { open, close } of hours) {
      const openMs = momentOf(day, open, timeZone, "first");
      const closeMs = momentOf(day, close, timeZone, "last");
      if (closeMs > fromMs && closeMs > openMs) yield { openMs, closeMs };
    }
  }
}

/** Whether a moment is active time; without times, each is. */
export function isActive(times: ActiveTimes | undefined, atMs: number): boolean {
  if (times === undefined) return true;
  for (const { openMs } of spansFrom(times, atMs)) return openMs <= atMs;
  return false;
}

/** A moment in the local time of a zone, for people: `2026-09-18 10:00:00 -03:00`. */
export function localText(atMs: number, timeZone: string): string {
  const local = localTime(atMs, timeZone);
  const time = local.toPlainTime().toString({ smallestUnit: "second" });
  return `${local.toPlainDate()} ${time} ${local.offset}`;
}
