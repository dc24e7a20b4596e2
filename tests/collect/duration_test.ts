import fc from "fast-check";
import { durationText, LONGEST_DURATION_MS, parseDuration } from "../../src/collect/duration.ts";
import { assertEquals } from "../assert.ts";

Deno.test("a length of time is whole numbers with w, d, h, m, s and ms, the larger unit first", () => {
  const cases: [string, number | undefined][] = [
    ["30s", 30_000],
    ["15m", 900_000],
    ["1h", 3_600_000],
    ["1d", 86_400_000],
    ["1h30m", 5_400_000],
    ["1D2h3M4s", 93_784_000],
    [" 90m ", 5_400_000],
    ["0s", 0],
    ["400d", LONGEST_DURATION_MS],
    ["401d", undefined],
    ["", undefined],
    ["15", undefined],
    ["1.5h", undefined],
    ["-1h", undefined],
    ["30m1h", undefined],
    ["1h1h", undefined],
    ["1 h", 3_600_000],
    ["1w2d", 777_600_000],
    ["90min", 5_400_000],
    ["1mi", undefined],
    ["500ms", 500],
    ["1m1s1ms", 61_001],
    ["1ms1s", undefined],
    ["99999999999s", undefined],
  ];
  for (const [text, ms] of cases) assertEquals(parseDuration(text), ms, text);
});

Deno.test("what is written is read as the same", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: LONGEST_DURATION_MS / 1000 }), (seconds) => {
    assertEquals(parseDuration(durationText(seconds * 1000)), seconds * 1000);
  }));
  assertEquals([durationText(499), durationText(-5), durationText(90_061_400)], [
    "0s",
    "0s",
    "1d1h1m1s",
  ]);
});
