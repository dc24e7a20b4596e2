import { easterSunday } from "../../src/exchange/days.ts";
import { assertEquals } from "../assert.ts";

function dayText(number: number): string {
  return new Date(number * 86_400_000).toISOString().slice(0, 10);
}

Deno.test("Easter is where the almanac has it", () => {
  const known = [
    // The earliest and the latest that there are.
    ..."1818-03-22 1943-04-25 2038-04-25 2285-03-22".split(" "),
    ..."2000-04-23 2008-03-23 2011-04-24 2016-03-27 2019-04-21 2024-03-31 2026-04-05".split(" "),
    // The two exceptions of Gauss's rule.
    ..."1954-04-18 1981-04-19 2049-04-18 2076-04-19".split(" "),
  ];
  for (const day of known) assertEquals(dayText(easterSunday(Number(day.slice(0, 4)))), day);
});

/** The rule of Gauss, for 1900 to 2099: another way to the same days. */
function byGauss(year: number): string {
  const a = year % 19;
  const d = (19 * a + 24) % 30;
  const e = (2 * (year % 4) + 4 * (year % 7) + 6 * d + 5) % 7;
  const late = e === 6 && (d === 29 || (d === 28 && a > 10)) ? 7 : 0;
  return new Date(Date.UTC(year, 2, 22 + d + e - late)).toISOString().slice(0, 10);
}

Deno.test("of two centuries, both rules have the same days", () => {
  for (let year = 1900; year <= 2099; year++) {
    assertEquals(dayText(easterSunday(year)), byGauss(year));
  }
});
