import * as fc from "fast-check";
import { parseLenientJson } from "../../../src/sources/yahoo/answer.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

const WORDS = ["NaN", "Infinity", "-Infinity", '"', "\\", '\\"', "a", ",", ":"];
const texts = fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }).map((parts) => parts.join(""));

Deno.test("property: what is JSON is read as JSON.parse reads it", () => {
  const value = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 4 }, texts, fc.jsonValue(), tie("list"), tie("record")),
    list: fc.array(tie("node"), { maxLength: 4 }),
    record: fc.dictionary(texts, tie("node"), { maxKeys: 4 }),
  })).node;
  fc.assert(fc.property(value, fc.nat(3), (each, indent) => {
    const text = JSON.stringify(each, null, indent);
    assertEquals(parseLenientJson(text), JSON.parse(text));
  }));
});

Deno.test("property: a bare number that is none becomes a text, and strings stay as they are", () => {
  const bare = fc.constantFrom("NaN", "Infinity", "-Infinity");
  fc.assert(fc.property(fc.array(fc.tuple(texts, bare)), bare, (pairs, first) => {
    const parts = pairs.map(([text, word]) => `${JSON.stringify(text)} , ${word}`);
    assertEquals(parseLenientJson(`[${[first, ...parts].join(",")}]`), [first, ...pairs.flat()]);
  }));
});

Deno.test("what is no JSON otherwise either is refused", () => {
  for (
    const text of [
      "",
      "NaN,",
      "[NaN",
      "[NaN,]",
      '["NaN',
      '[NaN,"\\',
      "[--Infinity]",
      "[xNaN]",
      "[+NaN]",
    ]
  ) {
    assertThrows(() => parseLenientJson(text), SyntaxError);
  }
  assertEquals(parseLenientJson("NaN"), "NaN");
});

Deno.test("a large text without an end is refused as fast as it is read", () => {
  for (const filler of ['\\"', "\\\\", "a", '"a",']) {
    const text = `[NaN,"${filler.repeat(2_000_000)}`;
    const error = assertThrows(() => parseLenientJson(text), SyntaxError);
    assertStringIncludes(error.name, "SyntaxError");
    const whole = `[NaN,"${"\\\\".repeat(1_000_000)}"]`;
    assert(Array.isArray(parseLenientJson(whole)));
  }
});
