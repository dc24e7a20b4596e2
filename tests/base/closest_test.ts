import * as fc from "fast-check";
import { closest } from "../../src/base/closest.ts";
import { assertEquals } from "../assert.ts";

Deno.test("closest finds the name that was meant, whatever its case", () => {
  assertEquals(closest("PETR4", ["VALE3.SA", "PETR4.SA", "PETR3.SA"]), "PETR4.SA");
  assertEquals(closest("--tikcer", ["--file", "--ticker"]), "--ticker");
  assertEquals(closest("petr4.sa", ["PETR4.SA"]), "PETR4.SA");
});

Deno.test("closest asks more of short words: at most half of their letters may differ", () => {
  assertEquals(closest("bd", ["to", "b"]), "b");
  assertEquals(closest("ab", ["cd"]), undefined);
  assertEquals([closest("abc", ["abd"], 0), closest("abc", ["abd"], 1)], [undefined, "abd"]);
});

/** The textbook table, to compare with. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      next.push(Math.min(
        (row[j + 1] ?? 0) + 1,
        (next[j] ?? 0) + 1,
        (row[j] ?? 0) + (left === right ? 0 : 1),
      ));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

Deno.test("property: the answer is the first of the nearest within the limit", () => {
  const words = fc.string({ unit: fc.constantFrom("a", "b", "-"), maxLength: 8 });
  fc.assert(fc.property(words, fc.array(words, { maxLength: 6 }), (word, candidates) => {
    const limit = Math.min(3, Math.ceil(word.length / 2));
    const distances = candidates.map((candidate) => distance(word, candidate));
    const least = Math.min(...distances, Infinity);
    const expected = least <= limit ? candidates[distances.indexOf(least)] : undefined;
    assertEquals(closest(word, candidates), expected);
  }));
});
