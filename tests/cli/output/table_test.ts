import widthOf from "fast-string-width";
import * as fc from "fast-check";
import { type Column, cut, renderTable, Table } from "../../../src/cli/output/table.ts";
import { assert, assertEquals } from "../../assert.ts";

interface Row {
  readonly name: string;
  readonly count: number;
  readonly note: string;
}

const COLUMNS: readonly Column<Row>[] = [
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
  return renderTable(COLUMNS, rows, { width, color });
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

Deno.test("a table that was cut says so: a cell, or a column that was left out", () => {
  const note = (width: number): boolean =>
    renderTable(COLUMNS, ROWS, { width, cutNote: "cut!" }).endsWith("\n\ncut!\n");
  assertEquals([100, 25, 16, 6].map(note), [false, true, true, true]);
  assertEquals(new Table(COLUMNS, ROWS).isCut, false);
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

Deno.test("a table without rows is its titles", () => {
  assertEquals(render([]), "NAME  COUNT\n");
});

Deno.test("wide and combining characters count as wide as they are shown", () => {
  const rows = [{ name: "東京", count: 1, note: "" }, { name: "e\u0301", count: 2, note: "" }];
  assertEquals(render(rows), "NAME  COUNT\n東京      1\ne\u0301         2\n");
});

Deno.test("no cell can break a line or steer a terminal", () => {
  assertEquals(
    renderTable([{ title: "A", cell: String }], ["a\nb", "\x1b[2J"]),
    "A\na b\n\ufffd[2J\n",
  );
});

Deno.test("rows that come later keep to the columns of the first ones", () => {
  const table = new Table(COLUMNS, ROWS.slice(0, 1), { width: 25 });
  assertEquals(
    table.header() + table.lines(ROWS),
    "NAME      COUNT  NOTE\nPETR4.SA      7  a long…\nX         123456\n",
  );
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
      const columns: Column<Row>[] = [
        ...COLUMNS,
        { title: "|", rank: 0, cell: () => "|" },
      ];
      const lines = renderTable(columns, rows, { width: width + 3 }).split("\n").slice(0, -1);
      const places = lines.map((line) => widthOf(line.slice(0, line.lastIndexOf("|"))));
      assertEquals(new Set(places).size, 1);
      for (const line of lines) assert(widthOf(line) <= width + 3, line);
    }),
  );
});

Deno.test("what a column wants it has before a column of larger rank has any room", () => {
  const columns = [
    { title: "A", rank: 0, cell: () => "a" },
    { title: "B", rank: 2, cell: () => "bb" },
    { title: "C", rank: 1, shrinkTo: 3, wants: 6, cell: () => "cccccccc" },
  ];
  const at = (width: number): string => renderTable(columns, [{}], { width }).split("\n")[1] ?? "";
  assertEquals([15, 13, 12, 9, 6].map(at), [
    "a  bb  cccccccc",
    "a  bb  ccccc…",
    "a  cccccccc",
    "a  ccccc…",
    "a  cc…",
  ]);
});
