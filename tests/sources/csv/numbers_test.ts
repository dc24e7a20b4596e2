import {
  type DecimalSign,
  isMissing,
  looksGrouped,
  plainNumber,
  plainSign,
  readingsOf,
  readNumber,
} from "../../../src/sources/csv/numbers.ts";
import { assert, assertEquals, assertStrictEquals } from "../../assert.ts";

/** What a cell is with a decimal point, and with a decimal comma. */
function both(cell: string): [number | null | undefined, number | null | undefined] {
  return [readNumber(cell, "."), readNumber(cell, ",")];
}

Deno.test("plain numbers are the same under both signs, decimals are not", () => {
  const cases: [cell: string, point: number | undefined, comma: number | undefined][] = [
    ["1", 1, 1],
    ["-7", -7, -7],
    ["+1.5", 1.5, undefined],
    ["1,5", undefined, 1.5],
    ["1.234", 1.234, 1234],
    ["1,234", 1234, 1.234],
    ["0.123", 0.123, undefined],
    ["0,123", undefined, 0.123],
    ["1234.567", 1234.567, undefined],
    ["12.3456", 12.3456, undefined],
    ["1.234.567", undefined, 1234567],
    ["1,234,567", 1234567, undefined],
    ["1.234,56", undefined, 1234.56],
    ["1,234.56", 1234.56, undefined],
    ["1.234,567", undefined, 1234.567],
    ["12,34,567.5", 1234567.5, undefined],
    ["1 234,5", undefined, 1234.5],
    ["1'234.5", 1234.5, undefined],
    ["22.355.600", undefined, 22355600],
    ["$185.64", 185.64, undefined],
    ["R$ 1.234,56", undefined, 1234.56],
    ["-$2.5", -2.5, undefined],
    ["(1.5)", -1.5, undefined],
    ["6,10M", undefined, 6_100_000],
    ["32.94M", 32_940_000, undefined],
    ["1.5K", 1500, undefined],
    ["2.5B", 2_500_000_000, undefined],
    ["12 mil", 12000, 12000],
    ["1.5e-2", 0.015, undefined],
    [".5", 0.5, undefined],
    ["-37.63", -37.63, undefined],
  ];
  for (const [cell, point, comma] of cases) assertEquals(both(cell), [point, comma], cell);
  assertStrictEquals(readNumber("-0.0", "."), 0);
});

Deno.test("what is no number under either sign is none", () => {
  const bad = [
    "abc",
    "1.",
    "5,",
    "0x10",
    "Infinity",
    "1e999",
    "1_0",
    "--1",
    "5%",
    "１",
    "1.23.4",
    "1,2,3",
  ];
  for (const cell of [...bad, "1 23", "12 34", "01.234.567", "(1", "1)", "-(-1)", "29.07.2025"]) {
    assertEquals(both(cell), [undefined, undefined], cell);
  }
  // A share in percent is no price, and tells the sign all the same.
  assertEquals([readingsOf("-0,53%")?.point, readingsOf("-0,53%")?.comma], [undefined, -0.53]);
});

Deno.test("cells that say that there is no value", () => {
  for (const cell of ["", "null", "NULL", "NaN", "N/A", "#N/A", "n/d", "None", "-", "--", "—"]) {
    assert(isMissing(cell), cell);
    assertEquals(both(cell), [null, null], cell);
  }
  for (const cell of ["0", "---", "nulls", "x"]) assert(!isMissing(cell), cell);
});

Deno.test("the quick looks at a cell say what the thorough one says", () => {
  const cells = [
    "1",
    "1.5",
    "1,5",
    "1.234",
    "1,234",
    "0.123",
    "1234.567",
    "12.3456",
    "1.234.567",
    "x",
  ];
  for (const cell of cells) {
    const readings = readingsOf(cell);
    const [point, comma] = [readings?.point, readings?.comma];
    const sign = plainSign(cell);
    if (sign !== undefined) {
      assertEquals([point === undefined, comma === undefined], [sign === ",", sign === "."], cell);
    }
    const isBoth = point !== undefined && comma !== undefined && point !== comma;
    if (cell.includes(".")) assertEquals(looksGrouped(cell), isBoth, cell);
    const plain = plainNumber(cell);
    if (plain !== undefined) assertEquals(plain, point, cell);
  }
  const signs: (DecimalSign | undefined)[] = ["1.5", "1,5", "1.234", "15"].map(plainSign);
  assertEquals(signs, [".", ",", undefined, undefined]);
});
