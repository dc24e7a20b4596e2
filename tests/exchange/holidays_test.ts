import { weekdayOf } from "../../src/exchange/days.ts";
import { type Exchange, holidaysOf, isExchange, isHoliday } from "../../src/exchange/holidays.ts";
import { assert, assertEquals } from "../assert.ts";
import { B3, NYSE } from "./published.ts";

function dayText(number: number): string {
  return new Date(number * 86_400_000).toISOString().slice(0, 10);
}

/** Weekdays without a session, as `MM-DD`. */
function found(exchange: Exchange, year: number): string[] {
  return [...holidaysOf(exchange, year)]
    .filter((day) => weekdayOf(day) >= 1 && weekdayOf(day) <= 5)
    .sort((a, b) => a - b)
    .map((day) => dayText(day).slice(5));
}

for (const [exchange, years] of [["b3", B3], ["nyse", NYSE]] as const) {
  for (const [year, days] of Object.entries(years)) {
    Deno.test(`${exchange} of ${year}: the published days and no others`, () => {
      assertEquals(found(exchange, Number(year)), days.split(" "));
    });
  }
}

Deno.test("there was trading on days that other years have as holidays", () => {
  for (
    const day of "2020-07-09 2020-11-20 2022-01-25 2023-01-25 2023-11-20 2024-07-09".split(" ")
  ) {
    assert(!isHoliday("b3", day), day);
  }
  // Juneteenth was no holiday of the exchange yet; 2021 ended on a Friday before a Saturday.
  for (const day of ["2021-06-18", "2021-12-31"]) assert(!isHoliday("nyse", day), day);
  assert(isHoliday("b3", "2019-11-20") && isHoliday("nyse", "2018-12-05"));
});

Deno.test("the names are those two", () => {
  assertEquals(["b3", "nyse", "B3", "lse", ""].filter(isExchange), ["b3", "nyse"]);
});
