import fc from "fast-check";
import { grouped } from "../../../src/cli/output/numbers.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("whole numbers are grouped as the language's own formatter does", () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (number) => {
    assertEquals(grouped(number), number.toLocaleString("en"));
  }));
  for (const number of [0, 7, 999, 1000, 12_345, 1_234_567, -1000]) {
    assertEquals(grouped(number), number.toLocaleString("en"));
  }
});
