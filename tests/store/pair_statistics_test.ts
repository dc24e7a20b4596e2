import * as fc from "fast-check";
import { percentile } from "../../src/store/pair_statistics.ts";
import { assert, assertEquals } from "../assert.ts";

Deno.test("percentiles are of the nearest rank", () => {
  assertEquals(percentile([], 0.5), null);
  assertEquals(percentile([7], 0.95), 7);
  assertEquals(percentile([1, 2], 0.5), 1);
  assertEquals(percentile([1, 2, 3], 0.5), 2);
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  assertEquals([percentile(hundred, 0.5), percentile(hundred, 0.95)], [50, 95]);
  assertEquals(percentile(hundred, 1), 100);
});

Deno.test("property: at least that share of all is not above a percentile, and less is below it", () => {
  const share = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(fc.property(fc.array(fc.nat(50), { minLength: 1 }), share, (values, wanted) => {
    const sorted = values.toSorted((a, b) => a - b);
    const found = percentile(sorted, wanted) ?? NaN;
    const upTo = sorted.filter((value) => value <= found).length;
    const below = sorted.filter((value) => value < found).length;
    assert(upTo / sorted.length >= wanted - 1e-12 && below < wanted * sorted.length);
  }));
});
