/**
 * Days as CSV files write them. A day is kept as the integer `yyyymmdd`, which sorts like the text
 * and fits into a typed array.
 *
 * @module
 */
import { isCalendarDay } from "../../base/day.ts";

/** Why a cell is not a day. The texts are codes of rejects. */
export type DayFault = "bad_date" | "not_a_day";

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?: ?(?:Z|[+-]\d\d:\d\d))?)?$/;
const DAY_FIRST = /^(\d\d)\/(\d\d)\/(\d{4})$/;

/**
 * Reads the days of one file: `YYYY-MM-DD`, also followed by a midnight (`T00:00:00`,
 * ` 00:00:00-03:00`), or `DD/MM/YYYY`. Any other time of day is refused, since the day that it
 * belongs to depends on the exchange.
 */
export class DayReader {
  #dayFirst = 0;
  #monthFirst = 0;

  /**
   * Whether the dates with slashes can only be `MM/DD/YYYY`: some are impossible with the day
   * first, and none is impossible with the month first. Those with both below 13 have then been
   * read wrongly, without any sign of it.
   */
  get monthFirst(): boolean {
    return this.#monthFirst > 0 && this.#dayFirst === 0;
  }

  /**
   * Reads one cell.
   *
   * @returns `yyyymmdd`, or what is wrong.
   */
  read(cell: string): number | DayFault {
    const iso = ISO.exec(cell);
    if (iso !== null) {
      const day = toDay(Number(iso[1]), Number(iso[2]), Number(iso[3]));
      if (day === undefined) return "bad_date";
      for (let part = 4; part <= 7; part++) {
        if (Number(iso[part] ?? 0) !== 0) return "not_a_day";
      }
      return day;
    }
    const slashed = DAY_FIRST.exec(cell);
    if (slashed === null) return "bad_date";
    const [first, second, year] = [Number(slashed[1]), Number(slashed[2]), Number(slashed[3])];
    const day = toDay(year, second, first);
    if (day === undefined) {
      if (toDay(year, first, second) !== undefined) this.#monthFirst++;
      return "bad_date";
    }
    if (first > 12) this.#dayFirst++;
    return day;
  }
}

function toDay(year: number, month: number, day: number): number | undefined {
  const number = year * 10_000 + month * 100 + day;
  return isCalendarDay(number) ? number : undefined;
}
