import widthOf from "fast-string-width";
import * as fc from "fast-check";
import { wrap } from "../../../src/cli/output/wrap.ts";
import { assert, assertEquals } from "../../assert.ts";

Deno.test("text is wrapped between words, with an indent, and long words stay whole", () => {
  const text = "one two three four five six seven\n  Try: eight nine ten eleven twelve\n";
  assertEquals(wrap(text, Infinity), text);
  assertEquals(
    wrap(text, 20, { indent: 4 }),
    "one two three four\n    five six seven\n  Try: eight nine\n    ten eleven\n    twelve\n",
  );
  const long = `see ${"x".repeat(40)} there`;
  assertEquals(wrap(long, 20), `see\n${"x".repeat(40)}\nthere`);
  assertEquals(wrap("東京 証券取引所 株式会社", 20), "東京 証券取引所\n株式会社");
  assertEquals(wrap("", 20), "");
});

Deno.test("a word that is wider than a line is broken where that is asked for", () => {
  const lines = (text: string, width: number) =>
    wrap(text, width, { breakWords: true }).split("\n");
  assertEquals(lines("high 38 is below low", 8), ["high 38", "is below", "low"]);
  assertEquals(lines("a 東京証券取引所", 6), ["a", "東京証", "券取引", "所"]);
  fc.assert(fc.property(fc.string(), fc.integer({ min: 2, max: 40 }), (text, width) => {
    const found = lines(text, width);
    assertEquals(found.join("").replaceAll(" ", ""), text.replaceAll(/[ \n]/g, ""));
    for (const line of found) assert(widthOf(line) <= width, line);
  }));
});
