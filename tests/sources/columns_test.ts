import { PriceColumns } from "../../src/model/price_columns.ts";
import { batchOf, columnsOf } from "../../src/sources/columns.ts";
import { assertEquals, assertStrictEquals } from "../assert.ts";
import { fileOf, patched, quote, withRun } from "./cotahist/fixtures.ts";
import { row } from "./csv/helpers.ts";
import { judged } from "./judged.ts";

const ROWS = [row("2024-01-02", 1), row("2024-01-03", 2)];

Deno.test("a copy of a batch with other prices has these, and any other copy the same", () => {
  const columns = PriceColumns.of(ROWS);
  const batch = batchOf(columns, { rejects: [] });
  assertStrictEquals(columnsOf(batch), columns);
  assertEquals(columnsOf({ ...batch }).rows(), ROWS);
  assertEquals(columnsOf({ ...batch, prices: ROWS.slice(1) }).rows(), ROWS.slice(1));
});

Deno.test("rows of a file are judged the same as columns and as objects", async () => {
  const records = [
    quote(),
    quote({ close: 1010 }),
    patched(148, "0x010", { date: "20240103" }),
    patched(57, "0".repeat(13), { date: "20240104" }),
    quote({ date: "20240105", close: 0 }),
    quote({ date: "20240108" }),
    quote({ date: "20240108" }),
  ];
  await withRun(fileOf(records), async (opened) => {
    for await (const batch of opened.fetch("AAAA3.SA")) {
      const asColumns = judged(batch);
      assertEquals(asColumns, judged({ ...batch }));
      assertEquals(asColumns.good.length, 4);
      assertEquals([asColumns.rejects.length, asColumns.repeated], [3, 1]);
    }
  });
});
