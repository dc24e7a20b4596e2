import * as v from "valibot";
import { UsageError } from "../../src/base/errors.ts";
import { FileError } from "../../src/files/errors.ts";
import {
  applySchema,
  decodeJson,
  decodeText,
  encodeJson,
  encodeLines,
  encodeText,
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

Deno.test("a value without a form in JSON is refused by name", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  for (const [value, why] of [[undefined, "$ is undefined"], [() => 1, "$ is a function"]]) {
    const error = assertThrows(() => encodeJson("a.json", value, 2), UsageError, String(why));
    assertEquals(error.code, "value_not_json");
    assertStringIncludes(error.message, '"a.json"');
  }
  assertThrows(() => encodeJson("a.json", circle, 2), UsageError, "circular");
  assertThrows(() => encodeJson("a.json", { n: 1n }, 2), UsageError, "BigInt");
  assertThrows(() => encodeText(7 as unknown as string), TypeError, "it is a number");
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
