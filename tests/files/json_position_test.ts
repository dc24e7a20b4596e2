import * as fc from "fast-check";
import { jsonErrorPosition } from "../../src/files/json_position.ts";
import { assert, assertEquals } from "../assert.ts";

function engineSays(text: string): { ok: boolean; position: number | undefined } {
  try {
    JSON.parse(text);
    return { ok: true, position: undefined };
  } catch (error) {
    const found = /at position (\d+)/.exec((error as Error).message)?.[1];
    return { ok: false, position: found === undefined ? undefined : Number(found) };
  }
}

Deno.test("the place is that of the first character that cannot be", () => {
  const cases: Record<string, number> = {
    "": 0,
    "  ": 2,
    "abc": 0,
    "[1,]": 3,
    "[1 2]": 3,
    "[1": 2,
    '{"a":1,}': 7,
    '{"a" 1}': 5,
    "{a:1}": 1,
    '{"a":tru}': 8,
    "01": 1,
    "-": 1,
    "1.": 2,
    "1.x": 2,
    "1e+": 3,
    "+1": 0,
    '"\n"': 1,
    '"a': 2,
    '"\\x"': 2,
    '"\\u12g4"': 5,
    "1 2": 2,
    "[]]": 2,
    "{]": 1,
    "NaN": 0,
    "nul": 3,
  };
  for (const [text, position] of Object.entries(cases)) {
    assertEquals(jsonErrorPosition(text)?.position, position, text);
  }
});

Deno.test("lines and columns are counted from 1", () => {
  assertEquals(jsonErrorPosition('{\n  "a": 1,\n  b\n}'), { position: 14, line: 3, column: 3 });
  assertEquals(jsonErrorPosition("x"), { position: 0, line: 1, column: 1 });
  assertEquals(jsonErrorPosition("[\n"), { position: 2, line: 2, column: 1 });
});

Deno.test("nesting may be deeper than functions can call each other", () => {
  const depth = 300_000;
  assertEquals(jsonErrorPosition("[".repeat(depth) + "]".repeat(depth)), undefined);
  assertEquals(jsonErrorPosition("[".repeat(depth))?.position, depth);
});

Deno.test("property: what the engine reads has no such place, and the engine's places are the same", () => {
  const noise = fc.string({ unit: fc.constantFrom(...'{}[]",:\\ueEtfn+-.019 \n\ta') });
  const json = fc.jsonValue().map((value) => JSON.stringify(value, null, 1));
  const broken = fc.tuple(json, fc.nat(), fc.nat(3), noise).map(([text, at, cut, more]) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + more.slice(0, 2) + text.slice(start + cut);
  });
  fc.assert(
    fc.property(fc.oneof(json, broken, noise), (text) => {
      const { ok, position } = engineSays(text);
      const found = jsonErrorPosition(text);
      assertEquals(found === undefined, ok, text);
      if (position !== undefined) assertEquals(found?.position, position, text);
      if (found === undefined) return;
      // What comes before could be the start of JSON, and one character more could not.
      const before = jsonErrorPosition(text.slice(0, found.position));
      assert(before === undefined || before.position === found.position, text);
      const upTo = jsonErrorPosition(text.slice(0, found.position + 1));
      assertEquals(upTo?.position, found.position, text);
    }),
    { numRuns: 2000 },
  );
});
