import * as fc from "fast-check";
import { JsonBound, MOST_DEPTH } from "../../../src/sources/http/json_bound.ts";
import { assertEquals } from "../../assert.ts";

/** What is too much of a text that comes in parts of some bytes; undefined for nothing. */
function excessOf(text: string, mostValues = 1000, size = Infinity): string | undefined {
  const bytes = new TextEncoder().encode(text);
  const bound = new JsonBound(mostValues);
  for (let at = 0; at < bytes.length; at += size) {
    const found = bound.excess(bytes.subarray(at, Math.min(bytes.length, at + size)));
    if (found !== undefined) return found;
  }
  return undefined;
}

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

Deno.test("nesting is counted, in parts of any size, behind blanks and a byte order mark", () => {
  for (const size of [1, 2, 7, Infinity]) {
    assertEquals(excessOf(nested(MOST_DEPTH), 1000, size), undefined);
    for (const before of ["", " \r\n\t", "\ufeff", " \ufeff"]) {
      const found = excessOf(before + nested(MOST_DEPTH + 1), 1000, size);
      assertEquals(found, "is nested deeper than 64 levels");
    }
    assertEquals(excessOf('{"a":'.repeat(65), 1000, size), "is nested deeper than 64 levels");
  }
});

Deno.test("elements and members are counted, those in texts are not", () => {
  const list = (length: number) => `[${Array.from({ length }, () => 0)}]`;
  assertEquals(excessOf(list(1000)), undefined);
  assertEquals(excessOf(list(1002)), "has more than 1000 values");
  assertEquals(
    excessOf(`[${Array.from({ length: 600 }, () => "{}")}]`),
    "has more than 1000 values",
  );
  for (const text of ["[".repeat(99), ",".repeat(2000), '"'.repeat(9), "\\", '\\"['.repeat(99)]) {
    assertEquals(excessOf(JSON.stringify([text, { [text]: text }])), undefined, text.slice(0, 9));
  }
});

Deno.test("a page for people is not counted: scripts have brackets without their ends", () => {
  assertEquals(excessOf(`<html>${"[".repeat(999)}`), undefined);
  assertEquals(excessOf(`Too many requests ${"{".repeat(999)}`), undefined);
});

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce<number>((most, each) => Math.max(most, depthOf(each)), 0);
}

Deno.test("property: what is let through is no deeper than said, and what is not deep is let through", () => {
  const value = fc.anything({ maxDepth: 80, withNullPrototype: false, maxKeys: 3 })
    .map((each) => JSON.stringify(each) ?? "null");
  const wrapped = fc.tuple(value, fc.nat(80)).map(([text, depth]) =>
    "[".repeat(depth) + text + "]".repeat(depth)
  );
  fc.assert(fc.property(wrapped, fc.integer({ min: 1, max: 9 }), (text, size) => {
    const isDeep = depthOf(JSON.parse(text)) > MOST_DEPTH;
    assertEquals(excessOf(text, Infinity, size) !== undefined, isDeep);
  }));
});
