import { readActions } from "../../../src/sources/yahoo/actions.ts";
import { ExchangeCalendar } from "../../../src/sources/yahoo/exchange_day.ts";
import type { CorporateAction } from "../../../src/model/prices.ts";
import { assertEquals, assertStringIncludes } from "../../assert.ts";
import { stampOf } from "./answers.ts";

const CALENDAR = new ExchangeCalendar("America/Sao_Paulo");

type Events = Record<string, Record<string, unknown> | null>;

const read = (events: Events) => readActions({ events }, CALENDAR);

function dividend(date: string, amount: number): CorporateAction {
  return { date, kind: "dividend", amount, numerator: null, denominator: null };
}

function split(date: string, numerator: number, denominator = 1): CorporateAction {
  return { date, kind: "split", amount: null, numerator, denominator };
}

Deno.test("dividends, splits and capital gains are read, by day", () => {
  const { actions, warnings } = read({
    dividends: {
      b: { date: stampOf("2024-03-06"), amount: 0.5 },
      a: { date: stampOf("2024-03-05"), amount: "0.25" },
    },
    splits: { c: { date: stampOf("2024-03-04"), numerator: 4, denominator: 1 } },
    capitalGains: { d: { date: stampOf("2024-03-04"), amount: 2 } },
  });
  assertEquals(warnings, []);
  assertEquals(
    actions.map(({ date, kind, amount, numerator, denominator }) =>
      `${date} ${kind} ${amount} ${numerator} ${denominator}`
    ).sort(),
    [
      "2024-03-04 capital_gain 2 null null",
      "2024-03-04 split null 4 1",
      "2024-03-05 dividend 0.25 null null",
      "2024-03-06 dividend 0.5 null null",
    ],
  );
  assertEquals(actions.map(({ date }) => date), [
    "2024-03-04",
    "2024-03-04",
    "2024-03-05",
    "2024-03-06",
  ]);
});

Deno.test("an answer without events, or with empty ones, has no actions", () => {
  for (const events of [undefined, null, {}, { dividends: null, splits: {} }]) {
    assertEquals(readActions(events === undefined ? {} : { events }, CALENDAR), {
      actions: [],
      warnings: [],
    });
  }
});

Deno.test("two payments or splits of a day are one, as long as that is a number", () => {
  const date = stampOf("2024-03-05");
  const { actions } = read({
    dividends: { a: { date, amount: 0.5 }, b: { date: date + 60, amount: 0.25 } },
    splits: {
      a: { date, numerator: 2, denominator: 1 },
      b: { date: date + 60, numerator: 3, denominator: 2 },
    },
  });
  assertEquals(actions, [dividend("2024-03-05", 0.75), split("2024-03-05", 6, 2)]);
  const huge = read({
    dividends: { a: { date, amount: 1.7e308 }, b: { date, amount: 1.7e308 } },
    splits: {
      a: { date, numerator: 1e-200, denominator: 1 },
      b: { date, numerator: 1e-200, denominator: 1 },
    },
  });
  assertEquals(huge.actions, [dividend("2024-03-05", 1.7e308), split("2024-03-05", 1e-200)]);
  assertEquals(huge.warnings.length, 2);
});

Deno.test("an event that cannot be read is a sentence, the eleventh and on are one", () => {
  const date = stampOf("2024-03-05");
  const bad = [
    null,
    "x",
    {},
    { date: "2024", amount: 1 },
    { date: 1e18, amount: 1 },
    { date, amount: 0 },
    { date, amount: -1 },
    { date, amount: "much" },
    { date },
  ];
  for (const event of bad) {
    const { actions, warnings } = read({ dividends: { a: event } });
    assertEquals([actions.length, warnings.length], [0, 1]);
    assertStringIncludes(warnings[0] ?? "", "a dividend cannot be read: ");
  }
  for (const event of [{ date, numerator: 2 }, { date, numerator: 0, denominator: 1 }]) {
    assertEquals(read({ splits: { a: event } }).warnings.length, 1);
  }
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, null]));
  const { warnings } = read({ dividends: many });
  assertEquals(warnings.length, 11);
  assertStringIncludes(warnings[10] ?? "", "990 more ");
});
