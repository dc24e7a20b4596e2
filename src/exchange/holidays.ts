/** Holidays of B3 and of New York, as days since 1970-01-01; some fall on weekends. @module */
import { dayNumber, easterSunday, numberOf, weekdayOf, yearOf } from "./days.ts";

/** Brazil's national holidays and eves without a session; none is moved from a weekend. */
const FIXED_IN_BRAZIL: readonly (readonly [month: number, day: number])[] = [
  [1, 1], // Confraternização Universal
  [4, 21], // Tiradentes
  [5, 1], // Dia do Trabalho
  [9, 7], // Independência
  [10, 12], // Nossa Senhora Aparecida
  [11, 2], // Finados
  [11, 15], // Proclamação da República
  [12, 24],
  [12, 25],
];

/** Days from Easter Sunday: Carnival's Monday and Tuesday, Good Friday, Corpus Christi. */
const BRAZIL_FROM_EASTER = [-48, -47, -2, 60];

/** Holidays of São Paulo; the city moved them in 2020, and since 2022 there is trading. */
function ofSaoPaulo(year: number): number[] {
  return [
    ...year <= 2021 ? [numberOf(year, 1, 25)] : [],
    ...year >= 1997 && year <= 2021 && year !== 2020 ? [numberOf(year, 7, 9)] : [],
    ...year >= 2004 && year <= 2019 ? [numberOf(year, 11, 20)] : [],
  ];
}

/** The last day of the week before the new year: banks work it, without customers. */
function lastWeekday(year: number): number {
  const eve = numberOf(year, 12, 31);
  return eve - ({ 0: 2, 6: 1 }[weekdayOf(eve)] ?? 0);
}

/** By B3's published calendars, compared with 2021 to 2026; Ash Wednesday is a day of trading. */
function b3Holidays(year: number): number[] {
  const easter = easterSunday(year);
  return [
    ...FIXED_IN_BRAZIL.map(([month, day]) => numberOf(year, month, day)),
    ...BRAZIL_FROM_EASTER.map((days) => easter + days),
    ...ofSaoPaulo(year),
    // Consciência Negra is national by Lei 14.759 of December 2023; in 2022 and 2023 there was trading.
    ...year >= 2024 ? [numberOf(year, 11, 20)] : [],
    lastWeekday(year),
  ];
}

const MONDAY = 1;
const THURSDAY = 4;

/** Closings of New York without a rule: mourning, storms, attacks. */
const ONCE = [
  "2001-09-11",
  "2001-09-12",
  "2001-09-13",
  "2001-09-14",
  "2004-06-11", // Reagan
  "2007-01-02", // Ford
  "2012-10-29", // Hurricane Sandy
  "2012-10-30",
  "2018-12-05", // George H. W. Bush
  "2025-01-09", // Carter
].map(dayNumber);

function nth(year: number, month: number, weekday: number, n: number): number {
  const first = numberOf(year, month, 1);
  return first + ((weekday - weekdayOf(first) + 7) % 7) + (n - 1) * 7;
}

/** On a Saturday it is kept on the Friday before, on a Sunday on the Monday after. */
function observed(day: number): number {
  return day + ({ 0: 1, 6: -1 }[weekdayOf(day)] ?? 0);
}

/** By NYSE's Rule 7.2 from 1998 on, compared with 2011 to 2016 and 2021 to 2028. */
function nyseHolidays(year: number): number[] {
  const newYear = numberOf(year, 1, 1);
  return [
    // The Friday before would be the last day of a year's accounts: there is trading.
    weekdayOf(newYear) === 6 ? newYear : observed(newYear),
    nth(year, 1, MONDAY, 3), // Martin Luther King
    nth(year, 2, MONDAY, 3), // Washington
    easterSunday(year) - 2, // Good Friday
    nth(year, 6, MONDAY, 1) - 7, // Memorial Day, the last Monday of May
    ...year >= 2022 ? [observed(numberOf(year, 6, 19))] : [], // Juneteenth
    observed(numberOf(year, 7, 4)), // Independence Day
    nth(year, 9, MONDAY, 1), // Labor Day
    nth(year, 11, THURSDAY, 4), // Thanksgiving
    observed(numberOf(year, 12, 25)),
    ...ONCE,
  ];
}

const RULES = { b3: b3Holidays, nyse: nyseHolidays };

/** An exchange whose holidays are computed. `nyse` is Nasdaq's calendar, too. */
export type Exchange = keyof typeof RULES;

/** Their names. */
export const EXCHANGES: readonly Exchange[] = ["b3", "nyse"];

/** Holidays by exchange and year, because thousands of tickers ask for the same ones. */
const known = new Map<string, ReadonlySet<number>>();

/** Days without a session, since 1970-01-01, those on a weekend among them. */
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
