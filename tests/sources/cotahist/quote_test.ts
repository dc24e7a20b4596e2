import { digitsAt, QuoteReader } from "../../../src/sources/cotahist/quote.ts";
import { assert, assertEquals } from "../../assert.ts";
import { bytesOf, patched, quote } from "./fixtures.ts";
import * as fc from "fast-check";

Deno.test("a price is its decimal text as the nearest number, whatever the quote factor", () => {
  const reader = new QuoteReader();
  fc.assert(fc.property(fc.nat(9_999_999), fc.constantFrom(1, 10, 1000), (cents, factor) => {
    assert(reader.readNumbers(quote({ close: cents, factor }), 0));
    const scale = factor === 1 ? 2 : factor === 10 ? 3 : 5;
    const digits = String(cents).padStart(scale + 1, "0");
    assertEquals(reader.close, Number(`${digits.slice(0, -scale)}.${digits.slice(-scale)}`));
  }));
  assert(reader.readNumbers(quote({ open: 1050 }), 0));
  assertEquals(reader.open, 10.5);
});

Deno.test("every field is read from its place, at any offset", () => {
  const reader = new QuoteReader();
  const bytes = new Uint8Array(300);
  bytes.set(quote({ open: 1, high: 2, low: 3, close: 9_999_999_999_999, volume: 123456789012 }), 7);
  assert(reader.readNumbers(bytes, 7));
  assertEquals(
    [reader.open, reader.high, reader.low, reader.close, reader.volume],
    [0.01, 0.02, 0.03, 99_999_999_999.99, 123456789012],
  );
});

Deno.test("the greatest volume is 2^53 - 1", () => {
  const reader = new QuoteReader();
  assert(reader.readNumbers(patched(153, "009007199254740991"), 0));
  assertEquals(reader.volume, Number.MAX_SAFE_INTEGER);
  for (const text of ["009007199254740992", "009007200000000000", "999999999999999999"]) {
    const bytes = patched(153, text);
    assert(reader.readNumbers(bytes, 0));
    assertEquals(reader.volume, NaN);
  }
});

const WRONG = [" ", "-", "/", ":", ".", "\u0000", "\u00ff"];

Deno.test("every byte of the close and the factor must be a digit, and the field is named", () => {
  const reader = new QuoteReader();
  const fields: [string, number, number][] = [["PREULT", 109, 121], ["FATCOT", 211, 217]];
  for (const [name, first, last] of fields) {
    for (let at = first; at <= last; at++) {
      for (const wrong of WRONG) {
        const bytes = patched(at, wrong);
        assert(!reader.readNumbers(bytes, 0), `${name} ${at} ${wrong}`);
        const { code, reason } = reader.refusalAt(bytes, 0);
        assertEquals(code, "bad_number");
        assert(reason.includes(name), reason);
      }
    }
  }
});

Deno.test("a number that may be empty is no number where one of its bytes is no digit", () => {
  const reader = new QuoteReader();
  const fields = [["open", 57, 69], ["high", 70, 82], ["low", 83, 95], [
    "volume",
    153,
    170,
  ]] as const;
  for (const [name, first, last] of fields) {
    for (let at = first; at <= last; at++) {
      for (const wrong of WRONG) {
        assert(reader.readNumbers(patched(at, wrong), 0));
        const bad = fields.filter(([each]) => Number.isNaN(reader[each])).map(([each]) => each);
        assertEquals(bad, [name], `${name} ${at} ${wrong}`);
        assertEquals(reader.close, 10.5);
      }
    }
  }
});

Deno.test("digits are read as Number reads them", () => {
  fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 9 }), (text) => {
    const bytes = bytesOf(text);
    assertEquals(
      digitsAt(bytes, 0, bytes.length),
      /^[0-9]+$/.test(text) ? Number(text) : -1,
    );
  }));
  fc.assert(fc.property(fc.nat(999_999_999), (value) => {
    assertEquals(digitsAt(bytesOf(String(value).padStart(9, "0")), 0, 9), value);
  }));
});
