/**
 * Days of the week on which B3, the exchange of São Paulo, has no session.
 *
 * The rules are those of the calendars that B3 publishes each year. Ash Wednesday begins late, and is a
 * day of trading.
 *
 * @module
 */
import { easterSunday, numberOf, weekdayOf } from "./days.ts";

/** National holidays and eves without a session; none is moved from a weekend. */
const FIXED: readonly (readonly [month: number, day: number])[] = [
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
const FROM_EASTER = [-48, -47, -2, 60];

/**
 * Holidays of the city and the state of São Paulo, on which there has been trading since 2022. In 2020
 * the city had moved them because of the pandemic, and the exchange went on.
 */
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

/**
 * Days without a session.
 *
 * @param year Full year. The rules were compared with the calendars of 2021 to 2026.
 * @returns Days since 1970-01-01, in no order; some of them may be Saturdays and Sundays.
 */
export function b3Holidays(year: number): number[] {
  const easter = easterSunday(year);
  return [
    ...FIXED.map(([month, day]) => numberOf(year, month, day)),
    ...FROM_EASTER.map((days) => easter + days),
    ...ofSaoPaulo(year),
    // Consciência Negra is national by Lei 14.759 of December 2023; in 2022 and 2023 there was trading.
    ...year >= 2024 ? [numberOf(year, 11, 20)] : [],
    lastWeekday(year),
  ];
}
