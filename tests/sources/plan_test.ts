import * as fc from "fast-check";
import { LOOK_BACK_DAYS, planDays, wholeDueAt } from "../../src/sources/plan.ts";
import { addDays } from "../../src/base/day.ts";
import type { FetchPlan } from "../../src/sources/source.ts";
import type { StoredState } from "../../src/model/prices.ts";
import { assert, assertEquals } from "../assert.ts";

type Asked = Parameters<typeof planDays>[0];

const TODAY = "2026-09-18";

function planned(asked: Partial<Asked>, stored: Partial<StoredState>): string {
  const plan = planDays(
    { from: null, to: null, ...asked },
    { firstDate: null, lastDate: null, askedFrom: null, actions: [], ...stored },
    TODAY,
  );
  return `${plan.kind} ${plan.from} ${plan.to}`;
}

const DONE = { firstDate: "2000-01-03", lastDate: "2026-09-17", askedFrom: "" };

Deno.test("the days that are asked for, case by case", () => {
  const cases: [string, Partial<Asked>, Partial<StoredState>, string][] = [
    ["the first time", {}, {}, "full null 2026-09-18"],
    [
      "the first time, some days",
      { from: "2024-01-01", to: "2024-02-01" },
      {},
      "window 2024-01-01 2024-02-01",
    ],
    ["new days", {}, DONE, "incremental 2026-09-12 2026-09-18"],
    [
      "days that are missing",
      { fillGaps: true },
      { ...DONE, missingFrom: "2019-03-11" },
      "incremental 2019-03-11 2026-09-18",
    ],
    [
      "days that are missing, and left",
      {},
      { ...DONE, missingFrom: "2019-03-11" },
      "incremental 2026-09-12 2026-09-18",
    ],
    [
      "missing among the last ones",
      { fillGaps: true },
      { ...DONE, missingFrom: "2026-09-14" },
      "incremental 2026-09-12 2026-09-18",
    ],
    ["all again", { forceRefresh: true }, DONE, "full null 2026-09-18"],
    [
      "some again",
      { forceRefresh: true, from: "2024-01-01" },
      DONE,
      "window 2024-01-01 2026-09-18",
    ],
    ["stored already, by name", { from: "2024-01-01" }, DONE, "incremental 2026-09-12 2026-09-18"],
    ["only the newest, by name", { from: "2026-09-16" }, DONE, "incremental 2026-09-16 2026-09-18"],
    [
      "not stored, by name",
      { from: "1990-01-01" },
      { ...DONE, askedFrom: "2000-01-01" },
      "window 1990-01-01 2026-09-18",
    ],
    [
      "nothing known of runs",
      { from: "2024-01-01" },
      { ...DONE, askedFrom: null },
      "window 2024-01-01 2026-09-18",
    ],
    ["up to before the stored days", { to: "1999-01-01" }, DONE, "window null 1999-01-01"],
    ["up to among the stored days", { to: "2020-01-01" }, DONE, "window null 2020-01-01"],
    ["up to the newest days", { to: "2026-09-17" }, DONE, "incremental 2026-09-12 2026-09-17"],
    [
      "the last stored day in the future",
      {},
      { ...DONE, lastDate: "2030-01-01" },
      "incremental 2026-09-13 2026-09-18",
    ],
    ["from a day to come", { from: "2027-01-01" }, DONE, "incremental 2026-09-12 2027-01-01"],
    [
      "from a day to come, the first time",
      { from: "2027-01-01" },
      {},
      "window 2027-01-01 2027-01-01",
    ],
    [
      "days between that were not asked for",
      {},
      { ...DONE, askedFrom: "2026-09-01" },
      "window 2000-01-03 2026-09-18",
    ],
    [
      "from the first stored day on",
      {},
      { ...DONE, askedFrom: "2000-01-01" },
      "incremental 2026-09-12 2026-09-18",
    ],
    [
      "over the turn of a year",
      {},
      { ...DONE, lastDate: "2026-01-02" },
      "incremental 2025-12-28 2026-09-18",
    ],
  ];
  for (const [what, asked, stored, plan] of cases) assertEquals(planned(asked, stored), plan, what);
});

const day = fc.integer({ min: -20_000, max: 40_000 }).map((days) => addDays("1970-01-01", days));
const maybe = fc.option(day);

Deno.test("property: a plan is never upside down, never before --from, and leaves no gap", () => {
  fc.assert(
    fc.property(
      fc.record({ from: maybe, to: maybe, forceRefresh: fc.boolean() }),
      day,
      fc.record({
        firstDate: maybe,
        lastDate: maybe,
        askedFrom: fc.option(fc.oneof(day, fc.constant(""))),
      }),
      (wished, lastDay, { firstDate, lastDate, askedFrom }) => {
        const swapped = wished.from !== null && wished.to !== null && wished.from > wished.to;
        const asked: Asked = swapped ? { ...wished, from: wished.to, to: wished.from } : wished;
        const known = firstDate !== null && lastDate !== null;
        const days = known && firstDate > lastDate ? [lastDate, firstDate] : [firstDate, lastDate];
        const stored: StoredState = {
          firstDate: known ? days[0] ?? null : null,
          lastDate: known ? days[1] ?? null : null,
          askedFrom,
          actions: [],
        };
        const plan: FetchPlan = planDays(asked, stored, lastDay);
        assert(plan.to !== null && plan.kind !== "all");
        if (plan.from !== null) assert(plan.from <= plan.to, `${plan.from} > ${plan.to}`);
        // Nothing before what was asked for, but for days that would be missing behind the stored ones.
        const behind = asked.from !== null && stored.lastDate !== null &&
          asked.from > stored.lastDate;
        if (asked.from !== null && !behind) {
          assert(plan.from !== null && plan.from >= asked.from);
        }
        if (asked.to !== null) assertEquals(plan.to, asked.to);
        if (asked.forceRefresh || !known) assertEquals(plan.from, asked.from);
        if (plan.kind === "incremental") {
          assert(stored.lastDate !== null && plan.from !== null);
          const start = addDays(stored.lastDate, -LOOK_BACK_DAYS);
          assert(plan.from <= start || plan.from === asked.from);
        }
        // All that was asked for is asked for, or was by runs before.
        const first = asked.from ?? "";
        if (asked.from !== null && (plan.from ?? "") > first) {
          assert(askedFrom !== null && askedFrom <= first);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("the turns of tickers begun together are spread, and periods apart", () => {
  const day = 86_400_000;
  const begun = Date.parse("2026-01-01T00:00:00Z");
  const wholeAt = new Date(begun).toISOString();
  const due = Array.from({ length: 500 }, (_, i) => wholeDueAt(`T${i}.SA`, { wholeAt }));
  const perDay = new Map<number, number>();
  for (const at of due) {
    const after = Math.floor((at - begun) / day);
    assert(after >= 1 && after <= 30, `${after} days`);
    perDay.set(after, (perDay.get(after) ?? 0) + 1);
  }
  // 17 a day on average.
  assert(Math.max(...perDay.values()) < 45, `${Math.max(...perDay.values())} in one day`);
  // What came late has its next turn at the time it always has.
  const next = wholeDueAt("T1.SA", { wholeAt: new Date((due[1] ?? 0) + 3 * day).toISOString() });
  assertEquals(next - (due[1] ?? 0), 30 * day);
  const missingFrom = "2026-01-02";
  const soon = Array.from(
    { length: 500 },
    (_, i) => wholeDueAt(`T${i}.SA`, { wholeAt, missingFrom }) - begun,
  );
  assert(Math.min(...soon) >= day / 4 && Math.max(...soon) <= 8 * day, "a quarter of a period");
  assertEquals(wholeDueAt("T1.SA", { wholeAt, missingFrom }, null), Infinity);
  assertEquals(wholeDueAt("T1.SA", { wholeAt }, null), Infinity);
  assertEquals(wholeDueAt("T1.SA", { wholeAt: null }), Infinity);
  assertEquals(wholeDueAt("T1.SA", { wholeAt, doubted: true }, null), 0);
});
