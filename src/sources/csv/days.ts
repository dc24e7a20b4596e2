/**
 * Days as CSV files write them. A day is kept as the integer `yyyymmdd`, which sorts like the text
 * and fits into a typed array.
 *
 * @module
 */

/** Why a cell is not a day. The texts are codes of rejects. */
export type DayFault = "bad_date" | "not_a_day";

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?: ?(?:Z|[+-]\d\d:\d\d))?)?$/;
const DAY_FIRST = /^(\d\d)\/(\d\d)\/(\d{4})$/;
const DAYS_OF_MONTH = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads the days of one file: `YYYY-MM-DD`, also with a midnight behind it (`T00:00:00`,
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
   * @param cell Already trimmed.
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

/**
 * `YYYY-MM-DD` of a day.
 *
 * @param day `yyyymmdd`, as {@linkcode DayReader.read} gives it.
 */
export function isoOfDay(day: number): string {
  const text = String(day).padStart(8, "0");
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
}

/**
 * The integer of a day that is known to be valid.
 *
 * @param iso `YYYY-MM-DD`; anything else gives a number without meaning.
 */
export function dayOfIso(iso: string): number {
  return Number(iso.replaceAll("-", ""));
}

function toDay(year: number, month: number, day: number): number | undefined {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && leap ? 29 : DAYS_OF_MONTH[month];
  if (year < 1 || last === undefined || day < 1 || day > last) return undefined;
  return year * 10_000 + month * 100 + day;
}
