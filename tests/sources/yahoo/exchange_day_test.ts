import * as fc from "fast-check";
import { ExchangeCalendar } from "../../../src/sources/yahoo/exchange_day.ts";
import { assert, assertEquals } from "../../assert.ts";

const DAY = 86_400;
const FIRST = Date.parse("1970-01-01T00:00:00Z") / 1000;
const LAST = Date.parse("2030-12-31T00:00:00Z") / 1000;

/** Every day from 1970 to 2030. */
const DAYS: readonly string[] = Array.from(
  { length: (LAST - FIRST) / DAY + 1 },
  (_, day) => new Date((FIRST + day * DAY) * 1000).toISOString().slice(0, 10),
);

/** Asked directly. */
function zoned(seconds: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(zone);
}

/** The second of a local time; where there is none, the first after it. */
function secondOf(day: string, time: string, zone: string): number {
  const local = Temporal.PlainDateTime.from(`${day}T${time}`);
  return local.toZonedDateTime(zone, { disambiguation: "later" }).epochMilliseconds / 1000;
}

const ZONES: readonly [zone: string, opening: string][] = [
  ["America/Sao_Paulo", "10:00"],
  ["America/New_York", "09:30"],
  ["Europe/London", "08:00"],
  ["Australia/Lord_Howe", "10:00"],
  ["Asia/Kolkata", "09:15"],
  ["Africa/Casablanca", "09:30"],
  ["Pacific/Kiritimati", "10:00"],
  ["Asia/Tokyo", "09:00"],
  ["UTC", "00:00"],
];

for (const [zone, opening] of ZONES) {
  Deno.test(`${zone}: every bar of 1970 to 2030 is of the day on which it opens`, () => {
    const calendar = new ExchangeCalendar(zone);
    assert(calendar.hasZone);
    for (const day of DAYS) {
      const opens = secondOf(day, opening, zone);
      const expected = zoned(opens, zone).toPlainDate().toString();
      if (calendar.tradingDay(opens, false) !== expected) {
        assertEquals(calendar.tradingDay(opens, false), expected, day);
      }
      if (zone !== "Pacific/Kiritimati" && expected !== day) assertEquals(expected, day);
    }
  });
}

for (const time of ["22:00", "23:00", "00:00", "10:00", "13:00"]) {
  Deno.test(`São Paulo: a bar stamped ${time} is of the day after midnight in the evening`, () => {
    const calendar = new ExchangeCalendar("America/Sao_Paulo");
    const evening = time.startsWith("2");
    for (const [index, day] of DAYS.entries()) {
      const before = DAYS[index - 1];
      if (before === undefined) continue;
      const stamp = secondOf(evening ? before : day, time, "America/Sao_Paulo");
      // Where the clocks go forward over midnight, the day begins at 01:00.
      if (calendar.tradingDay(stamp, false) !== day) {
        assertEquals(calendar.tradingDay(stamp, false), day, `${before} ${time}`);
      }
    }
  });
}

Deno.test("currency bars of London at 23:00 UTC are of the next day, in summer and in winter", () => {
  const calendar = new ExchangeCalendar("Europe/London");
  for (const [index, day] of DAYS.slice(1).entries()) {
    const stamp = Date.parse(`${DAYS[index]}T23:00:00Z`) / 1000;
    if (calendar.tradingDay(stamp, false) !== day) {
      assertEquals(calendar.tradingDay(stamp, false), day);
    }
  }
});

Deno.test("property: every moment of every zone has the day that Temporal tells", () => {
  const zones = Intl.supportedValuesOf("timeZone");
  const calendars = new Map(zones.map((zone) => [zone, new ExchangeCalendar(zone)]));
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.double({ min: FIRST, max: LAST, noNaN: true }),
      (zone, seconds) => {
        const expected = zoned(Math.floor(seconds), zone).toPlainDate().toString();
        assertEquals(calendars.get(zone)?.tradingDay(seconds, true), expected);
      },
    ),
    { numRuns: 5000 },
  );
});

Deno.test("every change of every zone of 1970 to 2030 is known around midnight", () => {
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    const calendar = new ExchangeCalendar(zone);
    let at: Temporal.ZonedDateTime | null = zoned(FIRST, zone);
    for (let change = 0; change < 200; change++) {
      at = at.getTimeZoneTransition("next");
      if (at === null || at.year > 2030) break;
      const second = at.epochMilliseconds / 1000;
      // The offset shows in the day only around midnight: those before and after the change, too.
      const midnights = [0, 1].map((days) => at?.startOfDay().add({ days }).epochMilliseconds ?? 0);
      for (const moment of [second, ...midnights.map((ms) => ms / 1000)]) {
        for (const near of [moment - 1, moment, moment + 1]) {
          assertEquals(calendar.tradingDay(near, true), zoned(near, zone).toPlainDate().toString());
        }
      }
    }
  }
});

Deno.test("an evening bar is moved only on the hour, and the live bar never", () => {
  const calendar = new ExchangeCalendar("America/Sao_Paulo");
  const at = (time: string): number => secondOf("2024-03-05", time, "America/Sao_Paulo");
  const cases: [string, boolean, string][] = [
    ["21:00:00", false, "2024-03-05"],
    ["21:59:59", false, "2024-03-05"],
    ["22:00:00", false, "2024-03-06"],
    ["22:00:01", false, "2024-03-05"],
    ["22:30:00", false, "2024-03-05"],
    ["22:30:00", true, "2024-03-05"],
    ["22:00:00", true, "2024-03-05"],
    ["23:00:00", false, "2024-03-06"],
    ["23:00:00", true, "2024-03-05"],
    ["23:59:59", false, "2024-03-05"],
  ];
  for (const [time, live, day] of cases) {
    assertEquals(calendar.tradingDay(at(time), live), day, time);
  }
});

Deno.test("without a zone that is known, the offset tells the day; what is none counts as 0", () => {
  const stamp = Date.parse("2024-03-05T21:30:00Z") / 1000;
  const cases: [string | undefined, number, string][] = [
    [undefined, 0, "2024-03-05"],
    ["Mars/Olympus_Mons", 3 * 3600, "2024-03-06"],
    ["", 14 * 3600, "2024-03-06"],
    ["not a zone", -22 * 3600, "2024-03-05"],
    [undefined, 1e18, "2024-03-05"],
    [undefined, -1e300, "2024-03-05"],
    [undefined, NaN, "2024-03-05"],
    [undefined, Infinity, "2024-03-05"],
  ];
  for (const [zone, offset, day] of cases) {
    const calendar = new ExchangeCalendar(zone, offset);
    assert(!calendar.hasZone);
    assertEquals(calendar.tradingDay(stamp, false), day);
    assertEquals(calendar.tradingDay(stamp, true), day);
  }
});
