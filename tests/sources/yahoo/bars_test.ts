import * as fc from "fast-check";
import { readBars } from "../../../src/sources/yahoo/bars.ts";
import { ExchangeCalendar } from "../../../src/sources/yahoo/exchange_day.ts";
import { assertEquals } from "../../assert.ts";
import { judged } from "../judged.ts";
import { stampOf } from "./answers.ts";

const CALENDAR = new ExchangeCalendar("America/Sao_Paulo");

/** One bar; a good one unless something else is said. */
interface Bar {
  readonly day: string;
  readonly second?: number;
  readonly open?: unknown;
  readonly high?: unknown;
  readonly low?: unknown;
  readonly close?: unknown;
  readonly volume?: unknown;
  readonly adj?: unknown;
}

function barsOf(
  bars: readonly Bar[],
  over: { from?: string; to?: string; live?: number; timestamp?: unknown[]; type?: string } = {},
) {
  const column = (name: keyof Bar, good: number) =>
    bars.map((bar) => bar[name] === undefined ? good : bar[name]);
  const timestamp = over.timestamp ?? bars.map(({ day, second }) => stampOf(day) + (second ?? 0));
  const read = readBars(
    {
      meta: { regularMarketTime: over.live, instrumentType: over.type },
      timestamp,
      indicators: {
        quote: [{
          open: column("open", 10),
          high: column("high", 12),
          low: column("low", 9),
          close: column("close", 11),
          volume: column("volume", 100),
        }],
        adjclose: [{ adjclose: column("adj", 10.5) }],
      },
    },
    CALENDAR,
    {
      from: over.from ?? null,
      to: over.to ?? null,
      origin: "/x",
    },
  );
  return judged({ ...read, corrects: true });
}

const DAY = "2024-03-05";

Deno.test("a good bar is a row, and what it may lack is null", () => {
  const row = { date: DAY, open: 10, high: 12, low: 9, close: 11, adjClose: 10.5, volume: 100 };
  assertEquals(barsOf([{ day: DAY }]), { good: [row], rejects: [], repeated: 0, warnings: [] });
  const lacking = barsOf([{ day: DAY, volume: null, adj: null }]);
  assertEquals(lacking.good, [{ ...row, volume: null, adjClose: null }]);
});

Deno.test("bars without any price, and the newest one, are told from rows that are lost", () => {
  const none = { open: null, high: null, low: null, close: null };
  const { rejects } = barsOf([
    { day: "2024-03-01", ...none },
    { day: "2024-03-04", ...none, low: 0, close: 0, volume: 7 },
    { day: "2024-03-05", close: null },
    { day: "2024-03-06", low: 13 },
    { day: "2024-03-07", close: null },
  ]);
  assertEquals(rejects.map(({ date, isEmpty = false }) => [date?.slice(8), isEmpty]), [
    ["01", true],
    ["04", true],
    ["05", false],
    ["07", true],
    ["06", false],
  ]);
});

Deno.test("each bad bar is refused with its reason, its day and what it was", () => {
  const cases: [Partial<Bar>, string, string][] = [
    [{ open: null }, "null_bar", "open is missing"],
    [{ close: null }, "null_bar", "close is missing"],
    [{ low: 0 }, "zero_price", "low is 0"],
    [{ high: -0 }, "zero_price", "high is 0"],
    [{ close: "11" }, "not_finite", 'close is "11", not a number'],
    [{ close: Infinity }, "not_finite", "close is Infinity, not a number"],
    [{ low: 13 }, "high_below_low", "high 12 is below low 13"],
    [{ close: -1 }, "negative_price", "close is negative: -1"],
  ];
  for (const [over, code, reason] of cases) {
    const { good, rejects } = barsOf([{ day: DAY, ...over }]);
    assertEquals(good, []);
    assertEquals(
      rejects.map((each) => [each.code, each.reason, each.date, each.origin, each.line]),
      [[code, reason, DAY, "/x", null]],
    );
  }
  const [reject] = barsOf([{ day: DAY, open: null, volume: 7 }]).rejects;
  assertEquals(
    reject?.raw,
    `{"timestamp":${
      stampOf(DAY)
    },"open":null,"high":12,"low":9,"close":11,"volume":7,"adjclose":10.5}`,
  );
});

Deno.test("a bad cell that a bar may lack costs the cell, and an open of 0 is not known", () => {
  const row = { date: DAY, open: 10, high: 12, low: 9, close: 11, adjClose: 10.5, volume: 100 };
  const cases: [Partial<Bar>, Partial<typeof row> | object, string[]][] = [
    [{ adj: Infinity }, { adjClose: null }, ["adj_close is Infinity, not a number; left empty"]],
    [{ adj: "NaN" }, { adjClose: null }, ['adj_close is "NaN", not a number; left empty']],
    [{ adj: [1] }, { adjClose: null }, ["adj_close is [1], not a number; left empty"]],
    [{ volume: {} }, { volume: null }, ["volume is {}, not a number; left empty"]],
    [{ volume: 1.5 }, { volume: 1.5 }, []],
    [{ open: 0 }, { open: null }, []],
  ];
  for (const [over, changed, reasons] of cases) {
    const { good, rejects } = barsOf([{ day: DAY, ...over }]);
    assertEquals(good, [{ ...row, ...changed }]);
    assertEquals(
      rejects.map(({ code, reason }) => [code, reason]),
      reasons.map((each) => ["bad_cell", each]),
    );
  }
});

Deno.test("a price below 0 is one of futures alone", () => {
  const bar = { day: DAY, low: -40.32, close: -37.63 };
  const { good, rejects, warnings } = barsOf([bar], { type: "FUTURE" });
  assertEquals(good.map(({ low, close }) => [low, close]), [[-40.32, -37.63]]);
  assertEquals([rejects, warnings.length], [[], 1]);
  assertEquals(barsOf([bar], { type: "EQUITY" }).rejects.map(({ code }) => code), [
    "negative_price",
  ]);
});

Deno.test("a time that is none is refused, and spoils no other bar", () => {
  const good = stampOf(DAY);
  const timestamp = ["2024", null, {}, NaN, 1e20, -1e20, good];
  const { good: rows, rejects } = barsOf(timestamp.map(() => ({ day: DAY })), { timestamp });
  assertEquals(rows.map(({ date }) => date), [DAY]);
  assertEquals(rejects.map(({ code, date }) => [code, date]), Array(6).fill(["bad_date", null]));
});

Deno.test("columns that are shorter than the times, or missing, are missing bars", () => {
  const timestamp = [stampOf("2024-03-04"), stampOf(DAY)];
  const ragged = barsOf([{ day: "2024-03-04" }], { timestamp });
  assertEquals(ragged.good.map(({ date }) => date), ["2024-03-04"]);
  assertEquals(ragged.rejects.map(({ code, date }) => [code, date]), [["null_bar", DAY]]);
  const none = readBars({ timestamp }, CALENDAR, {
    from: null,
    to: null,
    origin: "/x",
  });
  assertEquals(none.rejects.map(({ code }) => code), ["null_bar", "null_bar"]);
});

Deno.test("days outside of those wanted are neither rows nor refused", () => {
  const days = ["2024-03-01", "2024-03-04", DAY, "2024-03-06", "2024-03-07"];
  const bars = days.map((day, index) => ({ day, ...(index % 2 === 0 ? { open: null } : {}) }));
  const { good, rejects } = barsOf(bars, { from: "2024-03-04", to: "2024-03-06" });
  assertEquals(good.map(({ date }) => date), ["2024-03-04", "2024-03-06"]);
  assertEquals(rejects.map(({ date }) => date), [DAY]);
});

Deno.test("of two bars of a day the last good one is kept, and an equal one is a repetition", () => {
  const twice = barsOf([{ day: DAY }, { day: DAY, second: 60, close: 11.5 }]);
  assertEquals([twice.good.map(({ close }) => close), twice.repeated], [[11.5], 0]);
  const same = barsOf([{ day: DAY }, { day: DAY, second: 60 }, { day: DAY, second: 90 }]);
  assertEquals([same.good.length, same.repeated], [1, 2]);
});

Deno.test("the live bar at a full hour of the evening stays on its day", () => {
  const live = stampOf(DAY) + 12 * 3600;
  const timestamp = [live];
  assertEquals(barsOf([{ day: DAY }], { timestamp, live }).good[0]?.date, DAY);
  assertEquals(barsOf([{ day: DAY }], { timestamp }).good[0]?.date, "2024-03-06");
});

Deno.test("property: of each day the last good bar is stored, whatever bad ones stand around it", () => {
  const bar = fc.record({
    day: fc.constantFrom("2024-03-04", DAY, "2024-03-06"),
    close: fc.oneof(
      fc.integer({ min: 9, max: 12 }),
      fc.constantFrom<unknown>(null, 0, -1, "x", Infinity, NaN, {}),
    ),
    low: fc.constantFrom<unknown>(9, 9, 9, 13, null, 0),
  });
  fc.assert(fc.property(fc.array(bar, { maxLength: 12 }), (bars) => {
    const { good: stored, rejects, repeated } = barsOf(bars);
    const expected = new Map<string, number>();
    let good = 0;
    for (const { day, close, low } of bars) {
      if (low !== 9 || typeof close !== "number" || !(close > 0) || close === Infinity) continue;
      expected.set(day, close);
      good++;
    }
    const days = [...expected].sort(([a], [b]) => a < b ? -1 : 1);
    assertEquals(stored.map(({ date, close }) => [date, close]), days);
    assertEquals(rejects.length, bars.length - good);
    assertEquals(repeated <= good - stored.length, true);
  }));
});
