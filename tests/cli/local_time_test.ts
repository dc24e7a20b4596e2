import { lengthOf, localTime, localZone } from "../../src/cli/local_time.ts";
import { csvField } from "../../src/cli/logs_writer.ts";
import { assertEquals, assertMatch } from "../assert.ts";

Deno.test("times are shown in the local zone", () => {
  const time = new Date(2026, 0, 2, 3, 4, 5);
  assertEquals(localTime(time.toISOString()), "2026-01-02 03:04:05");
  assertEquals([localTime(null), localTime("never")], ["-", "never"]);
  assertMatch(localZone(), /^[A-Z]/);
});

Deno.test("lengths of time have the unit that tells most", () => {
  const cases: [number | null, string][] = [
    [null, "-"],
    [0, "0 ms"],
    [999, "999 ms"],
    [1000, "1.0 s"],
    [59_949, "59.9 s"],
    [59_950, "1 min 0 s"],
    [125_000, "2 min 5 s"],
    [3_600_000, "1 h 0 min"],
    [11_040_000, "3 h 4 min"],
  ];
  for (const [ms, text] of cases) assertEquals(lengthOf(ms), text);
});

Deno.test("a field of CSV is quoted where it has to be", () => {
  const cases: [unknown, string][] = [
    [null, ""],
    [0.5, "0.5"],
    ["plain text", "plain text"],
    ["a,b", '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ["two\nlines", '"two\nlines"'],
    [" edge", '" edge"'],
  ];
  for (const [value, text] of cases) assertEquals(csvField(value), text);
});
