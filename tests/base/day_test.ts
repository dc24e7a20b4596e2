import * as fc from "fast-check";
import {
  addDays,
  dayOfIso,
  isCalendarDay,
  isDay,
  isoOfDay,
  lastPossibleDay,
} from "../../src/base/day.ts";
import { assert, assertEquals } from "../assert.ts";

Deno.test("the last possible day has begun where the day begins first, at UTC+14", () => {
  const at = (time: string): string => lastPossibleDay(Date.parse(time));
  assertEquals(at("2024-01-01T00:00:00.000Z"), "2024-01-01");
  assertEquals(at("2024-01-01T09:59:59.999Z"), "2024-01-01");
  assertEquals(at("2024-01-01T10:00:00.000Z"), "2024-01-02");
  assertEquals(at("2024-02-28T23:00:00.000Z"), "2024-02-29");
  assertEquals(at("2023-12-31T10:00:00.000Z"), "2024-01-01");
});

Deno.test("days are counted over months, leap days and years", () => {
  assertEquals(addDays("2024-02-28", 1), "2024-02-29");
  assertEquals(addDays("2024-03-01", -1), "2024-02-29");
  assertEquals(addDays("2023-12-31", 1), "2024-01-01");
  assertEquals(addDays("2024-01-01", 0), "2024-01-01");
});

Deno.test("the calendar is the one that Date has", () => {
  fc.assert(
    fc.property(fc.nat(9999), fc.nat(14), fc.nat(40), (year, month, day) => {
      const text = isoOfDay(year * 10_000 + month * 100 + day);
      const parsed = new Date(`${text}T00:00:00Z`);
      const real = year > 0 && !Number.isNaN(parsed.getTime()) &&
        parsed.toISOString().slice(0, 10) === text;
      assertEquals(isCalendarDay(year * 10_000 + month * 100 + day), real, text);
    }),
    { numRuns: 2000 },
  );
  assert(isCalendarDay(20240229) && !isCalendarDay(20230229) && !isCalendarDay(19000229));
});

Deno.test("integers and text of a day are the same day", () => {
  for (const iso of ["2024-01-02", "1999-12-31", "0987-06-05"]) {
    assertEquals(isoOfDay(dayOfIso(iso)), iso);
  }
});

Deno.test("only a day of the calendar, written in full, is one", () => {
  for (const day of ["2024-02-29", "1970-01-01"]) assertEquals(isDay(day), true, day);
  for (const text of ["2023-02-29", "2024-13-01", "2024-1-1", "2024-01-01T00:00:00Z", ""]) {
    assertEquals(isDay(text), false, text);
  }
});
