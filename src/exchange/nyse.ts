/**
 * Days of the week on which the exchanges of New York, NYSE and Nasdaq, have no session.
 *
 * The rules are those of NYSE's Rule 7.2. Days that end early are days of trading.
 *
 * @module
 */
import { dayNumber, easterSunday, numberOf, weekdayOf } from "./days.ts";

const MONDAY = 1;
const THURSDAY = 4;

/** Closings without a rule: mourning, storms, attacks. */
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

/** The nth of a day of the week in a month, `nth` from 1. */
function nth(year: number, month: number, weekday: number, count: number): number {
  const first = numberOf(year, month, 1);
  return first + ((weekday - weekdayOf(first) + 7) % 7) + (count - 1) * 7;
}

/** On a Saturday it is kept on the Friday before, on a Sunday on the Monday after. */
function observed(day: number): number {
  return day + ({ 0: 1, 6: -1 }[weekdayOf(day)] ?? 0);
}

/**
 * Days without a session.
 *
 * @param year Full year, from 1998 on, when Martin Luther King's day came; compared with the published
 *   calendars of 2011 to 2016 and 2022 to 2028.
 * @returns Days since 1970-01-01, in no order; some of them may be Saturdays and Sundays.
 */
export function nyseHolidays(year: number): number[] {
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
