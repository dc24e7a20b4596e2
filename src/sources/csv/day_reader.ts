/** From the cells of a row to the day that it is of. @module */
import { dayOfIso, isCalendarDay } from "../../base/day.ts";
import { type DateFormat, dayOfGiven } from "./date_format.ts";
import { isMissing } from "./numbers.ts";
import {
  dayNumber,
  dayOfNumbers,
  type DayOrder,
  type DayText,
  type InstantUnit,
  isCompact,
  isYearDayMonth,
  isYearFirst,
  readDayText,
  readTime,
  type TimeText,
} from "./days.ts";

/** Why a cell is not a day. The texts are codes of rejects, but for `undecided`. */
export type DayFault = "bad_date" | "not_a_day" | "undecided";

interface DayRules {
  readonly format: DateFormat | null;
  /** Null where it is not known yet. */
  readonly order: DayOrder | null;
  readonly timeZone: string | null;
}

/** `yyyymmdd` of `YYYY-MM-DD`, possible or not; below 0 for all else. */
function isoNumber(cell: string): number {
  if (cell.length !== 10) return -1;
  let number = 0;
  for (let index = 0; index < 10; index++) {
    const code = cell.charCodeAt(index);
    if (index === 4 || index === 7) {
      if (code !== 45) return -1;
    } else if (code < 48 || code > 57) return -1;
    else number = number * 10 + code - 48;
  }
  return number;
}

/** A time between these, in seconds, is one of a session: in no zone near it is it another day. */
const SESSION = { from: 6 * 3600, to: 20 * 3600 };

/** Points in time of so few digits are of the same unit as the others of the file. */
const NEAR_1970 = /^(?:-\d{1,9}|\d{6,9}|-?\d{11})$/;

/** The day of a point in time in a time zone. */
export function dayInZone(ms: number, timeZone: string): number {
  const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(ms));
  return dayOfIso(instant.toZonedDateTimeISO(timeZone).toPlainDate().toString());
}

/** Reads the days of one file. */
export class DayReader {
  /** Of the cell read last, in seconds, or as written where it is not understood. */
  time: number | string | undefined;
  /** The day before that time; undefined for a point in time. */
  written: number | undefined;
  /** Cells with a time; where a zone is given, but for a midnight that names none. */
  points = 0;
  /** Those that are midnight in UTC, or in their own zone. */
  midnights = 0;
  /** Those whose day depends on a time zone that is not known … */
  withoutDay = 0;
  /** … and the first of them. */
  firstPoint: string | undefined;
  /** Days that are possible only with the month last, or with the day last. */
  readonly yearFirst = { monthLast: 0, dayLast: 0, example: "" };
  readonly #rules: DayRules;
  /** Unit of the point in time read last, of those whose length tells it. */
  #unit: InstantUnit | undefined;

  constructor(rules: DayRules) {
    this.#rules = rules;
  }

  /** The day of a cell, and of a time in a column of its own, as `yyyymmdd`; or what is wrong. */
  read(cell: string, timeCell = ""): number | DayFault {
    this.time = undefined;
    this.written = undefined;
    const { format } = this.#rules;
    if (format?.kind === "pattern") {
      const found = format.read(cell);
      return found === undefined ? "bad_date" : this.#withTime(found.day, found.time, timeCell);
    }
    const iso = isoNumber(cell);
    if (iso >= 0) {
      if (!isCalendarDay(iso)) return this.#badYearFirst(cell);
      if (iso % 100 > 12) this.yearFirst.dayLast++;
      return timeCell === "" ? iso : this.#withTime(iso, undefined, timeCell);
    }
    if (this.#unit !== undefined && NEAR_1970.test(cell)) {
      return isCompact(cell) ? "bad_date" : this.#ofInstant(Number(cell) * 1000 / this.#unit, cell);
    }
    const text = readDayText(cell);
    if (text === "bad_date") return this.#badYearFirst(cell);
    if (text.kind === "instant") {
      this.#unit = text.unit;
      return this.#ofInstant(text.ms, cell);
    }
    if (text.kind === "day" && text.day % 100 > 12 && isYearFirst(cell)) this.yearFirst.dayLast++;
    const day = text.kind === "day" ? text.day : this.#ofNumbers(text);
    return typeof day === "number" ? this.#withTime(day, text.time, timeCell, cell) : day;
  }

  #badYearFirst(cell: string): DayFault {
    if (isYearDayMonth(cell)) {
      this.yearFirst.monthLast++;
      this.yearFirst.example ||= cell;
    }
    return "bad_date";
  }

  #ofNumbers(text: Extract<DayText, { readonly kind: "numbers" }>): number | DayFault {
    const { format, order } = this.#rules;
    if (format?.kind === "order") return dayOfGiven(text, format.text) ?? "bad_date";
    if (order === null) return "undecided";
    if (text.yearDigits !== 4) return "bad_date";
    return dayOfNumbers(text, order) ?? "bad_date";
  }

  #ofInstant(ms: number, cell: string): number | DayFault {
    this.points++;
    const isMidnight = ms % 86_400_000 === 0;
    if (isMidnight) this.midnights++;
    const { timeZone } = this.#rules;
    if (timeZone !== null) {
      this.time = Math.floor(ms / 1000);
      return dayInZone(ms, timeZone);
    }
    if (isMidnight) {
      this.time = 0;
      return dayInZone(ms, "UTC");
    }
    return this.#withoutDay(cell);
  }

  #withoutDay(cell: string): DayFault {
    this.firstPoint ??= cell;
    this.withoutDay++;
    return "not_a_day";
  }

  #withTime(
    day: number,
    time: TimeText | undefined,
    timeCell: string,
    cell = timeCell,
  ): number | DayFault {
    const beside = time ?? (isMissing(timeCell) ? undefined : readTime(timeCell));
    if (beside === null) {
      this.time = timeCell;
      this.written = day;
    }
    if (beside === null || beside === undefined) return day;
    const { timeZone } = this.#rules;
    const { seconds, offset } = beside;
    this.time = seconds;
    if (offset !== undefined || seconds !== 0 || timeZone === null) this.points++;
    if (offset !== undefined && seconds === 0) this.midnights++;
    if (offset === undefined) this.written = day;
    if (offset !== undefined && timeZone !== null) {
      return dayInZone((dayNumber(day) * 86_400 + seconds - offset * 60) * 1000, timeZone);
    }
    const isSession = offset === undefined && seconds >= SESSION.from && seconds <= SESSION.to;
    if (seconds === 0 || isSession || timeZone !== null) return day;
    return this.#withoutDay(cell);
  }
}
