/** Days as programs write them, kept as `yyyymmdd`, which fits into a typed array. @module */
import { isCalendarDay } from "../../base/day.ts";
import { numberOf as numberOfDay, weekdayOf as weekdayOfNumber } from "../../exchange/days.ts";

/** What stands first where the year does not. */
export type DayOrder = "dmy" | "mdy";

/** A day whose spelling says which it is, or one whose day and month may be the other way round. */
export type DayText =
  | { readonly kind: "day"; readonly day: number; readonly time: TimeText | undefined }
  | {
    readonly kind: "numbers";
    readonly first: number;
    readonly second: number;
    readonly year: number;
    readonly yearDigits: number;
    readonly separator: string;
    readonly time: TimeText | undefined;
  }
  | { readonly kind: "instant"; readonly unit: InstantUnit; readonly ms: number };

/** How many of its unit a second has. */
export type InstantUnit = 1 | 1e3 | 1e6 | 1e9;

/** A time of day. */
export interface TimeText {
  readonly seconds: number;
  readonly offset: number | undefined;
}

/** A longer cell is no day: the patterns would look at it again from each of its places. */
const MOST_CHARACTERS = 64;

const TIME =
  /^(?:\s*[T,]?\s*(\d{1,2}):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?\s*([AaPp])?(?:\.?[Mm]\.?)?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?$/;
const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)/;
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?!\d)/;
const YEAR_LAST = /^(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d\d)(?!\d)/;
const NAMED_DAY_FIRST =
  /^(\d{1,2})(?:st|nd|rd|th|º)?[\s/.-]*(?:de\s+)?(\p{L}{3,9})\.?,?[\s/.-]*(?:de\s+)?(\d{4})(?!\d)/u;
const NAMED_MONTH_FIRST = /^(\p{L}{3,9})\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(\d{4})(?!\d)/u;
const NAMED_YEAR_FIRST = /^(\d{4})[\s/-](\p{L}{3,9})\.?[\s/-](\d{1,2})(?!\d)/u;
/** Seconds, milliseconds … since 1970, of 8 digits from 1966 to 1973. */
const INSTANT = /^-?(\d{8,10}|\d{12,13}|\d{15,16}|\d{18,19})(?:\.\d+)?$/;

/** What words of a list name, each in English and in Portuguese. */
function names(words: string): readonly (readonly string[])[] {
  return words.split(" ").map((each) => each.split("/"));
}

const MONTHS = names(
  "january/janeiro february/fevereiro march/marco april/abril may/maio june/junho july/julho " +
    "august/agosto september/setembro october/outubro november/novembro december/dezembro",
);
const WEEKDAYS = names(
  "sunday/domingo monday/segunda/segunda-feira tuesday/terca/terca-feira " +
    "wednesday/quarta/quarta-feira thursday/quinta/quinta-feira friday/sexta/sexta-feira " +
    "saturday/sabado",
);

function numberOf(word: string, names: readonly (readonly string[])[]): number {
  const plain = word.normalize("NFD").replace(/\p{M}|\./gu, "").toLowerCase();
  if (plain.length < 3) return -1;
  return names.findIndex((each) => each.some((name) => name.startsWith(plain)));
}

/** The month that a word names, from 1; 0 for none. English and Portuguese, whole or shortened. */
export function monthOf(word: string): number {
  return numberOf(word, MONTHS) + 1;
}

/** The day of the week that a cell names, Sunday is 0; undefined for none. */
export function weekdayOf(cell: string): number | undefined {
  const weekday = /^[\p{L}.-]{3,14}$/u.test(cell) ? numberOf(cell, WEEKDAYS) : -1;
  return weekday === -1 ? undefined : weekday;
}

/** `yyyymmdd`, or undefined where the calendar has no such day. */
export function toDay(year: number, month: number, day: number): number | undefined {
  const number = year * 10_000 + month * 100 + day;
  return month <= 12 && day <= 31 && isCalendarDay(number) ? number : undefined;
}

/** The time of day in a cell of its own, or behind a day; null where it is none. */
export function readTime(text: string): TimeText | undefined | null {
  if (text === "") return undefined;
  const match = text.length > MOST_CHARACTERS ? null : TIME.exec(text);
  if (match === null) return null;
  const [, hourText, minutes = "0", seconds = "0", fraction = "0", half, zone] = match;
  if (hourText === undefined) return zone === undefined ? undefined : null;
  let hour = Number(hourText);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = hour % 12 + (/p/i.test(half) ? 12 : 0);
  }
  if (hour > 24 || Number(minutes) > 59 || Number(seconds) > 60) return null;
  const total = hour * 3600 + Number(minutes) * 60 + Number(seconds) + Number(`0.${fraction}`);
  return { seconds: total, offset: zone === undefined ? undefined : offsetOf(zone) };
}

function offsetOf(zone: string): number {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === "-" ? -minutes : minutes;
}

function named(year: string, month: string, day: string): number | undefined {
  return toDay(Number(year), monthOf(month), Number(day));
}

function withoutWeekday(cell: string): string {
  const match = /^([\p{L}.-]{3,14}),?\s+(?=\S)/u.exec(cell);
  const word = match?.[1]?.replace(/,$/, "") ?? "";
  return match !== null && weekdayOf(word) !== undefined ? cell.slice(match[0].length) : cell;
}

const UNITS = [1, 1e3, 1e6, 1e9] as const;

/** Whether digits are a day, or one with hours and minutes behind it. */
export function isCompact(cell: string): boolean {
  return /^(?:\d{8}|\d{12})$/.test(cell) && dayIn(cell.slice(0, 8)) !== undefined &&
    /^(?:(?:[01]\d|2[0-3])[0-5]\d)?$/.test(cell.slice(8));
}

/** What day is written in a cell; `bad_date` where it is none. */
export function readDayText(cell: string): DayText | "bad_date" {
  if (cell.length > MOST_CHARACTERS) return "bad_date";
  const digits = INSTANT.exec(cell)?.[1]?.length;
  // Of 8 digits, those are seconds that no day of a price begins with.
  if (digits !== undefined && (digits > 8 || /^-|^[3-9]/.test(cell)) && !isCompact(cell)) {
    const unit = UNITS[Math.floor((digits - 9) / 3)] ?? 1;
    return { kind: "instant", unit, ms: Number(cell) * 1000 / unit };
  }
  const text = withoutWeekday(cell);
  const last = YEAR_LAST.exec(text);
  if (last !== null) {
    const time = readTime(text.slice(last[0].length));
    if (time === null) return "bad_date";
    const [, first, separator = "", second, year = ""] = last;
    return {
      kind: "numbers",
      first: Number(first),
      second: Number(second),
      year: Number(year),
      yearDigits: year.length,
      separator,
      time,
    };
  }
  const found = dayIn(text);
  const time = found === undefined ? null : readTime(text.slice(found.length));
  if (found === undefined || time === null) return "bad_date";
  return { kind: "day", day: found.day, time };
}

function dayIn(text: string): { readonly day: number; readonly length: number } | undefined {
  const made = (match: RegExpExecArray | null, year = "", month = "", day = "") => {
    if (match === null) return undefined;
    const found = /^\d+$/.test(month)
      ? toDay(Number(year), Number(month), Number(day))
      : named(year, month, day);
    return found === undefined ? undefined : { day: found, length: match[0].length };
  };
  const first = YEAR_FIRST.exec(text);
  if (first !== null) return made(first, first[1], first[3], first[4]);
  const compact = COMPACT.exec(text);
  if (compact !== null) return made(compact, compact[1], compact[2], compact[3]);
  const day = NAMED_DAY_FIRST.exec(text);
  if (day !== null) return made(day, day[3], day[2], day[1]);
  const month = NAMED_MONTH_FIRST.exec(text);
  if (month !== null) return made(month, month[3], month[1], month[2]);
  const year = NAMED_YEAR_FIRST.exec(text);
  return year === null ? undefined : made(year, year[1], year[2], year[3]);
}

/** The day of numbers whose order is known; undefined where the calendar has none. */
export function dayOfNumbers(
  { first, second, year }: { first: number; second: number; year: number },
  order: DayOrder,
): number | undefined {
  return order === "dmy" ? toDay(year, second, first) : toDay(year, first, second);
}

/** Whether it is written like `2024/01/31`, by numbers that are parted. */
export function isYearFirst(cell: string): boolean {
  return YEAR_FIRST.test(cell);
}

/** Whether a day that has the year first would be one with the month last: `2024-31-01`. */
export function isYearDayMonth(cell: string): boolean {
  const match = YEAR_FIRST.exec(cell);
  return match !== null &&
    toDay(Number(match[1]), Number(match[4]), Number(match[3])) !== undefined;
}

/** Days since 1970-01-01 of `yyyymmdd`. */
export function dayNumber(day: number): number {
  return numberOfDay(Math.floor(day / 10_000), Math.floor(day / 100) % 100, day % 100);
}

/** The day of the week of `yyyymmdd`, Sunday is 0. */
export function weekdayOfDay(day: number): number {
  return weekdayOfNumber(dayNumber(day));
}
