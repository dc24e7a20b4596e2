import * as fc from "fast-check";
import { retryAfterMs } from "../../../src/sources/http/retry_after.ts";
import { assert, assertEquals } from "../../assert.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");

Deno.test("seconds and every form of a date are understood, nonsense is as good as nothing", () => {
  const cases: [string | null, number | null][] = [
    [null, null],
    ["", null],
    ["  ", null],
    ["0", 0],
    ["7", 7000],
    [" 120 ", 120_000],
    ["86400", 86_400_000],
    ["86401", 86_400_000],
    ["9".repeat(400), 86_400_000],
    ["Fri, 02 Jan 2026 03:04:15 GMT", 10_000],
    ["Friday, 02-Jan-26 03:04:15 GMT", 10_000],
    ["Fri Jan  2 03:04:15 2026", 10_000],
    ["2026-01-02T03:04:15Z", 10_000],
    ["Fri, 02 Jan 2026 03:04:00 GMT", 0],
    ["Fri, 02 Jan 2099 03:04:00 GMT", 86_400_000],
    ["1.5", null],
    ["-5", null],
    ["+5", null],
    ["1e3", null],
    ["2h", null],
    ["soon", null],
    ["12:00", null],
    ["5, 7", null],
  ];
  for (const [value, ms] of cases) assertEquals(retryAfterMs(value, NOW), ms, String(value));
});

Deno.test("property: it is null, or from nothing to a day", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const ms = retryAfterMs(text, NOW);
    assert(ms === null || (ms >= 0 && ms <= 86_400_000));
  }));
});
