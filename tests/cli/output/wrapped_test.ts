import widthOf from "fast-string-width";
import * as fc from "fast-check";
import { wrapped } from "../../../src/cli/output/wrapped.ts";
import { assert, assertEquals } from "../../assert.ts";

Deno.test("texts are broken between words, and within one only where it must be", () => {
  assertEquals(wrapped("", 5), [""]);
  assertEquals(wrapped("high 38 is below low", 20), ["high 38 is below low"]);
  assertEquals(wrapped("high 38 is below low", 8), ["high 38", "is below", "low"]);
  assertEquals(wrapped("a 東京証券取引所", 6), ["a", "東京証", "券取引", "所"]);
  assertEquals(wrapped("ab", 0), ["a", "b"]);
});

Deno.test("whatever the text, nothing is lost and no line is too wide", () => {
  fc.assert(fc.property(fc.string(), fc.integer({ min: 2, max: 40 }), (text, width) => {
    const lines = wrapped(text, width);
    assertEquals(lines.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
    for (const line of lines) assert(widthOf(line) <= width, line);
  }));
});
