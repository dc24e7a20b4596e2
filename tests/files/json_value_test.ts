import * as fc from "fast-check";
import { encodeJson } from "../../src/files/json.ts";
import { jsonPath, jsonProblem } from "../../src/files/json_value.ts";
import { UsageError } from "../../src/base/errors.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";

class Point {
  constructor(readonly x: number) {}
}

class Hidden {
  readonly #x = 1;
  get x(): number {
    return this.#x;
  }
}

function circle(): unknown {
  const a: Record<string, unknown> = {};
  a.b = [a];
  return a;
}

// A hole in an array is undefined, as JSON sees it.
// deno-lint-ignore no-sparse-arrays
const HOLE = [1, , 3];

const REFUSED: readonly [value: unknown, place: string, what: string][] = [
  [undefined, "$", "undefined"],
  [NaN, "$", "NaN"],
  [new Map([[1, 2]]), "$", "of the class Map"],
  [{ a: [0, 0, 0, { b: NaN }] }, "$.a[3].b", "NaN"],
  [{ a: { "b c": -Infinity } }, '$.a["b c"]', "-Infinity"],
  [[{ m: new Map() }], "$[0].m", "of the class Map"],
  [{ s: new Set([1]) }, "$.s", "of the class Set"],
  [{ bytes: new Uint8Array(2) }, "$.bytes", "of the class Uint8Array"],
  [{ e: Object.assign(new TypeError("x"), { code: 1 }) }, "$.e", "of the class TypeError"],
  [{ e: /x/ }, "$.e", "of the class RegExp"],
  [{ p: Promise.resolve(1) }, "$.p", "of the class Promise"],
  [{ h: new Hidden() }, "$.h", "of the class Hidden"],
  [{ d: new Date(NaN) }, "$.d", "an invalid date"],
  [{ n: Object(Infinity) }, "$.n", "Infinity"],
  [[1, undefined], "$[1]", "undefined"],
  [HOLE, "$[1]", "undefined"],
  [{ f: () => 1 }, "$.f", "a function"],
  [{ s: Symbol("x") }, "$.s", "a symbol"],
  [{ n: [1n] }, "$.n[0]", "a BigInt"],
  [circle(), "$.b[0]", "circular: it contains itself"],
  [{ a: { toJSON: () => ({ b: NaN }) } }, "$.a.b", "NaN"],
];

Deno.test("what JSON would lose or change is refused, with its place", () => {
  for (const [value, place, what] of REFUSED) {
    const error = assertThrows(() => encodeJson("a.json", value, 2), UsageError);
    assertEquals(error.code, "value_not_json");
    assertStringIncludes(
      error.message,
      `cannot write "a.json": the value has no form in JSON: ${place} is ${what}`,
    );
    assertEquals({ ...error.details }, { path: "a.json", at: place });
    assertStringIncludes(error.hint ?? "", "finite numbers");
  }
});

Deno.test("what JSON can hold is written as it is; undefined properties are left out", () => {
  const same = [1, 2];
  const values: readonly [unknown, string][] = [
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [new Point(1), '{"x":1}'],
    [{}, "{}"],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    [[], "[]"],
    [[same, same], "[[1,2],[1,2]]"],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{ a: { toJSON: (key: string) => `form of ${key}` } }, '{"a":"form of a"}'],
    [[Object("x"), Object(1), Object(true)], '["x",1,true]'],
    [-0, "0"],
  ];
  for (const [value, text] of values) {
    assertEquals(new TextDecoder().decode(encodeJson("a.json", value, 0)), `${text}\n`);
  }
});

Deno.test("a value that is nested too deeply is refused as any other", () => {
  let deep: unknown = [];
  for (let i = 0; i < 200_000; i++) deep = [deep];
  const error = assertThrows(() => encodeJson("a.json", deep, 0), UsageError);
  assertEquals(error.code, "value_not_json");
});

Deno.test("property: what comes from JSON has no problem; one NaN in it is found where it is", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assertEquals(jsonProblem(value), undefined);
  }));
  const keys = fc.array(fc.oneof(fc.nat(3), fc.string()), { maxLength: 5 });
  fc.assert(fc.property(keys, (path) => {
    const value = path.reduceRight<unknown>((inner, key) => {
      if (typeof key === "number") {
        return Array.from({ length: key + 1 }, (_, i) => i < key ? 0 : inner);
      }
      return Object.fromEntries([[key, inner]]);
    }, NaN);
    const problem = jsonProblem(value);
    assertEquals(problem === undefined ? "none" : jsonPath(problem.keys), jsonPath(path));
  }));
});
