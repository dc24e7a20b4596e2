import { UsageError } from "../../../src/base/errors.ts";
import { sessionsBetween } from "../../../src/exchange/sessions.ts";
import { filesFor, seriesFile, wantedFiles } from "../../../src/sources/cotahist/series.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const NEWEST = "2026-09-18";

function names(missing: readonly string[], newest = NEWEST, today = newest): string[] {
  return filesFor(missing, newest, today).map(({ name }) => name.slice(9, -4));
}

function sessions(from: string, to: string): string[] {
  return sessionsBetween("b3", from, to);
}

Deno.test("a file's name and span come from the year, the month or the day", () => {
  assertEquals(seriesFile("2024"), {
    kind: "year",
    name: "COTAHIST_A2024.ZIP",
    from: "2024-01-01",
    to: "2024-12-31",
  });
  assertEquals(seriesFile("2024-02"), {
    kind: "month",
    name: "COTAHIST_M022024.ZIP",
    from: "2024-02-01",
    to: "2024-02-29",
  });
  assertEquals(seriesFile("2024-02-05").name, "COTAHIST_D05022024.ZIP");
});

Deno.test("the fewest and smallest files are asked for", () => {
  // One evening's file; three days; a month that is mostly missing, with days around it.
  assertEquals(names([NEWEST]), ["D18092026"]);
  assertEquals(names(sessions("2026-09-16", NEWEST)), ["D16092026", "D17092026", "D18092026"]);
  assertEquals(names(sessions("2026-07-30", "2026-09-02")), [
    ...["D30072026", "D31072026", "M082026", "D01092026", "D02092026"],
  ]);
  // Most of the year: its own file, and the newest day, which that may not have yet.
  assertEquals(names(sessions("2026-02-02", NEWEST)), ["A2026", "D18092026"]);
  // Days of last year are not kept: months are, for twelve.
  assertEquals(names(["2025-11-05", NEWEST]), ["M112025", "D18092026"]);
  assertEquals(names(["2025-08-05"]), ["A2025"]);
  assertEquals(names(["2025-08-05", "2025-12-01"]), ["A2025"]);
  assertEquals(names(sessions("2023-05-02", NEWEST)), [
    ...["A2023", "A2024", "A2025", "A2026", "D18092026"],
  ]);
  // A year that has just begun, and the evening of its last session before.
  assertEquals(names(sessions("2025-12-29", "2026-01-05"), "2026-01-05"), [
    ...["M122025", "D02012026", "D05012026"],
  ]);
  assertEquals(names(["2025-12-30"], "2025-12-30", "2026-01-01"), ["M122025"]);
});

Deno.test("what is wanted is read, or refused by the option's name", () => {
  const named = (selection: Record<string, unknown>) =>
    wantedFiles(selection, NEWEST).files?.map(({ name }) => name.slice(9, -4)) ?? null;
  assertEquals(named({}), null);
  assertEquals(named({ year: ["2020-2022", "1986", "2021"] }), [
    "A1986",
    "A2020",
    "A2021",
    "A2022",
  ]);
  assertEquals(named({ month: ["2026-08"] }), ["M082026"]);
  assertEquals(named({ day: ["2026-09-17", "2026-09-18"] }), ["D17092026", "D18092026"]);
  assertEquals(wantedFiles({ since: "2024-01-01" }, NEWEST), { files: null, since: "2024-01-01" });
  for (
    const [selection, message] of [
      [{ year: ["24"] }, /--year "24" is no year/],
      [{ year: ["1985"] }, /--year "1985" is not within 1986 to 2026/],
      [{ year: ["2027"] }, /--year "2027" is not within/],
      [{ year: ["2024-2020"] }, /--year "2024-2020" is not within/],
      [{ month: ["2026-13"] }, /--month "2026-13" is no month/],
      [{ since: "1985-12-30" }, /--since "1985-12-30" is before 1986/],
      [{ month: ["1985-12"] }, /--month "1985-12" is before 1986/],
      [{ month: ["2026-10"] }, /--month "2026-10" is in the future/],
      [{ day: ["2026-02-30"] }, /--day "2026-02-30" is no day/],
      [{ day: ["2026-09-19"] }, /--day "2026-09-19" is in the future/],
      [{ since: "2026-09-19" }, /--since "2026-09-19" is in the future/],
      [{ year: ["2024"], day: ["2026-09-18"] }, /--year and --day exclude each other/],
    ] as const
  ) {
    const error = assertThrows(() => wantedFiles(selection, NEWEST), UsageError);
    assertEquals(message.test(error.message), true, error.message);
  }
});
