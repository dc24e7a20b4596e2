import fc from "fast-check";
import { backoffMs, nextTurn, type TurnRule } from "../../src/collect/turns.ts";
import { assert, assertEquals } from "../assert.ts";

const MINUTE = 60_000;

const B3: TurnRule = {
  everyMs: 15 * MINUTE,
  activeTimes: {
    timeZone: "America/Sao_Paulo",
    hours: [{ open: 600, close: 1110 }],
    days: [1, 2, 3, 4, 5],
    holidays: ["2026-09-21"],
  },
};

/** All turns between two moments, from one to the next. */
function turns(rule: TurnRule, from: string, to: string): string[] {
  const found: string[] = [];
  for (
    let at = nextTurn(rule, 0, Date.parse(from));
    at !== undefined && at < Date.parse(to);
    at = nextTurn(rule, 0, at)
  ) found.push(new Date(at).toISOString().slice(0, 16));
  return found;
}

Deno.test("turns in active hours are at the opening and every interval after it", () => {
  // Friday; Monday is a holiday.
  const found = turns(B3, "2026-09-18T00:00:00Z", "2026-09-23T00:00:00Z");
  const perDay = 34; // 10:00 to 18:15
  assertEquals(found.length, 2 * perDay);
  assertEquals([found[0], found[1], found[perDay - 1]], [
    "2026-09-18T13:00",
    "2026-09-18T13:15",
    "2026-09-18T21:15",
  ]);
  assertEquals([found[perDay], found.at(-1)], ["2026-09-22T13:00", "2026-09-22T21:15"]);
});

Deno.test("an interval longer than the active hours leaves one turn a day, at the opening", () => {
  assertEquals(
    turns({ ...B3, everyMs: 1440 * MINUTE }, "2026-09-17T14:00:00Z", "2026-09-23T00:00:00Z"),
    ["2026-09-18T13:00", "2026-09-22T13:00"],
  );
});

Deno.test("a change of the clocks within active hours adds or takes turns, and moves none", () => {
  const rule: TurnRule = {
    everyMs: 60 * MINUTE,
    activeTimes: {
      timeZone: "America/New_York",
      hours: [{ open: 0, close: 1440 }],
      days: [1, 2, 3, 4, 5, 6, 7],
      holidays: [],
    },
  };
  assertEquals(turns(rule, "2026-03-08T04:59:59Z", "2026-03-09T04:00:00Z").length, 23);
  assertEquals(turns(rule, "2026-11-01T03:59:59Z", "2026-11-02T05:00:00Z").length, 25);
});

Deno.test("without active hours turns are at the anchor and every interval after it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 10_000_000 }),
      fc.integer({ min: 0, max: 1e12 }),
      fc.integer({ min: 0, max: 1e12 }),
      (everyMs, anchor, after) => {
        const turn = nextTurn({ everyMs }, anchor, after);
        assert(turn !== undefined && turn > after && turn <= after + everyMs);
        // Not -0.
        assertEquals(Math.abs((turn - anchor) % everyMs), 0);
      },
    ),
  );
});

Deno.test("asked from any moment, the next turn in active hours is the same one", () => {
  const day = Date.parse("2026-09-18T00:00:00Z");
  const all = turns(B3, "2026-09-17T23:59:00Z", "2026-09-24T00:00:00Z")
    .map((text) => Date.parse(`${text}:00Z`));
  fc.assert(fc.property(fc.integer({ min: 0, max: 5 * 86_400_000 }), (offset) => {
    const after = day + offset;
    assertEquals(nextTurn(B3, 12_345, after), all.find((turn) => turn > after));
  }));
});

Deno.test("with nothing but holidays and no day there is no turn", () => {
  const { activeTimes } = B3;
  assert(activeTimes !== undefined);
  const never: TurnRule = { ...B3, activeTimes: { ...activeTimes, days: [] } };
  assertEquals(nextTurn(never, 0, Date.parse("2026-09-18T00:00:00Z")), undefined);
});

Deno.test("a rest after failures doubles up to an hour, or to the interval", () => {
  const minutes = (every: number, failures: number) => backoffMs(every * MINUTE, failures) / MINUTE;
  assertEquals([0, 1, 2, 3, 99].map((count) => minutes(15, count)), [0, 30, 60, 60, 60]);
  assertEquals([0, 1, 2, 5000].map((count) => minutes(120, count)), [0, 120, 120, 120]);
  assertEquals([1, 2, 3, 6, 7].map((count) => minutes(0.5, count)), [1, 2, 4, 32, 60]);
});
