import * as fc from "fast-check";
import { SourceError } from "../../../src/base/errors.ts";
import type { HttpAnswer } from "../../../src/sources/http/client.ts";
import { assert, assertEquals } from "../../assert.ts";
import { answerOf, goodAnswer, type Read, readOrRefuse, stampOf } from "./answers.ts";

function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) === day;
}

/** What holds of everything that was read, from whatever. */
function checkRead({ prices, good, rejects, actions, warnings }: Read): void {
  for (const { date } of prices) assert(isDay(date));
  for (const [index, row] of good.entries()) {
    // An open of 0 is not known.
    for (const value of [row.open ?? 1, row.high, row.low, row.close]) {
      assert(typeof value === "number" && Number.isFinite(value) && value > 0);
    }
    assert((row.high ?? 0) >= (row.low ?? 0));
    assert(row.adjClose === null || Number.isFinite(row.adjClose));
    assert(index === 0 || (good[index - 1]?.date ?? "") < row.date);
  }
  for (const { code, reason, raw } of rejects) {
    assert(/^[a-z_]+$/.test(code) && reason.length > 0 && reason.length < 300);
    assert((raw ?? "").length <= 500);
  }
  const keys = actions.map(({ date, kind }) => `${date} ${kind}`);
  assertEquals(new Set(keys).size, keys.length);
  for (const { date, kind, amount, numerator, denominator } of actions) {
    assert(isDay(date));
    for (const value of kind === "split" ? [numerator, denominator] : [amount]) {
      assert(typeof value === "number" && Number.isFinite(value) && value > 0);
    }
    for (const value of kind === "split" ? [amount] : [numerator, denominator]) {
      assertEquals(value, null);
    }
  }
  assert(warnings.length <= 11 && warnings.every((each) => each.length < 400));
}

function checkAnswer(answer: HttpAnswer): void {
  const read = readOrRefuse(answer);
  if (!(read instanceof SourceError)) return checkRead(read);
  assert(/^[a-z_]+$/.test(read.code) && (read.hint ?? "").endsWith("."));
  assert(read.message.length < 600, read.message);
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x1f\x7f]/.test(read.message));
}

const status = fc.constantFrom(200, 200, 200, 204, 304, 400, 401, 404, 422, 429, 500, 503);
const type = fc.constantFrom("application/json", "text/html", "text/plain", "");

Deno.test("property: any bytes with any status are rows or a SourceError", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), status, type, (text, code, contentType) => {
    checkAnswer(answerOf(text, { status: code, contentType }));
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), status, (bytes, code) => {
    checkAnswer({ ...answerOf("", { status: code }), bytes: new Uint8Array(bytes) });
  }));
});

Deno.test("property: any JSON is rows or a SourceError", () => {
  fc.assert(fc.property(fc.jsonValue(), status, type, (value, code, contentType) => {
    checkAnswer(answerOf(JSON.stringify(value), { status: code, contentType }));
  }));
});

type Path = readonly (string | number)[];

/** The places of every node in a value. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, each]) => pathsOf(each, [...path, key]))];
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((each, i) => `${i}` === key ? replaced(each, rest, by) : each);
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [name, each],
    ) => [name, name === key ? replaced(each, rest, by) : each]),
  );
}

const odd = fc.oneof(
  fc.jsonValue(),
  fc.double(),
  fc.integer(),
  fc.constantFrom<unknown>(
    null,
    0,
    -0,
    -1,
    1e300,
    -1e300,
    5e-324,
    1.5,
    stampOf("2024-03-05"),
    253_402_300_799,
    -62_135_596_800,
    "NaN",
    "Infinity",
    "",
    [],
    {},
    [[]],
    [null],
    { __proto__: null },
    { path: "x" },
  ),
  fc.array(fc.oneof(fc.double(), fc.constant(null), fc.integer()), { maxLength: 5 }),
);

Deno.test("property: a good answer with any node replaced by anything is rows or a SourceError", () => {
  const good = goodAnswer();
  const paths = pathsOf(good);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...paths), odd), { minLength: 1, maxLength: 3 }),
      (mutations) => {
        let value: unknown = good;
        for (const [path, by] of mutations) value = replaced(value, path, by);
        checkAnswer(answerOf(JSON.stringify(value)));
      },
    ),
    { numRuns: 5000 },
  );
});

Deno.test("every node of a good answer replaced by each oddity, once", () => {
  const good = goodAnswer();
  const oddities = [null, true, "x", 0, -1, 1e300, 1e18, 1.0005, [], {}, [null], { path: 1 }];
  for (const path of pathsOf(good)) {
    for (const by of oddities) checkAnswer(answerOf(JSON.stringify(replaced(good, path, by))));
  }
});

Deno.test("what is nested deeper than can be written again does no harm", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const text = JSON.stringify(goodAnswer());
  for (const part of ["11,", '"PETR4.SA"', "0.5", String(stampOf("2024-03-05"))]) {
    assert(text.includes(part));
    checkAnswer(answerOf(text.replace(part, part.endsWith(",") ? `${deep},` : deep)));
  }
});

Deno.test("megabytes in the place of a value do not become a message", () => {
  const good = goodAnswer();
  for (const path of pathsOf(good)) {
    checkAnswer(answerOf(JSON.stringify(replaced(good, path, "x\n".repeat(100_000)))));
  }
});
