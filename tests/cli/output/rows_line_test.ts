import { rowsText } from "../../../src/cli/output/rows_line.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("progress by rows tells how many, of how many where that is known, and how fast", () => {
  assertEquals(
    rowsText("exporting prices", 1_200_000, 5_000_000, 2000),
    "exporting prices: 1,200,000 of 5,000,000 rows, 600,000 rows/s",
  );
  assertEquals(rowsText("exporting t", 10, undefined, 0), "exporting t: 10 rows, 10,000 rows/s");
});
