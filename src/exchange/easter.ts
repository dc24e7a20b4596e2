/**
 * Easter, by which many holidays are counted.
 *
 * @module
 */
import { numberOf } from "./days.ts";

/**
 * Easter Sunday of the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher (Jean Meeus,
 * Astronomical Algorithms, 1991, chapter 8), which holds for every year.
 *
 * @param year Full year, from 1583 on.
 * @returns Days since 1970-01-01.
 */
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
