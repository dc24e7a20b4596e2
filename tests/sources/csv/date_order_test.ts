import {
  type DateCell,
  type DateEvidence,
  decideOrder,
} from "../../../src/sources/csv/date_order.ts";
import { assertEquals, assertStringIncludes } from "../../assert.ts";

function cells(...texts: readonly string[]): DateCell[] {
  return texts.map((cell, index) => {
    const [first = 0, second = 0, year = 0] = cell.split("/").map(Number);
    return { cell, line: index + 2, first, second, year };
  });
}

function evidence(rows: readonly DateCell[], over: Partial<DateEvidence> = {}): DateEvidence {
  return { only: {}, neighbours: [], future: { dmy: [], mdy: [] }, rows, ...over };
}

function orderOf(...texts: readonly string[]): string | null {
  return decideOrder(evidence(cells(...texts))).order;
}

/** `DD/MM/2024` and the like, of days of January. */
function january(year: number, ...days: readonly number[]): string[] {
  return days.map((day) => `${String(day).padStart(2, "0")}/01/${year}`);
}

Deno.test("one row, two rows, a single week and months in a row are left undecided", () => {
  assertEquals(orderOf("02/01/2024"), null);
  assertEquals(orderOf("02/01/2024", "03/01/2024"), null);
  // Monday to Friday of a week of January, or the firsts of five months.
  assertEquals(orderOf("01/09/2026", "01/08/2026", "01/07/2026", "01/06/2026", "01/05/2026"), null);
  const firsts = Array.from(
    { length: 12 },
    (_, at) => `01/${String(at + 1).padStart(2, "0")}/2024`,
  );
  assertEquals(orderOf(...firsts), null);
  // Every day of twelve, as coins have them.
  assertEquals(orderOf(...january(2024, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)), null);
});

Deno.test("weekdays in a row across a weekend are days, not months with gaps", () => {
  const days = january(2024, 2, 3, 4, 5, 8, 9);
  assertEquals(orderOf(...days), "dmy");
  assertEquals(orderOf(...days.toReversed()), "dmy");
  const swapped = days.map((day) => day.split("/")).map(([d, m, y]) => `${m}/${d}/${y}`);
  assertEquals(orderOf(...swapped), "mdy");
  assertStringIncludes(decideOrder(evidence(cells(...days))).evidence, "2024-01-02 to 2024-01-09");
  // Too few, or with holes.
  assertEquals(orderOf(...january(2024, 4, 5, 8, 9)), null);
  assertEquals(orderOf(...january(2024, 2, 3, 8, 9, 12)), null);
});

Deno.test("many rows in order under one reading alone decide; few do not", () => {
  const weekly = [
    "03/05/2024",
    "10/05/2024",
    "07/06/2024",
    "05/07/2024",
    "12/07/2024",
    "02/08/2024",
  ];
  assertEquals(orderOf(...weekly), "dmy");
  assertEquals(orderOf(...weekly.toReversed()), "dmy");
  assertEquals(orderOf(...weekly.slice(0, 4)), null);
  // A file that was sorted by its text is in order month first, whatever is meant.
  const byText = ["01/02", "01/07", "02/04", "03/09", "04/02", "04/11", "06/03", "07/08", "08/07"]
    .concat("09/10", "10/06", "11/03").map((each) => `${each}/2023`);
  assertEquals(orderOf(...byText), null);
});

Deno.test("more than twelve months in a row are months", () => {
  const months = Array.from({ length: 14 }, (_, at) => {
    const month = String(at % 12 + 1).padStart(2, "0");
    return `05/${month}/${2020 + Math.floor(at / 12)}`;
  });
  assertEquals(orderOf(...months), "dmy");
});

Deno.test("a day above 12 decides against everything but its like", () => {
  const rows = cells(...january(2024, 2, 3));
  const [dmy, mdy] = [cells("15/01/2024")[0], cells("01/15/2024")[0]];
  assertEquals(decideOrder(evidence(rows, { only: { dmy } })).order, "dmy");
  assertEquals(decideOrder(evidence(rows, { only: { mdy } })).order, "mdy");
  const both = decideOrder(evidence(rows, { only: { dmy, mdy } }));
  assertEquals(both.order, null);
  assertStringIncludes(
    both.evidence,
    '"15/01/2024" on line 2 can be read day first only, but "01/15',
  );
});

Deno.test("a column beside the dates and the calendar decide, and contradict one another", () => {
  const rows = cells("02/01/2024");
  const unix = { name: "unix", accident: 1e-7 };
  const neighbours = [{ ...unix, wrong: { dmy: 0, mdy: 1 } }];
  assertEquals(decideOrder(evidence(rows, { neighbours })).order, "dmy");
  const useless = [{ ...unix, wrong: { dmy: 1, mdy: 1 } }];
  assertEquals(decideOrder(evidence(rows, { neighbours: useless })).order, null);
  const few = [{ ...unix, accident: 1 / 7, wrong: { dmy: 0, mdy: 1 } }];
  assertEquals(decideOrder(evidence(rows, { neighbours: few })).order, null);
  const future = { dmy: [], mdy: cells("02/01/2024", "03/01/2024") };
  assertEquals(decideOrder(evidence(rows, { future })).order, "dmy");
  const against = { dmy: future.mdy, mdy: [] };
  assertEquals(decideOrder(evidence(rows, { neighbours, future: against })).order, null);
  // One of them is a typing error, and neither it nor two outweigh a day above 12.
  const one = { dmy: [], mdy: cells("02/01/2024") };
  assertEquals(decideOrder(evidence(rows, { future: one })).order, null);
  const only = { mdy: cells("01/15/2024")[0] };
  assertEquals(decideOrder(evidence(rows, { only, future })).order, "mdy");
  assertEquals(decideOrder(evidence(rows, { only, neighbours })).order, null);
});
