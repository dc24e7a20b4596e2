import { differs } from "../../src/model/restatement.ts";
import { assertEquals } from "../assert.ts";

Deno.test("what is rounding, of numbers of single precision and of what they were rounded to", () => {
  const cases: [number, number, boolean][] = [
    [23.535, 23.54, false],
    [Math.fround(23.535), Math.fround(23.54), false],
    [23.534, 23.54, true],
    [10, 10.004, false],
    [10, 10.02, true],
    [12.3456, 12.346, false],
    [12.344, 12.346, true],
    [100, 100.009, false],
    [100, 100.02, true],
    // Of shares that cost cents, as far as the decimals tell.
    [0.3, 0.302, false],
    [0.3, 0.304, true],
    [Math.fround(0.051234), Math.fround(0.051234 * 1.009), true],
    [Math.fround(0.312345), Math.fround(0.312345 * 1.008), true],
    [-37.63, -37.63, false],
    [0, 0.001, true],
  ];
  for (const [a, b, expected] of cases) {
    assertEquals([differs(a, b), differs(b, a)], [expected, expected], `${a} ${b}`);
  }
  assertEquals([differs(null, 1), differs(1, null)], [false, false]);
});
