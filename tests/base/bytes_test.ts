import * as fc from "fast-check";
import { Bytes } from "../../src/base/bytes.ts";
import { assertEquals } from "../assert.ts";

function textOf(add: (out: Bytes) => void): string {
  const out = new Bytes();
  add(out);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(out.take());
}

Deno.test("property: numbers are as String writes them, whole cents and others", () => {
  const number = fc.oneof(
    fc.integer().map((cents) => cents / 100),
    fc.integer({ min: -1000, max: 1000 }),
    fc.integer().map((mills) => mills / 1000),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    fc.constantFrom(-0, 0.1, 0.07, 1.005, 0.29, 1e-7, 1e21, 21474836.47, 21474836.48, -21474836.48),
  );
  fc.assert(fc.property(number, (value) => {
    assertEquals(textOf((out) => out.number(value)), String(value));
    const decimal = String(value).replace(".", ",");
    assertEquals(textOf((out) => out.number(value, ",")), decimal);
  }));
});

Deno.test("property: texts are UTF-8, and as JSON what JSON.stringify makes of them", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({
      unit: fc.constantFrom("a", "~", "\x7f", "é", "\ufeff", '"', "\\", "\n", "\ud800"),
    }),
  );
  fc.assert(fc.property(fc.array(text), (texts) => {
    const add = (out: Bytes): void => texts.forEach((each) => out.text(each));
    assertEquals(textOf(add), texts.map((each) => each.toWellFormed()).join(""));
    const json = (out: Bytes): void => texts.forEach((each) => out.json(each));
    assertEquals(textOf(json), texts.map((each) => JSON.stringify(each)).join(""));
  }));
});

Deno.test("there is room for texts of any length, and each call takes what is new", () => {
  const out = new Bytes();
  const long = "x".repeat(300_000);
  const wide = "é".repeat(400_000);
  out.text(long);
  out.text(wide);
  out.number(1.5);
  assertEquals(new TextDecoder().decode(out.take()), `${long}${wide}1.5`);
  out.json(wide);
  assertEquals(new TextDecoder().decode(out.take()), `"${wide}"`);
  assertEquals(out.take().length, 0);
});
