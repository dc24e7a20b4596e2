import * as fc from "fast-check";
import { closest } from "../../src/base/closest.ts";
import { assert, assertEquals } from "../assert.ts";

Deno.test("closest finds the name that was meant, whatever its case", () => {
  assertEquals(closest("PETR4", ["VALE3.SA", "PETR4.SA", "PETR3.SA"]), "PETR4.SA");
  assertEquals(closest("--tikcer", ["--file", "--ticker"]), "--ticker");
  assertEquals(closest("petr4.sa", ["PETR4.SA"]), "PETR4.SA");
});

Deno.test("closest asks more of short words: of five letters one may be wrong, or two have changed places", () => {
  assertEquals(closest("bd", ["to", "b"]), "b");
  assertEquals(closest("ab", ["cd"]), undefined);
  assertEquals([closest("abc", ["abd"], 0), closest("abc", ["abd"], 1)], [undefined, "abd"]);
  assertEquals(closest("lgos", ["locks", "logs"]), "logs");
  assertEquals([closest("load", ["logs"]), closest("table", ["ticker", "title"])], [
    undefined,
    undefined,
  ]);
  assertEquals([closest("pri", ["prices"]), closest("pr", ["prices"])], ["prices", undefined]);
});

Deno.test("closest never proposes the opposite of what was typed", () => {
  const pairs = [
    ["uninstall", "install"],
    ["install", "uninstall"],
    ["unlock", "locks"],
    ["no-json", "json"],
    ["nojson", "json"],
    ["disable", "able"],
  ];
  for (const [word = "", other = ""] of pairs) {
    assertEquals(closest(word, [other]), undefined, word);
    assertEquals(closest(word, [other, `${word}x`]), `${word}x`);
  }
  assertEquals(closest("untill", ["until"]), "until");
});

Deno.test("property: the answer is among the candidates, as near as it may be, and what is equal wins", () => {
  const words = fc.string({ unit: fc.constantFrom("a", "b", "-"), maxLength: 8 });
  fc.assert(fc.property(words, fc.array(words, { maxLength: 6 }), (word, candidates) => {
    const found = closest(word, candidates);
    assert(found === undefined || candidates.includes(found));
    assert(found === undefined || Math.abs(found.length - word.length) <= 3);
    assertEquals(closest(word, [...candidates, word]), word);
  }));
});
