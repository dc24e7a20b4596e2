import { readDayText, readTime, weekdayOf } from "../../../src/sources/csv/days.ts";
import { type DayFault, dayInZone, DayReader } from "../../../src/sources/csv/day_reader.ts";
import type { DayOrder } from "../../../src/sources/csv/days.ts";
import { parseDateFormat, wholeYear } from "../../../src/sources/csv/date_format.ts";
import { UsageError } from "../../../src/base/errors.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";

function day(
  cell: string,
  over: { order?: DayOrder; format?: string; timeZone?: string; time?: string } = {},
): number | DayFault {
  const { order = null, format, timeZone = null, time } = over;
  const days = new DayReader({
    order,
    timeZone,
    format: format === undefined ? null : parseDateFormat(format),
  });
  return days.read(cell, time);
}

Deno.test("dates that can be read in one way only", () => {
  const cells = [
    ...["2024-02-29", "2024/02/29", "2024.02.29", "2024-2-29", "20240229", "2024-02-29T00:00:00Z"],
    ...["2024-02-29 00:00:00-03:00", "2024-02-29 16:00:00", "2024.02.29 00:00", "Feb 29, 2024"],
    ...["29 Feb 2024", "29-Feb-2024", "29/fev/2024", "29 de fev. de 2024", "February 29th, 2024"],
    ...["Thursday, February 29, 2024", "qui, 29 de fevereiro de 2024", "2024-Feb-29", "1709164800"],
    ...["1709164800000", "1709164800.0"],
  ];
  for (const cell of cells) assertEquals(day(cell), 20240229, cell);
});

Deno.test("where the year stands last, the order decides, and nothing does without it", () => {
  for (const cell of ["01/02/2024", "1/2/2024", "01-02-2024", "01.02.2024", "1/2/2024 16:00:00"]) {
    assertEquals(day(cell), "undecided", cell);
    assertEquals(day(cell, { order: "dmy" }), 20240201, cell);
    assertEquals(day(cell, { order: "mdy" }), 20240102, cell);
    assertEquals(day(cell, { format: "dmy" }), 20240201, cell);
  }
  assertEquals(day("31/01/2024", { order: "mdy" }), "bad_date");
  // Years of two digits by an option alone.
  assertEquals(day("01/02/24", { order: "dmy" }), "bad_date");
  assertEquals(day("01/02/24", { format: "dmy" }), 20240201);
  assertEquals(day("01/02/99", { format: "mdy" }), 19990102);
  assertEquals(day("24/02/01", { format: "ymd" }), 20240201);
});

Deno.test("a pattern reads what it says and nothing else", () => {
  assertEquals(day("01.02.24", { format: "dd.mm.yy" }), 20240201);
  assertEquals(day("1.2.24", { format: "dd.mm.yy" }), 20240201);
  assertEquals(day("01022024", { format: "ddmmyyyy" }), 20240201);
  assertEquals(day("2024-31-01", { format: "yyyy-dd-mm" }), 20240131);
  assertEquals(day("01/02/2024", { format: "%m/%d/%Y" }), 20240102);
  assertEquals(day("1 fev 2024", { format: "d mmm yyyy" }), 20240201);
  assertEquals(day("01/02/2024 16:00", { format: "dd/mm/yyyy" }), 20240201);
  for (const cell of ["2024-02-01", "01.02.2024", "01/02/24x"]) {
    assertEquals(day(cell, { format: "dd/mm/yy" }), "bad_date", cell);
  }
  for (const format of ["", "dd/mm", "x", "dd/dd/yyyy"]) {
    assertThrows(() => parseDateFormat(format), UsageError, "--date-format");
  }
  assertEquals(wholeYear(new Date().getUTCFullYear() % 100, 2), new Date().getUTCFullYear());
});

Deno.test("impossible and unknown dates are refused", () => {
  const cells = [
    ...["2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-01-00", "2024-04-31", ""],
    ...["0000-01-01", "2024-01-02T", "2024-01-02 x", "null", "Foo 2, 2024", "45293", "20241301"],
    ...["2024-01-02 25:00", "Jan 32, 2024"],
  ];
  for (const cell of cells) assertEquals(day(cell), "bad_date", cell);
  assertEquals(day("31/02/2024", { order: "dmy" }), "bad_date");
});

Deno.test("a time between 6 and 20 is one of a session; others need the time zone", () => {
  assertEquals(day("2024-01-02 06:00"), 20240102);
  assertEquals(day("2024-01-02", { time: "16:00" }), 20240102);
  assertEquals(day("20240102", { time: "000000" }), 20240102);
  for (const cell of ["2024-01-02 22:00:00", "2024-01-02 00:01:00", "2024-01-02T14:30:00Z"]) {
    assertEquals(day(cell), "not_a_day", cell);
  }
  assertEquals(day("2024-01-02 22:00:00", { timeZone: "America/Sao_Paulo" }), 20240102);
  assertEquals(day("2024-01-02T23:30:00Z", { timeZone: "Asia/Tokyo" }), 20240103);
  assertEquals(day("2024-01-02T01:30:00Z", { timeZone: "America/Sao_Paulo" }), 20240101);
  assertEquals(day("1704200400"), "not_a_day");
  assertEquals(day("1704200400", { timeZone: "America/Sao_Paulo" }), 20240102);
  assertEquals(dayInZone(Date.UTC(2024, 0, 2, 1), "America/Sao_Paulo"), 20240101);
});

Deno.test("points in time have a unit by their length, and near 1970 by those before them", () => {
  const timeZone = "America/New_York";
  const cells: Readonly<Record<string, number>> = {
    "978393600000": 20010102,
    "94867200": 19730103,
    "-252322200": 19620102,
    "-94608000": 19670102,
    "-252322200000": 19620102,
    "978393600000000": 20010102,
  };
  for (const [cell, wanted] of Object.entries(cells)) {
    const isMidnight = Number(cell) % 86_400 === 0;
    assertEquals(day(cell), isMidnight ? wanted : "not_a_day", cell);
  }
  assertEquals(day("-252322200", { timeZone }), 19620102);
  // Days with their time, and days alone, are no seconds.
  for (const cell of ["202401021600", "202401020000", "20241301", "12345678"]) {
    assertEquals(day(cell, { timeZone }), "bad_date", cell);
  }
  assertEquals(day("31231215", { timeZone }), 31231215);
  const read = (...texts: readonly string[]) => {
    const days = new DayReader({ order: null, timeZone: "UTC", format: null });
    return texts.map((text) => days.read(text));
  };
  assertEquals(read("-252322200", "-34200", "138600", "12345678", "102345678"), [
    ...[19620102, 19691231, 19700102, 19700523, 19730330],
  ]);
  const ms = read("978393600000", "138600000", "-34200000", "86400000000");
  assertEquals(ms, [20010102, 19700102, 19691231, 19720927]);
  // A day among them, in seconds or milliseconds.
  assertEquals(read("1704153600", "1704153600000", "20240102"), [20240102, 20240102, "bad_date"]);
});

Deno.test("times and days of the week", () => {
  assertEquals(readTime("4:00 PM")?.seconds, 16 * 3600);
  assertEquals(readTime("12:30 am")?.seconds, 1800);
  assertEquals(readTime("160000")?.seconds, 16 * 3600);
  assertEquals(readTime("10:00-03:00"), { seconds: 36000, offset: -180 });
  for (const text of ["x", "25:00", "10:60", "-03:00"]) assertEquals(readTime(text), null, text);
  assertEquals(["Mon", "tuesday", "qua", "Sáb.", "segunda-feira"].map(weekdayOf), [1, 2, 3, 6, 1]);
  for (const cell of ["", "May", "12", "PETR4"]) assertEquals(weekdayOf(cell), undefined, cell);
  const text = readDayText("3/4/2024");
  assert(text !== "bad_date" && text.kind === "numbers");
});
