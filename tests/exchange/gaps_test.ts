import * as fc from "fast-check";
import { addDays } from "../../src/base/day.ts";
import { type CalendarChanges, type CalendarName, missingDays } from "../../src/exchange/gaps.ts";
import { assertEquals } from "../assert.ts";
import { B3, HALF_DAYS, NYSE } from "./published.ts";

/** All days from one to another, those that are left out aside. */
function daysBetween(first: string, last: string, left: (day: string) => boolean): string[] {
  const days: string[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) if (!left(day)) days.push(day);
  return days;
}

function isWeekend(day: string): boolean {
  return [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
}

/** What tickers lack that have these days, as `ticker: days`. */
function found(
  stored: Readonly<Record<string, readonly string[]>>,
  { source = "yahoo", changes = {} }: { source?: string; changes?: CalendarChanges } = {},
): string[] {
  const rows = Object.entries(stored).map(([ticker, days]) => ({
    ticker,
    source,
    days: days.join(""),
  }));
  return missingDays(rows, changes, "2026-12-31").map(({ ticker, missing }) =>
    `${ticker}: ${missing.map(({ day }) => day).join(" ")}`
  );
}

/** By which calendar a ticker's sessions are told. */
function calendarOf(ticker: string, source: string): CalendarName | undefined {
  return missingDays([{ ticker, source, days: "2024-01-02" }])[0]?.calendar;
}

/** Weekdays of 2024's first weeks. */
const WEEKDAYS = daysBetween("2024-01-02", "2024-02-09", isWeekend);

function without(...left: readonly string[]): string[] {
  return WEEKDAYS.filter((day) => !left.includes(day));
}

const EXCHANGES = [["PETR4.SA", B3, HALF_DAYS.B3], ["AAPL", NYSE, HALF_DAYS.NYSE]] as const;

for (const [ticker, table, halfDays] of EXCHANGES) {
  Deno.test(`${ticker}: each session of 2021 to 2026 is missed, and no other day`, () => {
    const rests = (day: string): boolean =>
      isWeekend(day) || table[Number(day.slice(0, 4))]?.split(" ").includes(day.slice(5)) === true;
    const sessions = daysBetween("2021-01-02", "2026-12-30", rests);
    assertEquals(found({ [ticker]: sessions }), [`${ticker}: `]);
    // Every third one: no two of them are one gap.
    const [first = "", ...inner] = sessions.slice(0, -1);
    const missed = inner.filter((_, index) => index % 3 === 0);
    const kept = [first, ...inner.filter((_, index) => index % 3 !== 0), sessions.at(-1) ?? ""];
    const rows = [{ ticker, source: "yahoo", days: kept.join("") }];
    const [all] = missingDays(rows, {}, "2026-12-31");
    assertEquals(all?.missing.map(({ day }) => day), missed);
    const places = all?.missing.map(({ place }) => place) ?? [];
    assertEquals(places, places.map((_, index) => index * 3 + 1));
    const halves = Object.entries(halfDays).flatMap(([year, days]) =>
      days.split(" ").map((day) => `${year}-${day}`)
    );
    assertEquals(found({ [ticker]: sessions.filter((day) => !halves.includes(day)) }), [
      `${ticker}: ${halves.join(" ")}`,
    ]);
  });
}

Deno.test("coins trade every day; days before the first and after the last are none of a ticker", () => {
  assertEquals(found({ "BTC-USD": ["2024-01-05", "2024-01-08"] }), [
    "BTC-USD: 2024-01-06 2024-01-07",
  ]);
});

Deno.test("without a calendar those days count that most tickers of the same ending have", () => {
  const holiday = "2024-01-15";
  const three = {
    "A.L": without(holiday, "2024-01-16"),
    "B.L": without(holiday, "2024-01-17"),
    "C.L": without(holiday),
  };
  assertEquals(found(three), ["A.L: 2024-01-16", "B.L: 2024-01-17", "C.L: "]);
  assertEquals(found({ "A.L": three["A.L"], "C.L": three["C.L"] }), ["A.L: ", "C.L: "]);
  // A holiday between two sessions does not part a gap.
  const long = { ...three, "A.L": without("2024-01-12", holiday, "2024-01-16") };
  const rows = Object.entries(long).map(([ticker, days]) => ({
    ...{ ticker, source: "yahoo", days: days.join("") },
  }));
  const places = missingDays(rows)[0]?.missing.map(({ place }) => place);
  assertEquals(places, [8, 9]);
  // A ticker that came later has no say before.
  assertEquals(
    found({ ...three, "D.L": ["2024-02-08", "2024-02-09"], "E.L": ["2024-02-08"] }).slice(0, 3),
    ["A.L: 2024-01-16", "B.L: 2024-01-17", "C.L: "],
  );
});

Deno.test("a ticker without an ending is New York's, but from yahoo alone", () => {
  const calendars: Record<string, CalendarName> = {
    "PETR4.SA": "b3",
    "AAPL": "nyse",
    "BTC-USD": "every day",
    "^BVSP": "b3",
    "VOD.L": "peers",
    "BRL=X": "peers",
    "^STOXX": "peers",
  };
  for (const [ticker, calendar] of Object.entries(calendars)) {
    assertEquals(calendarOf(ticker, "yahoo"), calendar, ticker);
  }
  assertEquals(calendarOf("AAPL", "csv"), "peers");
});

Deno.test("a day of the exchange's files that others have was not traded, one that none has is missing", () => {
  const stored = {
    "PETR4.SA": without("2024-01-10"),
    "RARE3.SA": ["2024-01-02", "2024-01-12"],
  };
  assertEquals(found(stored, { source: "cotahist" }), [
    "PETR4.SA: 2024-01-10",
    "RARE3.SA: 2024-01-10",
  ]);
});

Deno.test("changes of a calendar count for an exchange, or for one ticker", () => {
  const alone = { "A.L": without("2024-01-15", "2024-01-16", "2024-01-18") };
  const london = (closed: readonly string[]) => ({ endings: { ".L": { closed } } });
  assertEquals(found(alone, { changes: london([]) }), ["A.L: 2024-01-15 2024-01-16 2024-01-18"]);
  assertEquals(found(alone, { changes: london(["2024-01-15/2024-01-17"]) }), ["A.L: 2024-01-18"]);
  const open = { endings: { ".L": { closed: ["2024-01-15/2024-01-18"], open: ["2024-01-20"] } } };
  assertEquals(found(alone, { changes: open }), ["A.L: 2024-01-20"]);
  const changes = { tickers: { "VALE3.SA": { closed: ["2024-01-10/2024-01-11"] } } };
  const lacking = without("2024-01-10", "2024-01-11", "2024-01-12");
  assertEquals(found({ "PETR4.SA": lacking, "VALE3.SA": lacking }, { changes }), [
    "PETR4.SA: 2024-01-10 2024-01-11 2024-01-12",
    "VALE3.SA: 2024-01-12",
  ]);
  // Carnival is known of B3, whatever else is said.
  const more = { endings: { ".SA": { closed: [] } } };
  assertEquals(found({ "PETR4.SA": ["2024-02-09", "2024-02-14"] }, { changes: more }), [
    "PETR4.SA: ",
  ]);
});

Deno.test("property: missing are the sessions from the first day to the last that are not stored", () => {
  const all = daysBetween("2023-06-01", "2024-06-28", () => false);
  const rests = (day: string): boolean =>
    isWeekend(day) || B3[Number(day.slice(0, 4))]?.split(" ").includes(day.slice(5)) === true;
  // From nearly all days to nearly none, weekends and holidays among them.
  const part = fc.integer({ min: 0, max: 100 }).chain((share) =>
    fc.array(fc.integer({ min: 1, max: 100 }).map((each) => each <= share), {
      minLength: all.length,
      maxLength: all.length,
    })
  );
  fc.assert(fc.property(part, fc.boolean(), (kept, extras) => {
    const days = all.filter((day, index) => kept[index] && (extras || !rests(day)));
    const [first = "", last = first] = [days[0], days.at(-1)];
    const missing = all.filter((day) =>
      first < day && day < last && !rests(day) && !days.includes(day)
    );
    if (first === "") return;
    assertEquals(found({ "A.SA": days }), [`A.SA: ${missing.join(" ")}`]);
  }));
});

Deno.test("a session that is still to come is not missing, whatever is stored beyond it", () => {
  const [begin, today, beyond] = ["2024-01-02", "2024-01-05", "2024-03-01"];
  const missing = (ticker: string, changes: CalendarChanges = {}): unknown => {
    // Of a ticker without a calendar the days of others tell.
    const others = daysBetween(begin, beyond, isWeekend);
    const stored = { [ticker]: [begin, beyond], "Y.L": others, "Z.L": others };
    const rows = Object.entries(stored).map(([ticker, days]) => ({
      ticker,
      source: "yahoo",
      days: days.join(""),
    }));
    const [lacking] = missingDays(rows, changes, today);
    return lacking?.missing.map(({ day }) => day);
  };
  const wanted = ["2024-01-03", "2024-01-04", "2024-01-05"];
  for (const ticker of ["PETR4.SA", "AAPL", "BTC-USD", "X.L"]) {
    assertEquals(missing(ticker), wanted, ticker);
  }
  assertEquals(missing("X.L", { endings: { ".L": { open: ["2024-01-20"] } } }), wanted);
  // Nothing that is stored is of the past.
  assertEquals(missingDays([{ ticker: "AAPL", source: "yahoo", days: beyond }], {}, today), [
    { ticker: "AAPL", source: "yahoo", calendar: "nyse", missing: [] },
  ]);
});
