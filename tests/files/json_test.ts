import * as fc from "fast-check";
import * as v from "valibot";
import { FileError } from "../../src/files/errors.ts";
import {
  applySchema,
  decodeJson,
  decodeText,
  encodeJson,
  encodeLines,
  jsonErrorPosition,
} from "../../src/files/json.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../assert.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (encoded: Uint8Array): string => new TextDecoder().decode(encoded);

Deno.test("JSON is written with two spaces, or on one line, and a newline at the end", () => {
  assertEquals(text(encodeJson("x", { a: [1] }, 2)), '{\n  "a": [\n    1\n  ]\n}\n');
  assertEquals(text(encodeJson("x", { a: [1] }, 0)), '{"a":[1]}\n');
  assertEquals(text(encodeJson("x", null, 2)), "null\n");
});

Deno.test("an indent that JSON.stringify would cut is refused", () => {
  for (const indent of [-1, 11, 1.5, NaN]) {
    assertThrows(() => encodeJson("x", 1, indent), RangeError, `current value is ${indent}`);
  }
});

Deno.test("lines end in a newline, and none stays none", () => {
  assertEquals(text(encodeLines("a")), "a\n");
  assertEquals(text(encodeLines("a\nb\n")), "a\nb\n");
  assertEquals(text(encodeLines("\n")), "\n");
  assertEquals(text(encodeLines("")), "");
});

Deno.test("text keeps its byte order mark, JSON lets it pass", () => {
  assertEquals(decodeText("x", bytes("\ufeffa"), true), "\ufeffa");
  assertEquals(decodeJson("x", bytes("\ufeff[1]")), [1]);
});

Deno.test("bytes that are not UTF-8 are refused, not replaced", () => {
  const latin = new Uint8Array([0x22, 0xe9, 0x22]);
  for (const decode of [() => decodeText("a.txt", latin, true), () => decodeJson("a.txt", latin)]) {
    const error = assertThrows(decode, FileError, '"a.txt"');
    assertEquals(error.code, "file_not_utf8");
    assertStringIncludes(error.hint ?? "", "iconv");
  }
});

Deno.test("corrupt JSON names the file, the place and what is there", () => {
  const cases: Record<string, string> = {
    '{\n  "a": 1,\n}\n': '"a.json" is not JSON: unexpected "}" at line 3, column 1 (position 12)',
    '{"a": 1': '"a.json" is not JSON: it ends too early at line 1, column 8 (position 7)',
    "[1, 😀]": '"a.json" is not JSON: unexpected "😀" at line 1, column 5 (position 4)',
    "": '"a.json" is empty, not JSON',
    " \n": '"a.json" is empty, not JSON',
  };
  for (const [content, message] of Object.entries(cases)) {
    const error = assertThrows(() => decodeJson("a.json", bytes(content)), FileError);
    assertEquals([error.code, error.message], ["file_corrupt_json", message]);
    assert(typeof error.details.position === "number");
    assertStringIncludes(error.hint ?? "", "backup");
  }
});

/** The place that the engine tells; undefined where it tells none, the length of the text where it is JSON. */
function engineSays(text: string): number | undefined {
  try {
    JSON.parse(text);
    return text.length;
  } catch (error) {
    const found = /at position (\d+) \(line/.exec((error as Error).message)?.[1];
    return found === undefined ? undefined : Number(found);
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
    // The message quotes what reads like a place.
    '["a at position 1",]': 19,
    ["[".repeat(300_000)]: 300_000,
  };
  for (const [text, position] of Object.entries(cases)) {
    assertEquals(jsonErrorPosition(text), position, text.slice(0, 20));
  }
});

Deno.test("property: before the place is the start of JSON, and one character more is none", () => {
  const noise = fc.string({ unit: fc.constantFrom(...'{}[]",:\\ueEtfn+-.019 \n\ta') });
  const json = fc.jsonValue().map((value) => JSON.stringify(value, null, 1));
  const broken = fc.tuple(json, fc.nat(), fc.nat(3), noise).map(([text, at, cut, more]) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + more.slice(0, 2) + text.slice(start + cut);
  });
  fc.assert(
    fc.property(fc.oneof(broken, noise), (text) => {
      const place = jsonErrorPosition(text);
      assertEquals(engineSays(text) ?? place, place, text);
      assertEquals(jsonErrorPosition(text.slice(0, place)), place, text);
      assertEquals(jsonErrorPosition(text.slice(0, place + 1)), place, text);
    }),
    { numRuns: 2000 },
  );
});

const Prices = v.object({
  ticker: v.string(),
  days: v.array(v.object({ date: v.string(), "adj close": v.optional(v.number(), 0) })),
});

Deno.test("a schema's output is returned, with its defaults", async () => {
  const value = { ticker: "A", days: [{ date: "2024-01-02" }] };
  const prices = await applySchema("a.json", value, Prices);
  const close: number | undefined = prices.days[0]?.["adj close"];
  assertEquals(close, 0);
});

Deno.test("what does not fit is named by its place inside of the JSON", async () => {
  const value = { ticker: 7, days: [{ date: "x" }, { date: "x", "adj close": "1" }] };
  const error = await assertRejects(() => applySchema("a.json", value, Prices), FileError);
  assertEquals(error.code, "file_schema");
  assertStringIncludes(error.message, '"a.json" does not fit at $.ticker: ');
  assertStringIncludes(error.message, "(and 1 more)");
  const issues = error.details.issues as { path: string; message: string }[];
  assertEquals(issues.map(({ path }) => path), ["$.ticker", '$.days[1]["adj close"]']);
  assertEquals(error.details.issue_count, 2);
  const whole = await assertRejects(() => applySchema("a.json", [], v.string()), FileError);
  assertStringIncludes(whole.message, "does not fit at $: ");
});

Deno.test("an error's details do not grow with the file", async () => {
  const days = Array.from({ length: 1000 }, () => 1);
  const value = { ticker: "A", days };
  const error = await assertRejects(() => applySchema("a.json", value, Prices), FileError);
  assertEquals((error.details.issues as unknown[]).length, 20);
  assertEquals(error.details.issue_count, 1000);
  assertStringIncludes(error.message, "(and 999 more)");
});
