import * as fc from "fast-check";
import type { CorporateAction, PriceRow, StoredState } from "../../../src/model/prices.ts";
import {
  contradictionText,
  judgeHistory,
  unmendedSplit,
} from "../../../src/sources/yahoo/restatement.ts";
import { assertEquals } from "../../assert.ts";

function dividend(date: string, amount: number): CorporateAction {
  return { date, kind: "dividend", amount, numerator: null, denominator: null };
}

function split(date: string, numerator: number, denominator = 1): CorporateAction {
  return { date, kind: "split", amount: null, numerator, denominator };
}

function row(date: string, close = 10, adjClose: number | null = close): PriceRow {
  return { date, open: close, high: close, low: close, close, adjClose, volume: 100 };
}

const NOTHING: StoredState = { firstDate: null, lastDate: null, askedFrom: null, actions: [] };
const PAID = dividend("2024-02-01", 0.5);
const DOUBLED = split("2024-02-15", 2);
const STORED: StoredState = {
  ...NOTHING,
  firstDate: "2024-01-02",
  lastDate: "2024-03-05",
  actions: [PAID, DOUBLED, dividend("2024-03-08", 1)],
};

/** The verdict on an answer with bars from a first to a last day. */
function judge(
  actions: readonly CorporateAction[],
  { stored = STORED, first = "2024-01-02", last = "2024-03-07" } = {},
) {
  const prices = [row(first), row(last)];
  return judgeHistory({ prices, actions }, stored, [], "2026-01-01");
}

Deno.test("what restates the stored history, and what does not", () => {
  const cases: [string, CorporateAction, CorporateAction["kind"] | undefined, string?][] = [
    ["new, among the stored days", split("2024-02-20", 2), "split"],
    ["another kind on a known day", split("2024-02-01", 2), "split"],
    ["new, after the stored days", dividend("2024-03-06", 1), "dividend"],
    ["new, on the last day of the answer", dividend("2024-03-07", 1), "dividend"],
    ["not in force yet", dividend("2024-03-08", 1), undefined],
    ["known, in force only now", dividend("2024-03-08", 1), "dividend", "2024-03-08"],
    ["on the last stored day", dividend("2024-03-05", 1), "dividend"],
    ["on the first stored day: nothing is before it", split("2024-01-02", 2), undefined],
    ["before all stored days", split("2023-06-01", 2), undefined],
  ];
  for (const [what, action, cause, last = "2024-03-07"] of cases) {
    const verdict = judge([dividend("2023-01-01", 1), PAID, DOUBLED, action], { last });
    assertEquals([verdict.cause, verdict.contradictions], [cause, []], what);
  }
  assertEquals(judge([split("2024-03-05", 2)], { stored: NOTHING }).cause, undefined);
});

Deno.test("stored events that an answer lacks or gives otherwise contradict it", () => {
  const gone = (actions: readonly CorporateAction[], first?: string) =>
    judge(actions, first === undefined ? {} : { first }).contradictions
      .map(({ stored, given }) => [stored.date, given?.amount ?? given?.numerator]);
  assertEquals(gone([PAID, DOUBLED]), []);
  assertEquals(gone([PAID]), [["2024-02-15", undefined]]);
  assertEquals(gone([]), [["2024-02-15", undefined], ["2024-02-01", undefined]]);
  assertEquals(gone([dividend("2024-02-01", 0.6), DOUBLED]), [["2024-02-01", 0.6]]);
  assertEquals(gone([PAID, split("2024-02-15", 3)]), [["2024-02-15", 3]]);
  // The same ratio in other words, and an amount that is rounded.
  assertEquals(gone([dividend("2024-02-01", 0.50001), split("2024-02-15", 4, 2)]), []);
  // Divided by the split after it, sooner or later.
  assertEquals(gone([dividend("2024-02-01", 0.25), DOUBLED]), []);
  // Rounded at its last decimal, before the division and after it.
  const tiny = (before: number, now: number, ratio: CorporateAction) => {
    const stored = { ...STORED, actions: [dividend("2024-02-01", before), ratio] };
    return judge([dividend("2024-02-01", now), ratio], { stored }).contradictions.length;
  };
  assertEquals(tiny(0.000536, 0.000179, split("2024-02-15", 3)), 0);
  assertEquals(tiny(0.000346, 0.000315, split("2024-02-15", 11, 10)), 0);
  assertEquals(tiny(0.0005, 0.005, split("2024-02-15", 1, 10)), 0);
  assertEquals(tiny(0.0005, 0.005, split("2024-02-15", 1, 20)), 1);
  assertEquals(tiny(0.00053, 0.00054, DOUBLED), 1);
  assertEquals(tiny(0.5, 0.55, DOUBLED), 1);
  // Moved by some days, and not.
  const moved = (day: string) =>
    judge([dividend(day, 0.5), DOUBLED]).contradictions.map(({ given }) => given?.date);
  assertEquals([moved("2024-02-05"), moved("2024-01-20")], [["2024-02-05"], [undefined]]);
  // Put right on its own day: new terms, and no contradiction.
  const stored = { ...STORED, actions: [dividend("2024-03-05", 1)] };
  const { cause, contradictions } = judge([dividend("2024-03-05", 1.1)], { stored });
  assertEquals([cause, contradictions], ["dividend", []]);
  // An answer that begins later says nothing of them.
  assertEquals(gone([DOUBLED], "2024-02-02"), []);
  assertEquals(gone([], "2024-02-16"), []);
  assertEquals(
    contradictionText("A", judge([split("2024-02-15", 3)]).contradictions),
    "A: the split 2:1 of 2024-02-15 is stored, and the answer has the split 3:1 of 2024-02-15; " +
      "the dividend 0.5 of 2024-02-01 is stored, and the answer has none",
  );
});

Deno.test("an event that was announced and does not come is withdrawn, and contradicts nothing", () => {
  const { withdrawn, contradictions, cause } = judge([PAID, DOUBLED], { last: "2024-03-08" });
  assertEquals([withdrawn, contradictions, cause], [[dividend("2024-03-08", 1)], [], undefined]);
  assertEquals(judge([PAID, DOUBLED], { last: "2024-03-07" }).withdrawn, []);
  // Of the first stored day, or before it.
  const early = ["2024-01-02", "2023-12-20"].map((day) => dividend(day, 1));
  const stored = { ...STORED, actions: early };
  assertEquals(judge([], { stored, first: "2023-12-01" }).withdrawn, early);
  assertEquals(judge([], { stored }).withdrawn, early.slice(0, 1));
  assertEquals(judge([dividend("2024-01-02", 2)], { stored }), {
    ...{ cause: undefined, contradictions: [], withdrawn: [], later: undefined },
  });
});

Deno.test("another price of a stored day restates, but not by rounding, nor that of the newest day", () => {
  const days = ["2024-03-01", "2024-03-04", "2024-03-05"];
  const cause = (...closes: readonly [number, number][]) =>
    judgeHistory(
      { prices: days.map((day, i) => row(day, ...closes[i] ?? [10, 10])) },
      { ...STORED, actions: [] },
      days.map((day) => row(day)),
      "2026-01-01",
    ).cause;
  assertEquals(cause(), undefined);
  assertEquals(cause([10.004, 10.004]), undefined);
  assertEquals(cause([10, 10], [10.02, 10]), "prices");
  assertEquals(cause([10, 9.5]), "prices");
  assertEquals(cause([10, 10], [10, 10], [100, 100]), undefined);
});

Deno.test("a split before which prices fall by its ratio is unmended", () => {
  const days = ["2024-02-13", "2024-02-14", "2024-02-15", "2024-02-16"];
  const answer = (action: CorporateAction, closes: readonly number[]) => ({
    prices: days.map((day, i) => row(day, closes[i])),
    actions: [action],
  });
  const found = (action: CorporateAction, ...closes: number[]) =>
    unmendedSplit(answer(action, closes), NOTHING, []);
  const reverse = split("2024-02-15", 1, 10);
  assertEquals(found(DOUBLED, 20, 20.5, 10.1, 10), DOUBLED);
  assertEquals(found(DOUBLED, 10, 10.2, 10.1, 10), undefined);
  // A bad day all the same: nearer to no fall than to half.
  assertEquals(found(DOUBLED, 10, 10, 7.5, 7), undefined);
  assertEquals(found(reverse, 1, 1, 9.8, 10), reverse);
  assertEquals(found(reverse, 10, 10, 9.8, 10), undefined);
  assertEquals(found(split("2024-02-15", 11, 10), 11, 11, 10, 10), undefined);
  // Nothing is before it.
  assertEquals(found(split("2024-02-13", 2), 20, 10, 10, 10), undefined);
  const later = { prices: [...days.map((day) => row(day, 20)), row("2024-05-01", 10)] };
  assertEquals(
    unmendedSplit({ ...later, actions: [split("2024-02-20", 2)] }, NOTHING, []),
    undefined,
  );
  // What was stored before the split tells it beside the day's own move, and mended once is mended, also
  // where the split is told after that.
  const beside = (closes: readonly number[], over: Partial<StoredState> = {}) =>
    unmendedSplit(
      answer(split("2024-02-15", 3, 2), closes),
      { ...STORED, lastDate: "2024-02-14", actions: [], ...over },
      [row("2024-02-13", 15), row("2024-02-14", 15)],
    );
  const known = { lastDate: "2024-02-15", actions: [split("2024-02-15", 3, 2)] };
  assertEquals(beside([10, 10, 6.7, 6.7]), undefined);
  assertEquals(beside([15, 15, 11.5, 11]), split("2024-02-15", 3, 2));
  assertEquals(beside([15, 15, 14.8, 15]), undefined);
  assertEquals(beside([15, 15, 10, 10], known), undefined);
  assertEquals(beside([15, 15, 10, 10], { ...known, doubted: true }), split("2024-02-15", 3, 2));
});

Deno.test("property: once an answer is stored, the same answer restates nothing", () => {
  const day = fc.integer({ min: 1, max: 28 }).map((d) => `2024-02-${String(d).padStart(2, "0")}`);
  const action = fc.oneof(
    fc.tuple(day, fc.double({ min: 0.01, max: 9, noNaN: true })).map(([d, n]) => dividend(d, n)),
    fc.tuple(day, fc.integer({ min: 1, max: 9 })).map(([d, n]) => split(d, n)),
  );
  const unique = fc.uniqueArray(action, { selector: ({ date, kind }) => date + kind });
  fc.assert(fc.property(unique, day, day, (actions, first, last) => {
    const stored: StoredState = { ...NOTHING, firstDate: first, lastDate: last, actions };
    const same = judge(actions, { stored, first, last });
    assertEquals([same.cause, same.contradictions, same.withdrawn], [undefined, [], []]);
    const { cause } = judge(actions, { stored: { ...stored, actions: [] }, first, last });
    assertEquals(cause !== undefined, actions.some(({ date }) => date > first && date <= last));
  }));
});
