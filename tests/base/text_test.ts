import fc from "fast-check";
import { countsText, grouped, oneLine, plural, spanText, wrapWords } from "../../src/base/text.ts";
import { assertEquals } from "../assert.ts";

Deno.test("whole numbers are grouped as the language's own formatter does", () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (number) => {
    assertEquals(grouped(number), number.toLocaleString("en"));
  }));
  for (const number of [0, 7, 999, 1000, 12_345, 1_234_567, -1000]) {
    assertEquals(grouped(number), number.toLocaleString("en"));
  }
});

Deno.test("a noun is in the plural unless there is one", () => {
  assertEquals([0, 1, 2, 1200].map((number) => plural(number, "row")), [
    "0 rows",
    "1 row",
    "2 rows",
    "1,200 rows",
  ]);
  assertEquals(countsText({ failed: 2, success: 1 }), "2 failed, 1 success");
  assertEquals(countsText({}), "");
});

Deno.test("a length of time has the unit that fits it", () => {
  const cases: [ms: number, text: string][] = [
    [0, "0 s"],
    [119_499, "119 s"],
    [120_000, "2 min"],
    [7_199_000, "120 min"],
    [7_200_000, "2 h"],
    [47 * 3_600_000, "47 h"],
    [48 * 3_600_000, "2 days"],
  ];
  for (const [ms, text] of cases) assertEquals(spanText(ms), text);
});

Deno.test("no text can break a line or steer a terminal", () => {
  assertEquals(oneLine("a\r\n  b\tc\x1b[2J\x07\u202e!"), "a b c\ufffd[2J\ufffd!");
  assertEquals(oneLine("São Paulo 東京"), "São Paulo 東京");
});

Deno.test("words are put on lines of a width, and one that is wider stays whole", () => {
  const words = "one two three seventeen four".split(" ");
  assertEquals(wrapWords(words, 7), ["one two", "three", "seventeen", "four"]);
  assertEquals(wrapWords(words, 9, 4), ["one two", "    three", "    seventeen", "    four"]);
  assertEquals(wrapWords([], 7), [""]);
});
