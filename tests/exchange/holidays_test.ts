import { weekdayOf } from "../../src/exchange/days.ts";
import { type Exchange, holidaysOf, isExchange, isHoliday } from "../../src/exchange/holidays.ts";
import { assert, assertEquals } from "../assert.ts";

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

/** As B3 has published them, each December for the next year. */
const B3: Readonly<Record<number, string>> = {
  2021: "01-01 01-25 02-15 02-16 04-02 04-21 06-03 07-09 09-07 10-12 11-02 11-15 12-24 12-31",
  2022: "02-28 03-01 04-15 04-21 06-16 09-07 10-12 11-02 11-15 12-30",
  2023: "02-20 02-21 04-07 04-21 05-01 06-08 09-07 10-12 11-02 11-15 12-25 12-29",
  2024: "01-01 02-12 02-13 03-29 05-01 05-30 11-15 11-20 12-24 12-25 12-31",
  2025: "01-01 03-03 03-04 04-18 04-21 05-01 06-19 11-20 12-24 12-25 12-31",
  2026: "01-01 02-16 02-17 04-03 04-21 05-01 06-04 09-07 10-12 11-02 11-20 12-24 12-25 12-31",
};

/** As NYSE Group has published them; with the two days of Hurricane Sandy and one of mourning. */
const NYSE: Readonly<Record<number, string>> = {
  2011: "01-17 02-21 04-22 05-30 07-04 09-05 11-24 12-26",
  2012: "01-02 01-16 02-20 04-06 05-28 07-04 09-03 10-29 10-30 11-22 12-25",
  2013: "01-01 01-21 02-18 03-29 05-27 07-04 09-02 11-28 12-25",
  2014: "01-01 01-20 02-17 04-18 05-26 07-04 09-01 11-27 12-25",
  2015: "01-01 01-19 02-16 04-03 05-25 07-03 09-07 11-26 12-25",
  2016: "01-01 01-18 02-15 03-25 05-30 07-04 09-05 11-24 12-26",
  2022: "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26",
  2023: "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25",
  2024: "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25",
  2025: "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25",
  2026: "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25",
  2027: "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24",
  2028: "01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25",
};

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
