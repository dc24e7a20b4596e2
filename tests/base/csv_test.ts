import { csvField } from "../../src/base/csv.ts";
import { assertEquals } from "../assert.ts";

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
