import { wrapText } from "../../../src/cli/output/wrap.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("text is wrapped between words, with an indent, and long words stay whole", () => {
  const text = "one two three four five six seven\n  Try: eight nine ten eleven twelve\n";
  assertEquals(wrapText(text, Infinity), text);
  assertEquals(
    wrapText(text, 20, 4),
    "one two three four\n    five six seven\n  Try: eight nine\n    ten eleven\n    twelve\n",
  );
  const long = `see ${"x".repeat(40)} there`;
  assertEquals(wrapText(long, 20), `see\n${"x".repeat(40)}\nthere`);
  assertEquals(wrapText("東京 証券取引所 株式会社", 20), "東京 証券取引所\n株式会社");
  assertEquals(wrapText("", 20), "");
});
