/**
 * Calendar days as numbers: days since 1970-01-01, which was a Thursday.
 *
 * @module
 */

const DAY_MS = 86_400_000;
const THURSDAY = 4;

/** The number of a day `YYYY-MM-DD`; NaN where it is none. */
export function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
}

/**
 * The number of a day.
 *
 * @param year Full year, 100 to 9999.
 * @param month From 1.
 * @param day From 1; beyond the month's end it is a day of the next one, 0 is the last of the month
 *   before.
 */
export function numberOf(year: number, month: number, day: number): number {
  return Math.round(Date.UTC(year, month - 1, day) / DAY_MS);
}

/** The year of a number. */
export function yearOf(number: number): number {
  return new Date(number * DAY_MS).getUTCFullYear();
}

/** The day of the week of a number, 0 for Sunday to 6 for Saturday. */
export function weekdayOf(number: number): number {
  return (((number + THURSDAY) % 7) + 7) % 7;
}
