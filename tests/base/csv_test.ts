import { csvFieldWriter, USUAL_CSV } from "../../src/base/csv.ts";
import { assertEquals } from "../assert.ts";

const csvField = csvFieldWriter(USUAL_CSV);

Deno.test("a field of CSV is quoted where it has to be", () => {
  const cases: [Parameters<typeof csvField>[0], string][] = [
    [0.5, "0.5"],
    [9007199254740993n, "9007199254740993"],
    [new Uint8Array([0, 255]), "00ff"],
    ["plain text", "plain text"],
    ["a,b", '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ["two\nlines", '"two\nlines"'],
    [" edge", '" edge"'],
  ];
  for (const [value, field] of cases) assertEquals(csvField(value), field);
});

Deno.test("an empty text differs from a null", () => {
  assertEquals(
    { text: csvField(""), null: csvField(null), undefined: csvField(undefined) },
    { text: '""', null: "", undefined: "" },
  );
});

Deno.test("a safe style runs no formula: an apostrophe before such a text, numbers as they are", () => {
  const safe = csvFieldWriter({ ...USUAL_CSV, safe: true });
  const cases: [Parameters<typeof csvField>[0], string][] = [
    ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
    ["+1+1", "'+1+1"],
    ["-2+A1", "'-2+A1"],
    ["-2\n", `"'-2\n"`],
    // As decimals are stored.
    ["-0.0500", "-0.0500"],
    ["+1", "+1"],
    ["\u0000=1", "'\u0000=1"],
    ["\u200b=1", "'\u200b=1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", `"'\r=1"`],
    [" =1,2", `"' =1,2"`],
    ["\uff1d1", "'\uff1d1"],
    [-1.5, "-1.5"],
    [-3n, "-3"],
    ["PETR4.SA", "PETR4.SA"],
    ["a=b", "a=b"],
    ["", '""'],
    [null, ""],
  ];
  for (const [value, field] of cases) assertEquals(safe(value), field);
  assertEquals(csvField("=1"), "=1");
});
