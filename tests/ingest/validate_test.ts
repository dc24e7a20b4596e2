import * as fc from "fast-check";
import { BAD_CELL, countRefused, type PriceRow } from "../../src/model/prices.ts";
import type { Batch } from "../../src/sources/source.ts";
import { assert, assertEquals, assertHas, assertStringIncludes } from "../assert.ts";
import { judged } from "../sources/judged.ts";

const GOOD: PriceRow = {
  date: "2024-01-02",
  open: 10,
  high: 12,
  low: 9,
  close: 11,
  adjClose: 10.5,
  volume: 1000,
};

const LAST_DAY = "2024-06-30";

function judge(prices: readonly PriceRow[], over: Partial<Batch> = {}) {
  return judged({ rejects: [], ...over, prices }, LAST_DAY);
}

/** The same rows on days of their own, so that none supersedes another. */
function onOwnDays(rows: readonly PriceRow[]): PriceRow[] {
  return rows.map((row, index) => ({
    ...row,
    date: `2024-01-${String(index + 1).padStart(2, "0")}`,
  }));
}

Deno.test("good rows come through as they are, in their order", () => {
  const rows: PriceRow[] = [
    { ...GOOD, date: LAST_DAY },
    { ...GOOD, date: LAST_DAY, source: "other" },
    { ...GOOD, date: "1986-01-02" },
    ...onOwnDays([
      { ...GOOD, open: null, high: null, low: null, adjClose: null, volume: null },
      { ...GOOD, adjClose: 0, volume: 0 },
      { ...GOOD, volume: 0.00123 },
      { ...GOOD, open: 0, low: -1 },
      { ...GOOD, open: -14, low: -40.32, close: -37.63, adjClose: -37.63 },
      { ...GOOD, high: 9, low: 9 },
      { ...GOOD, high: null },
      { ...GOOD, close: Number.MIN_VALUE, volume: Number.MAX_SAFE_INTEGER },
      { ...GOOD, close: Number.MAX_VALUE },
    ]),
  ];
  const { good, rejects } = judge(rows);
  assertEquals(rejects, []);
  assertEquals(good.length, rows.length);
  for (const [index, row] of rows.entries()) assertEquals(good[index], row);
});

Deno.test("each bad row is refused with its code and a reason that has the value", () => {
  const cases: [Partial<PriceRow>, string, string][] = [
    [{ date: "2024-07-01" }, "date_in_future", "date 2024-07-01 is in the future"],
    [{ close: NaN }, "not_finite", "close is NaN"],
    [{ close: Infinity }, "not_finite", "close is Infinity"],
    [{ close: 0 }, "zero_close", "close is 0"],
    [{ close: -0 }, "zero_close", "close is 0"],
    [{ high: 8.99 }, "high_below_low", "high 8.99 is below low 9"],
  ];
  for (const [over, code, reason] of cases) {
    const row = { ...GOOD, ...over };
    const { good, rejects, repeated } = judge([GOOD, row, GOOD]);
    assertEquals([good, repeated], [[GOOD], 1], reason);
    assertEquals(rejects.length, 1, reason);
    const [reject] = rejects;
    assert(reject !== undefined);
    assertHas(reject, { code, date: row.date, origin: null, line: null });
    assertStringIncludes(reject.reason, reason);
    assertEquals(reject.raw, JSON.stringify(row));
  }
});

Deno.test("a bad cell costs the cell, with a reason beside the row", () => {
  const cases: [Partial<PriceRow>, string][] = [
    [{ open: NaN }, "open is NaN; left empty"],
    [{ high: Infinity }, "high is Infinity; left empty"],
    [{ low: -Infinity }, "low is -Infinity; left empty"],
    [{ adjClose: Infinity }, "adj_close is Infinity; left empty"],
    [{ volume: -1 }, "volume is -1, not a number from 0 to 2^53 - 1; left empty"],
    [{ volume: NaN }, "volume is NaN, not a number from 0 to 2^53 - 1; left empty"],
    [
      { volume: Number.MAX_SAFE_INTEGER + 1 },
      "volume is 9007199254740992, not a number from 0 to 2^53 - 1; left empty",
    ],
  ];
  for (const [over, reason] of cases) {
    const [name = ""] = Object.keys(over);
    const row = { ...GOOD, ...over };
    const { good, rejects } = judge([row]);
    assertEquals(good, [{ ...GOOD, [name]: null }], reason);
    assertEquals(rejects.map((each) => [each.code, each.reason, each.raw]), [
      [BAD_CELL, reason, JSON.stringify(row)],
    ]);
    assertEquals(countRefused(rejects), 0);
  }
  const several = judge([{ ...GOOD, open: NaN, volume: -1 }]);
  assertEquals(several.rejects.map(({ reason }) => reason.split(" ")[0]), ["open", "volume"]);
  // Of a row that is refused, or stands there again, the cells need no word.
  const repeated = judge([{ ...GOOD, open: NaN }, { ...GOOD, open: NaN }]);
  assertEquals([repeated.rejects.length, repeated.repeated], [1, 1]);
  assertEquals(judge([{ ...GOOD, open: NaN, close: 0 }]).rejects.map(({ code }) => code), [
    "zero_close",
  ]);
});

Deno.test("an open, high or low of 0 is not known, unless prices are below 0", () => {
  const bar = { ...GOOD, open: 0 };
  assertEquals(judge([bar]), { ...judge([]), good: [{ ...GOOD, open: null }] });
  const none = judge([{ ...GOOD, open: 0, high: 0, low: 0 }]);
  assertEquals(none.good, [{ ...GOOD, open: null, high: null, low: null }]);
  assertEquals(judge([{ ...GOOD, high: 0 }]).good, [{ ...GOOD, high: null }]);
  const crossing = { ...GOOD, open: 0, high: 3, low: -2, close: 1 };
  assertEquals(judge([crossing]).good, [crossing]);
});

Deno.test("prices below 0 go in, with a word about stocks", () => {
  const row = { ...GOOD, low: -40.32, close: -37.63 };
  const { good, rejects, warnings } = judge([GOOD, { ...row, date: "2024-01-03" }]);
  assertEquals([good.length, rejects.length], [2, 0]);
  assertEquals(warnings, [
    "AAA: 1 row with a price below 0, which futures can have and stocks cannot; the first is of " +
    "2024-01-03 (close -37.63)",
  ]);
});

Deno.test("of several faults of a row the first is told, and rejects keep the order of the rows", () => {
  const { good, rejects } = judge([
    { ...GOOD, close: 0, high: 1, volume: -1 },
    GOOD,
    { ...GOOD, date: "2030-01-01", open: NaN },
    { ...GOOD, high: 1, volume: -1 },
  ]);
  assertEquals(good, [GOOD]);
  assertEquals(rejects.map(({ code }) => code), ["zero_close", "date_in_future", "high_below_low"]);
});

Deno.test("property: every row is either good or refused, and a good one can be stored", () => {
  const price = fc.option(fc.double());
  const row = fc.record<PriceRow>({
    date: fc.constantFrom("1990-01-01", LAST_DAY, "2024-07-01"),
    open: price,
    high: price,
    low: price,
    close: fc.oneof(fc.double(), fc.constant(0)),
    adjClose: price,
    volume: fc.option(fc.oneof(fc.double(), fc.maxSafeInteger())),
  });
  fc.assert(fc.property(fc.array(row), (rows) => {
    const { good, rejects, repeated } = judge(rows);
    assertEquals(good.length + countRefused(rejects) + repeated, rows.length);
    assertEquals(new Set(good.map(({ date }) => date)).size, good.length);
    for (const { date, open, high, low, close, adjClose, volume } of good) {
      assert(date <= LAST_DAY && close !== 0);
      for (const each of [open, high, low, close, adjClose]) {
        assert(each === null || Number.isFinite(each));
      }
      assert(high === null || low === null || high >= low);
      assert(volume === null || (volume <= Number.MAX_SAFE_INTEGER && volume >= 0));
    }
  }));
});

Deno.test("of several good rows for a day the last is kept, whatever bad ones stand around it", () => {
  const bad = { ...GOOD, low: 13 };
  const other = { ...GOOD, close: 10 };
  const rows = [GOOD, other, bad, GOOD, { ...GOOD, close: 0 }];
  const placeOf = (index: number) => ({ origin: "f.csv", line: index + 1 });
  const { good, rejects, repeated } = judge(rows, { placeOf });
  assertEquals(good.length, 1);
  assertEquals(good[0], rows[3]);
  assertEquals(repeated, 1);
  assertEquals(rejects.map(({ line, code }) => [line, code]), [
    [2, "superseded"],
    [3, "high_below_low"],
    [5, "zero_close"],
  ]);
  assertEquals(
    rejects[0]?.reason,
    "AAA on 2024-01-02 is given again, differently, in f.csv line 4 (close 10 here, 11 there)",
  );
  assertEquals(rejects[0]?.raw, JSON.stringify(other));
});

Deno.test("rows of a day that stand apart, or name the source, are rows of that day", () => {
  const first = { ...GOOD, close: 10, source: "test" };
  const rows = [first, { ...GOOD, date: "2024-01-03" }, { ...GOOD, source: "b3" }, GOOD];
  const { good, rejects } = judge(rows);
  assertEquals(good, rows.slice(1));
  assertEquals(rejects.map(({ code, reason }) => [code, reason]), [
    ["superseded", "AAA on 2024-01-02 is given again, differently (close 10 here, 11 there)"],
  ]);
});

Deno.test("a row that corrects earlier ones drops them, and bad ones are refused as they were read", () => {
  const placeOf = () => ({ origin: "/x", line: null, raw: "as read" });
  const rows = [{ ...GOOD, close: 10 }, GOOD, { ...GOOD, close: 0 }];
  assertEquals(judge(rows, { placeOf, corrects: true }), {
    good: [GOOD],
    repeated: 0,
    warnings: [],
    rejects: [{
      origin: "/x",
      line: null,
      date: GOOD.date,
      code: "zero_close",
      reason: "close is 0",
      raw: "as read",
    }],
  });
});
