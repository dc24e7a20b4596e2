import { DayReader } from "../../../src/sources/csv/days.ts";
import { assert, assertEquals } from "../../assert.ts";

Deno.test("ISO days, also with a midnight behind them", () => {
  for (
    const tail of [
      "",
      "T00:00",
      " 00:00:00",
      "T00:00:00Z",
      "T00:00:00.000Z",
      " 00:00:00-03:00",
      " 00:00:00 +00:00",
    ]
  ) {
    assertEquals(new DayReader().read(`2024-02-29${tail}`), 20240229, tail);
  }
});

Deno.test("another time of day is no day", () => {
  for (const tail of ["T22:00:00Z", " 00:01:00", " 00:00:01", "T00:00:00.001", "T23:00"]) {
    assertEquals(new DayReader().read(`2024-02-29${tail}`), "not_a_day", tail);
  }
});

Deno.test("with slashes the day comes first", () => {
  assertEquals(new DayReader().read("01/02/2024"), 20240201);
  assertEquals(new DayReader().read("31/12/1999"), 19991231);
});

Deno.test("impossible and unknown dates are refused", () => {
  for (
    const cell of [
      "2023-02-29",
      "1900-02-29",
      "2024-13-01",
      "2024-00-10",
      "2024-01-00",
      "2024-04-31",
      "0000-01-01",
      "31/02/2024",
      "1/2/2024",
      "01/02/24",
      "20240102",
      "2024-1-2",
      "01-02-2024",
      "Jan 2, 2024",
      "2024-01-02T",
      "2024-01-02 x",
      "",
      "null",
    ]
  ) {
    assertEquals(new DayReader().read(cell), "bad_date", cell);
  }
  assertEquals(new DayReader().read("2000-02-29"), 20000229);
});

Deno.test("month first is noticed where nothing speaks for day first", () => {
  const days = new DayReader();
  days.read("01/02/2024");
  days.read("32/02/2024");
  assert(!days.monthFirst);
  assertEquals(days.read("01/13/2024"), "bad_date");
  assert(days.monthFirst);
  days.read("13/01/2024");
  assert(!days.monthFirst);
});
