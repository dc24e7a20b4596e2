import { RowTable } from "../../../src/sources/csv/row_table.ts";
import { assert, assertEquals } from "../../assert.ts";

function filled(tickers: readonly number[]): RowTable {
  const table = new RowTable();
  for (const [index, ticker] of tickers.entries()) {
    const values = new Float64Array([index, NaN, 2, 3, 4, 5]);
    table.add({ ticker, day: 20240101 + index, source: -1, file: 7, line: index + 2 }, values);
  }
  return table;
}

Deno.test("a table gives back what was added, beyond its first capacity", () => {
  const table = filled(Array.from({ length: 3000 }, (_, i) => i % 5));
  assertEquals(table.length, 3000);
  for (const row of [0, 1023, 1024, 2999]) {
    assertEquals(
      [table.ticker(row), table.day(row), table.source(row), table.file(row), table.line(row)],
      [row % 5, 20240101 + row, -1, 7, row + 2],
    );
    assertEquals(table.value(row, 0), row);
    assertEquals(table.value(row, 1), NaN);
    assertEquals(table.value(row, 5), 5);
  }
});

Deno.test("rows by ticker keep their order", () => {
  const { rows, starts } = filled([2, 0, 2, 0, 3]).byTicker(5);
  assertEquals([...rows], [1, 3, 0, 2, 4]);
  assertEquals([...starts], [0, 2, 2, 4, 5, 5]);
});

Deno.test("the same values are equal, none too", () => {
  const table = filled([0, 0]);
  assert(!table.sameValues(0, 1));
  assert(table.sameValues(1, 1));
});

Deno.test("truncating drops the last rows", () => {
  const table = filled([0, 1, 2]);
  table.truncate(5);
  assertEquals(table.length, 3);
  table.truncate(2);
  assertEquals([table.length, table.ticker(1)], [2, 1]);
  table.truncate(0);
  assertEquals([table.length, table.ticker(0), table.value(0, 0)], [0, -1, NaN]);
});
