import { parseShare, parseWhen, type WhenOptions } from "../../../src/cli/args/parsers.ts";
import { UsageError } from "../../../src/base/errors.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

const NOW = Date.parse("2026-11-21T10:00:00.000Z");

function when(text: string, edge: WhenOptions["edge"] = "start"): string {
  return parseWhen(text, "--since", { edge, now: NOW });
}

Deno.test("a duration counts back from now", () => {
  assertEquals(when("90s"), "2026-11-21T09:58:30.000Z");
  assertEquals(when("30m"), "2026-11-21T09:30:00.000Z");
  assertEquals(when(" 2H "), "2026-11-21T08:00:00.000Z");
  assertEquals(when("7d"), "2026-11-14T10:00:00.000Z");
  assertEquals(when("4 w"), "2026-10-24T10:00:00.000Z");
  assertEquals(when("0m"), "2026-11-21T10:00:00.000Z");
});

Deno.test("a day is that of the local zone, and ends where the next begins", () => {
  assertEquals(when("2026-11-01"), new Date(2026, 10, 1).toISOString());
  assertEquals(when("2026-12-31", "end"), new Date(2027, 0, 1).toISOString());
});

Deno.test("a time is local unless it names its zone", () => {
  assertEquals(when("2026-11-01T10:30"), new Date(2026, 10, 1, 10, 30).toISOString());
  assertEquals(when("2026-11-01 10:30:15"), new Date(2026, 10, 1, 10, 30, 15).toISOString());
  assertEquals(when("2026-11-01T10:30Z"), "2026-11-01T10:30:00.000Z");
  assertEquals(when("2026-11-01T10:30:00.250-0300"), "2026-11-01T13:30:00.250Z");
  assertEquals(when("2026-11-01t10:30+05:30", "end"), "2026-11-01T05:00:00.000Z");
});

Deno.test("words, months and years are whole, a time alone is of today", () => {
  const today = new Date(NOW);
  const local = (days: number, hours = 0, minutes = 0): string =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() + days, hours, minutes)
      .toISOString();
  const spans: [string, string, string][] = [
    ["today", local(0), local(1)],
    ["Yesterday", local(-1), local(0)],
    ["2026-02", new Date(2026, 1, 1).toISOString(), new Date(2026, 2, 1).toISOString()],
    ["2025", new Date(2025, 0, 1).toISOString(), new Date(2026, 0, 1).toISOString()],
    ["00:00", local(0), local(0)],
    ["yesterday 6:30", local(-1, 6, 30), local(-1, 6, 30)],
    ["today 23:30", local(0, 23, 30), local(0, 23, 30)],
  ];
  for (const [text, start, end] of spans) {
    assertEquals([when(text), when(text, "end")], [start, end], text);
  }
  // At the end of a span it is what is meant; at its beginning nothing could be found.
  assertEquals(when("23:59:59.999", "end"), new Date(Date.parse(local(1)) - 1).toISOString());
  const error = assertThrows(() => when("23:59:59.999"), UsageError);
  assertEquals(error.message, '--since "23:59:59.999": is still to come today');
  assertEquals(error.hint, 'Name the day: --since "yesterday 23:59:59.999".');
});

Deno.test("everything else is refused with what can be written", () => {
  const cases: [string, string][] = [
    ["soon", "is not a moment"],
    ["2", "is not a moment"],
    ["-2h", "is not a moment"],
    ["1.5h", "is not a moment"],
    ["2y", "is not a moment"],
    ["", "is not a moment"],
    ["2026-02-30", "is not a day of the calendar"],
    ["2026-02-30T10:00", "is not a day of the calendar"],
    ["2026-11-01T25:00", "is not a time of day"],
    ["2026-11-01T10:61Z", "is not a time of day"],
    ["2026-13", "is not a month of the calendar"],
    ["2026-11-01T", "is not a moment"],
    ["2026-11 10:00", "is not a moment"],
    ["tomorrow", "is not a moment"],
    ["25:00", "is not a time of day"],
    ["999999999w", "is before the year 1970"],
  ];
  for (const [text, why] of cases) {
    const error = assertThrows(() => when(text), UsageError);
    assertEquals(error.code, "bad_value", text);
    assertEquals(error.message, `--since ${JSON.stringify(text)}: ${why}`);
    assertStringIncludes(error.hint ?? "", "--since 2026-11-01");
    assert(error.details.option === "--since");
  }
});

Deno.test("a share is a percentage, with its sign", () => {
  const good: [string, number][] = [["0%", 0], ["10%", 0.1], ["12.5 %", 0.125], [" 100% ", 1]];
  for (const [text, share] of good) assertEquals(parseShare(text, "--x"), share);
  for (const text of ["", "%", "10", "0.5", "1e1%", "-1%", "ten%", "1.%", "100.1%", "999%"]) {
    const error = assertThrows(() => parseShare(text, "--x"), UsageError);
    assertEquals([error.code, error.details.value], ["bad_value", text]);
  }
});
