import { groupByTicker, indicesOf, RowColumns } from "../../../src/sources/files/row_columns.ts";
import { assertEquals } from "../../assert.ts";

const VALUES = { date: 20240102, open: 1, high: 2, low: 0.5, close: 1.5, volume: 10 };

Deno.test("columns grow, truncate, and group rows by ticker in reading order", () => {
  const rows = new RowColumns();
  for (let line = 0; line < 10_000; line++) rows.push(line % 3, 1, line, VALUES);
  rows.truncate(9);
  rows.push(1, 2, 77, { ...VALUES, close: 9 });
  const { starts, order } = groupByTicker(rows, 4);
  assertEquals([...starts], [0, 3, 7, 10, 10]);
  assertEquals([...order], [0, 3, 6, 1, 4, 7, 9, 2, 5, 8]);
  assertEquals([rows.file[9], rows.line[9], rows.close[9], rows.volume[9]], [2, 77, 9, 10]);
  assertEquals([rows.repeats(0, 3), rows.repeats(0, 9)], [true, false]);
});

Deno.test("wide rows have an adjusted close and a source, and copies of rows do", () => {
  const rows = new RowColumns(true);
  for (let line = 0; line < 3000; line++) {
    rows.push(0, 0, line, { ...VALUES, adjClose: line % 2, source: 7 });
  }
  rows.push(0, 0, 3000, { ...VALUES, open: NaN });
  rows.pushFrom(rows, 3000);
  rows.pushFrom(rows, 1);
  assertEquals([...rows.adjClose.subarray(2998, 3003)], [0, 1, NaN, NaN, 1]);
  assertEquals([...rows.source.subarray(2998, 3003)], [7, 7, -1, -1, 7]);
  assertEquals(
    [rows.repeats(0, 2), rows.repeats(0, 1), rows.repeats(3000, 3001), rows.repeats(1, 3002)],
    [true, false, true, true],
  );
  assertEquals(indicesOf(groupByTicker(rows, 1), 0).length, 3003);
});
