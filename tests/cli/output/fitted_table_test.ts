import widthOf from "fast-string-width";
import * as fc from "fast-check";
import {
  cut,
  type FittedColumn,
  FittedTable,
  oneLine,
} from "../../../src/cli/output/fitted_table.ts";
import { assert, assertEquals } from "../../assert.ts";

interface Row {
  readonly name: string;
  readonly count: number;
  readonly note: string;
}

const COLUMNS: readonly FittedColumn<Row>[] = [
  { title: "NAME", rank: 0, shrinkTo: 6, cell: ({ name }) => name },
  {
    title: "COUNT",
    rank: 2,
    align: "right",
    cell: ({ count }) => String(count),
    sgr: ({ count }) => count > 9 ? "31" : undefined,
  },
  { title: "NOTE", rank: 1, shrinkTo: 5, optional: true, cell: ({ note }) => note },
];

const ROWS: readonly Row[] = [
  { name: "PETR4.SA", count: 7, note: "a long note on it" },
  { name: "X", count: 123456, note: "" },
];

function render(rows: readonly Row[], width?: number, color = false): string {
  const table = new FittedTable(COLUMNS, rows, { width, color });
  return table.header() + table.lines(rows);
}

Deno.test("with room for all, nothing is cut and no line ends in blanks", () => {
  assertEquals(
    render(ROWS),
    "NAME       COUNT  NOTE\n" +
      "PETR4.SA       7  a long note on it\n" +
      "X         123456\n",
  );
  assertEquals(render(ROWS, 100), render(ROWS));
});

Deno.test("with less room long texts are cut, then columns are left out, the least telling first", () => {
  assertEquals(
    render(ROWS, 25),
    "NAME       COUNT  NOTE\n" +
      "PETR4.SA       7  a long…\n" +
      "X         123456\n",
  );
  assertEquals(render(ROWS, 16), "NAME      NOTE\nPETR4.SA  a lon…\nX\n");
  assertEquals(render(ROWS, 6), "NAME\nPETR4…\nX\n");
  assertEquals(render(ROWS, 1), "NAME\nPETR4…\nX\n");
});

Deno.test("a column in which there is nothing can be left out", () => {
  const rows = ROWS.map((row) => ({ ...row, note: "" }));
  assertEquals(render(rows), "NAME       COUNT\nPETR4.SA       7\nX         123456\n");
});

Deno.test("colours do not count as width", () => {
  assertEquals(
    render(ROWS, 25, true).split("\n")[2],
    "X         \x1b[31m123456\x1b[0m",
  );
});

Deno.test("no text can break a line or steer a terminal", () => {
  assertEquals(oneLine("a\r\n  b\tc\x1b[2J\x07\u202e!"), "a b c\ufffd[2J\ufffd!");
  assertEquals(oneLine("São Paulo 東京"), "São Paulo 東京");
});

Deno.test("texts are cut between whole characters, by the width that is seen", () => {
  assertEquals(cut("東京証券", 8), "東京証券");
  assertEquals(cut("東京証券", 7), "東京証…");
  assertEquals(cut("東京証券", 6), "東京…");
  assertEquals(cut("e\u0301e\u0301e\u0301", 2), "e\u0301…");
  assertEquals(cut("👩‍👩‍👧👩‍👩‍👧", 3), "👩‍👩‍👧…");
  assertEquals(cut("ab  cd", 5), "ab…");
});

Deno.test("property: no line is wider than the terminal, and columns stay in their places", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "Z", "東", "é", "9", "한"), maxLength: 30 });
  const row = fc.record({ name, count: fc.nat(), note: name });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), fc.integer({ min: 8, max: 90 }), (rows, width) => {
      const columns: FittedColumn<Row>[] = [
        ...COLUMNS,
        { title: "|", rank: 0, cell: () => "|" },
      ];
      const table = new FittedTable(columns, rows, { width: width + 3 });
      const lines = (table.header() + table.lines(rows)).split("\n").slice(0, -1);
      const places = lines.map((line) => widthOf(line.slice(0, line.lastIndexOf("|"))));
      assertEquals(new Set(places).size, 1);
      for (const line of lines) assert(widthOf(line) <= width + 3, line);
    }),
  );
});
