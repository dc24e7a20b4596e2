import { addDays, lastPossibleDay } from "../../src/base/day.ts";
import { assertEquals } from "../assert.ts";

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
