/**
 * Holidays of the exchanges whose rules are known.
 *
 * @module
 */
import { b3Holidays } from "./b3.ts";
import { dayNumber, yearOf } from "./days.ts";
import { nyseHolidays } from "./nyse.ts";

const RULES = { b3: b3Holidays, nyse: nyseHolidays };

/** An exchange whose holidays are computed. `nyse` is Nasdaq's calendar, too. */
export type Exchange = keyof typeof RULES;

/** Their names. */
export const EXCHANGES: readonly Exchange[] = ["b3", "nyse"];

/** By exchange and year, because thousands of tickers ask for the same ones. */
const known = new Map<string, ReadonlySet<number>>();

/**
 * Days without a session, those that fall on a weekend among them.
 *
 * @returns Days since 1970-01-01.
 */
export function holidaysOf(exchange: Exchange, year: number): ReadonlySet<number> {
  const key = `${exchange} ${year}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const days = new Set(RULES[exchange](year).filter((day) => yearOf(day) === year));
  known.set(key, days);
  return days;
}

/** Whether a day `YYYY-MM-DD` is a holiday of an exchange; a weekend alone is none. */
export function isHoliday(exchange: Exchange, day: string): boolean {
  return holidaysOf(exchange, Number(day.slice(0, 4))).has(dayNumber(day));
}

/** Whether a word is the name of an {@linkcode Exchange}. */
export function isExchange(word: string): word is Exchange {
  return EXCHANGES.some((each) => each === word);
}
