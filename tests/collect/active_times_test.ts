import fc from "fast-check";
import {
  type ActiveTimes,
  isActive,
  isTimeZone,
  localText,
  parseDays,
  parseHours,
  spansFrom,
} from "../../src/collect/active_times.ts";
import { assert, assertEquals } from "../assert.ts";

function times(zone: string, hours: string, days = "mon-sun", holidays: string[] = []) {
  return {
    timeZone: zone,
    hours: parseHours(hours) ?? [],
    days: parseDays(days) ?? [],
    holidays,
  } satisfies ActiveTimes;
}

/** The first spans, as ISO times. */
function spans(active: ActiveTimes, from: string, count: number): string[] {
  const found: string[] = [];
  for (const { openMs, closeMs } of spansFrom(active, Date.parse(from))) {
    found.push(`${new Date(openMs).toISOString()} ${new Date(closeMs).toISOString()}`);
    if (found.length === count) break;
  }
  return found.map((text) => text.replaceAll(":00.000Z", "Z"));
}

Deno.test("hours are read with commas, sorted, past midnight, and refused where they overlap", () => {
  assertEquals(parseHours("10:00-18:30"), [{ open: 600, close: 1110 }]);
  assertEquals(parseHours("14:00-17:00, 09:00 - 12:00"), [
    { open: 540, close: 720 },
    { open: 840, close: 1020 },
  ]);
  assertEquals(parseHours("22:00-02:00"), [{ open: 1320, close: 1560 }]);
  assertEquals(parseHours("00:00-24:00"), [{ open: 0, close: 1440 }]);
  const bad = [
    "",
    "10:00",
    "10:00-10:00",
    "24:00-10:00",
    "10:60-11:00",
    "25:00-26:00",
    "9:00-10:00",
    "09:00-12:00,11:00-13:00",
    "22:00-02:00,01:00-03:00",
    "10:00-11:00-12:00",
    "a-b",
  ];
  for (const text of bad) assertEquals(parseHours(text), undefined, text);
});

Deno.test("days are read as ranges and lists, also past Sunday", () => {
  assertEquals(parseDays("mon-fri"), [1, 2, 3, 4, 5]);
  assertEquals(parseDays("Sat-Mon"), [1, 6, 7]);
  assertEquals(parseDays("mon, wed,fri-sat"), [1, 3, 5, 6]);
  assertEquals(parseDays("sun"), [7]);
  for (const text of ["", "monday", "mon-", "mon-tue-wed", "1-5", "mon;fri"]) {
    assertEquals(parseDays(text), undefined, text);
  }
});

Deno.test("a time zone is a name that is known, and no offset", () => {
  for (const name of ["America/Sao_Paulo", "UTC", "Europe/London"]) assert(isTimeZone(name));
  for (const name of ["", "-03:00", "+01:00", "Mars/Olympus_Mons", "Sao Paulo"]) {
    assert(!isTimeZone(name), name);
  }
});

Deno.test("weekends and holidays have no span", () => {
  // Friday 2026-12-25 is a holiday; so is Monday.
  const b3 = times("America/Sao_Paulo", "10:00-18:30", "mon-fri", ["2026-12-25", "2026-12-28"]);
  assertEquals(spans(b3, "2026-12-24T15:00:00Z", 3), [
    "2026-12-24T13:00Z 2026-12-24T21:30Z",
    "2026-12-29T13:00Z 2026-12-29T21:30Z",
    "2026-12-30T13:00Z 2026-12-30T21:30Z",
  ]);
  assert(!isActive(b3, Date.parse("2026-12-25T15:00:00Z")));
  assert(isActive(b3, Date.parse("2026-12-24T21:29:59Z")));
  assert(!isActive(b3, Date.parse("2026-12-24T21:30:00Z")));
  assert(isActive(undefined, 0));
});

Deno.test("an exchange's name stands for its holidays, and days of one's own add to them", () => {
  // Thursday 24th, Friday 25th and Thursday 31st are B3's, Friday 1st is.
  const b3 = times("America/Sao_Paulo", "10:00-18:30", "mon-fri", ["b3", "2026-12-28"]);
  assertEquals(spans(b3, "2026-12-24T00:00:00Z", 4), [
    "2026-12-29T13:00Z 2026-12-29T21:30Z",
    "2026-12-30T13:00Z 2026-12-30T21:30Z",
    "2027-01-04T13:00Z 2027-01-04T21:30Z",
    "2027-01-05T13:00Z 2027-01-05T21:30Z",
  ]);
  const both = times("UTC", "10:00-11:00", "mon-fri", ["nyse", "b3"]);
  assertEquals(spans(both, "2026-11-19T12:00:00Z", 3), [
    "2026-11-23T10:00Z 2026-11-23T11:00Z",
    "2026-11-24T10:00Z 2026-11-24T11:00Z",
    "2026-11-25T10:00Z 2026-11-25T11:00Z",
  ]);
  assert(!isActive(both, Date.parse("2026-11-26T10:30:00Z")));
});

Deno.test("hours past midnight belong to the day on which they open", () => {
  const night = times("UTC", "22:00-02:00", "fri");
  assertEquals(spans(night, "2026-09-19T01:00:00Z", 2), [
    "2026-09-18T22:00Z 2026-09-19T02:00Z",
    "2026-09-25T22:00Z 2026-09-26T02:00Z",
  ]);
});

Deno.test("the opening keeps its local time when clocks are put forward and back", () => {
  const london = times("Europe/London", "08:00-16:30", "mon-fri");
  // Clocks go forward on 2026-03-29 and back on 2026-10-25, both Sundays.
  assertEquals(spans(london, "2026-03-27T00:00:00Z", 2), [
    "2026-03-27T08:00Z 2026-03-27T16:30Z",
    "2026-03-30T07:00Z 2026-03-30T15:30Z",
  ]);
  assertEquals(spans(london, "2026-10-23T00:00:00Z", 2), [
    "2026-10-23T07:00Z 2026-10-23T15:30Z",
    "2026-10-26T08:00Z 2026-10-26T16:30Z",
  ]);
});

Deno.test("hours that the change of clocks cuts begin or end at the change", () => {
  // In New York 02:00 to 03:00 is missing on 2026-03-08, and 01:00 to 02:00 comes twice on 2026-11-01.
  const gap = times("America/New_York", "02:30-04:00");
  assertEquals(spans(gap, "2026-03-08T06:00:00Z", 1), ["2026-03-08T07:00Z 2026-03-08T08:00Z"]);
  const into = times("America/New_York", "01:00-02:30");
  assertEquals(spans(into, "2026-03-08T05:30:00Z", 1), ["2026-03-08T06:00Z 2026-03-08T07:00Z"]);
  // All of it in the gap: no span on that day.
  const lost = times("America/New_York", "02:15-02:45");
  assertEquals(spans(lost, "2026-03-08T06:00:00Z", 1), ["2026-03-09T06:15Z 2026-03-09T06:45Z"]);
  const twice = times("America/New_York", "01:15-01:45");
  assertEquals(spans(twice, "2026-11-01T04:00:00Z", 1), ["2026-11-01T05:15Z 2026-11-01T06:45Z"]);
});

Deno.test("a day of 23 or 25 hours is one span, and the next begins where it ends", () => {
  const always = times("America/New_York", "00:00-24:00");
  for (const [from, hours] of [["2026-03-08", 23], ["2026-11-01", 25]] as const) {
    const [first, second] = [...spansFrom(always, Date.parse(`${from}T12:00:00Z`))];
    assert(first !== undefined && second !== undefined);
    assertEquals((first.closeMs - first.openMs) / 3_600_000, hours);
    assertEquals(first.closeMs, second.openMs);
  }
});

Deno.test("whatever the moment, it is active if its local time is within the hours of an active day", () => {
  const zones = ["America/Sao_Paulo", "America/New_York", "Europe/London", "Australia/Lord_Howe"];
  const from = Date.parse("2026-01-01T00:00:00Z");
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 365 * 1440 }),
      fc.integer({ min: 0, max: 1439 }),
      fc.integer({ min: 1, max: 1440 }),
      fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
      (timeZone, minute, open, length, days) => {
        const close = Math.min(open + length, 1440);
        const active = { timeZone, hours: [{ open, close }], days, holidays: [] };
        const at = from + minute * 60_000;
        const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
        const now = local.hour * 60 + local.minute;
        const within = days.includes(local.dayOfWeek) && open <= now && now < close;
        // Between the two comings of an hour, active time goes on: "if", not "only if".
        if (within) assert(isActive(active, at), local.toString());
        else if (isActive(active, at)) {
          const day = local.toPlainDate();
          const hoursInDay = day.toZonedDateTime(timeZone).hoursInDay;
          assert(hoursInDay > 24 && days.includes(local.dayOfWeek), local.toString());
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("a moment is shown in local time with its offset", () => {
  const at = Date.parse("2026-09-18T13:00:05.999Z");
  assertEquals(localText(at, "America/Sao_Paulo"), "2026-09-18 10:00:05 -03:00");
});
