import * as fc from "fast-check";
import { type Column, renderTable } from "../../../src/cli/output/table.ts";
import { assert, assertEquals } from "../../assert.ts";

interface Row {
  readonly name: string;
  readonly count: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "NAME", cell: ({ name }) => name },
  { title: "COUNT", align: "right", cell: ({ count }) => String(count) },
  { title: "NOTE", align: "left", cell: ({ count }) => count > 9 ? "many" : "" },
];

Deno.test("texts stand on the left, numbers on the right, and no line ends in blanks", () => {
  const rows = [{ name: "PETR4.SA", count: 7 }, { name: "X", count: 123456 }];
  assertEquals(
    renderTable(COLUMNS, rows),
    "NAME       COUNT  NOTE\n" +
      "PETR4.SA       7\n" +
      "X         123456  many\n",
  );
});

Deno.test("a table without rows is its titles", () => {
  assertEquals(renderTable(COLUMNS, []), "NAME  COUNT  NOTE\n");
});

Deno.test("wide and combining characters and colours count as wide as they are shown", () => {
  const rows = [{ name: "東京", count: 1 }, { name: "e\u0301", count: 2 }, {
    name: "\x1b[31mred\x1b[0m",
    count: 3,
  }];
  assertEquals(
    renderTable(COLUMNS.slice(0, 2), rows),
    "NAME  COUNT\n" +
      "東京      1\n" +
      "e\u0301         2\n" +
      "\x1b[31mred\x1b[0m       3\n",
  );
});

Deno.test("property: every line has its columns at the same places", () => {
  const row = fc.record({ name: fc.string({ unit: fc.constantFrom(..."aZ9.") }), count: fc.nat() });
  const columns: Column<Row>[] = [
    { title: "NAME", cell: ({ name }) => name },
    { title: "COUNT", align: "right", cell: ({ count }) => String(count) },
    { title: "END", cell: () => "|" },
  ];
  fc.assert(fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
    const lines = renderTable(columns, rows).split("\n");
    assertEquals(lines.pop(), "");
    assertEquals(lines.length, rows.length + 1);
    const end = lines[0]?.indexOf("END") ?? -1;
    for (const [index, { name, count }] of rows.entries()) {
      const line = lines[index + 1] ?? "";
      assertEquals(line.indexOf("|"), end);
      assert(line.startsWith(name) && line.endsWith(`${count}  |`));
    }
  }));
});
