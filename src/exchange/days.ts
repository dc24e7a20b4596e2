/** Calendar days as numbers: days since 1970-01-01, which was a Thursday. @module */

const DAY_MS = 86_400_000;
const THURSDAY = 4;

/** The number of a day `YYYY-MM-DD`; NaN where it is none. */
export function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
}

/** The number of a day, which may be beyond the month; 0 is the last of the month before. */
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

/** Easter Sunday from 1583 on (Meeus, Jones, Butcher: Astronomical Algorithms, 1991, chapter 8). */
export function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const rest = year % 100;
  const skipped = Math.floor(century / 4);
  const moonShift = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - skipped - moonShift + 15) % 30;
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor(rest / 4) - epact - rest % 4) % 7;
  const late = Math.floor((golden + 11 * epact + 22 * toSunday) / 451);
  const days = epact + toSunday - 7 * late + 114;
  return numberOf(year, Math.floor(days / 31), days % 31 + 1);
}
