import { isMissing, NumberReader } from "../../../src/sources/csv/numbers.ts";
import { assert, assertEquals, assertStrictEquals } from "../../assert.ts";

Deno.test("a decimal point is read with every delimiter", () => {
  for (const delimiter of [",", ";", "\t"]) {
    const numbers = new NumberReader(delimiter);
    for (
      const [cell, value] of [
        ["1", 1],
        ["+1.5", 1.5],
        ["-2.25", -2.25],
        ["1e3", 1000],
        ["1.5E-2", 0.015],
        ["007", 7],
      ] as const
    ) {
      assertStrictEquals(numbers.read(cell), value);
    }
    assert(!numbers.decimalComma);
    assert(!numbers.mustReadAgain);
  }
});

Deno.test("minus zero is zero", () => {
  assertStrictEquals(new NumberReader(",").read("-0.0"), 0);
});

Deno.test("what is not strictly a number is refused", () => {
  const bad = [
    "abc",
    "1.",
    ".5",
    "1,5",
    "1 000",
    "0x10",
    "Infinity",
    "-inf",
    "1e999",
    "1_0",
    "--1",
  ];
  for (const cell of [...bad, "1.234.567", "R$ 5", "5%", "１"]) {
    assertEquals(new NumberReader(",").read(cell), "bad_number", cell);
  }
});

Deno.test("cells that say that there is no value", () => {
  for (const cell of ["", "null", "NULL", "NaN", "nan", "N/A", "n/a", "-"]) {
    assert(isMissing(cell), cell);
    assertEquals(new NumberReader(";").read(cell), null);
  }
  for (const cell of ["0", "--", "none", "nulls"]) assert(!isMissing(cell), cell);
});

Deno.test("a decimal comma is read with semicolons alone", () => {
  const numbers = new NumberReader(";");
  assertEquals(numbers.read("1,5"), 1.5);
  assert(numbers.decimalComma);
  assertEquals(numbers.read("1.234,56"), 1234.56);
  assertEquals(numbers.read("-1.234.567,0"), -1234567);
  assertEquals(numbers.read("12345,6e1"), 123456);
  for (const bad of ["1234.567,8", "1,234.5", "1,2,3", ",5", "5,", "1.23,4"]) {
    assertEquals(numbers.read(bad), "bad_number", bad);
  }
  assertEquals(new NumberReader("\t").read("1,5"), "bad_number");
});

Deno.test("beside decimal commas, a point with three digits is ambiguous, another is not", () => {
  const numbers = new NumberReader(";", true);
  assertEquals(numbers.read("1.234"), "ambiguous_number");
  assertEquals(numbers.read("-1.234"), "ambiguous_number");
  assertEquals(numbers.read("1.23"), 1.23);
  assertEquals(numbers.read("1.2345"), 1.2345);
  assert(!numbers.mustReadAgain);
  assert(!numbers.needsAll);
});

Deno.test("a comma behind an ambiguous number wants the file read again", () => {
  const numbers = new NumberReader(";");
  assert(numbers.needsAll);
  assertEquals(numbers.read("1.234"), 1.234);
  assert(!numbers.mustReadAgain);
  assertEquals(numbers.read("1,5"), 1.5);
  assert(numbers.mustReadAgain);

  const harmless = new NumberReader(";");
  harmless.read("1.23");
  harmless.read("1,5");
  harmless.read("1.234");
  assert(!harmless.mustReadAgain);
  assert(!new NumberReader(",").needsAll);
});

Deno.test("a number too large for a float is refused with a decimal comma too", () => {
  assertEquals(new NumberReader(";").read("1,0e999"), "bad_number");
});
