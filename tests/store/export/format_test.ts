import fc from "fast-check";
import type { SQLOutputValue } from "node:sqlite";
import {
  type Formatter,
  formatterOf,
  TEXT_FORMATS,
  type TextFormat,
} from "../../../src/store/export/format.ts";
import { loadParseCsv } from "../../../src/base/std.ts";
import { assertEquals } from "../../assert.ts";

type Row = readonly SQLOutputValue[];

function textOf(formatter: Formatter, pages: readonly (readonly Row[])[]): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const parts = [...pages.map((rows) => formatter.page(rows)), formatter.end()];
  return parts.map((part) => decoder.decode(part, { stream: true })).join("");
}

/** A document of pages of rows. */
function documentOf(
  format: TextFormat,
  columns: readonly string[],
  ...pages: readonly (readonly Row[])[]
): string {
  return textOf(formatterOf(format, columns), pages);
}

Deno.test("CSV: a header, LF, nulls empty, quotes only where they are needed", () => {
  const rows: Row[] = [
    ["plain", 1.5, null],
    ["", -3, "a,b"],
    ['say "x"', 0, "two\nlines"],
    [" blank", 1e21, "=SUM(A1)"],
  ];
  assertEquals(
    documentOf("csv", ["a", "b,c", "d"], rows.slice(0, 1), rows.slice(1)),
    'a,"b,c",d\nplain,1.5,\n"",-3,"a,b"\n"say ""x""",0,"two\nlines"\n" blank",1e+21,=SUM(A1)\n',
  );
});

Deno.test("what a format cannot hold becomes text: bytes, large numbers, infinities", () => {
  const row: Row = [new Uint8Array([0, 255]), 2n ** 63n - 1n, 7n, -Infinity, NaN];
  const columns = ["bytes", "large", "small", "infinite", "nan"];
  assertEquals(
    documentOf("csv", columns, [row]).split("\n")[1],
    "00ff,9223372036854775807,7,-Infinity,NaN",
  );
  assertEquals(JSON.parse(documentOf("ndjson", columns, [row])), {
    bytes: "00ff",
    large: "9223372036854775807",
    small: 7,
    infinite: "-Infinity",
    nan: "NaN",
  });
});

Deno.test("without rows there is a header, an empty array, or nothing", () => {
  const documents = TEXT_FORMATS.map((format) => documentOf(format, ["a"]));
  assertEquals(documents, ["a\n", "[\n]\n", ""]);
  assertEquals(JSON.parse(documents[1] ?? ""), []);
});

const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(1e-7, 1e21, 5e-324, 1.7976931348623157e308, 2 ** 53 - 1, 0.1),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom(",", '"', "\n", "\r", " ", "a", "\\", "\t", "\u2028") }),
  fc.constant(null),
);
const table = fc.array(fc.tuple(value, value, value), { maxLength: 12 });

Deno.test("property: JSON and NDJSON read back as what was written, wherever pages end", () => {
  fc.assert(fc.property(table, fc.nat(12), (rows, cut) => {
    const columns = ["a", 'b"', "c"];
    // -0 is 0 to a database and to JSON's writers.
    const expected = rows.map((row) =>
      Object.fromEntries(columns.map((name, at) => [name, row[at] === 0 ? 0 : row[at]]))
    );
    const pages = [rows.slice(0, cut), rows.slice(cut)];
    assertEquals(JSON.parse(documentOf("json", columns, ...pages)), expected);
    const lines = documentOf("ndjson", columns, ...pages).split("\n");
    assertEquals(lines.pop(), "");
    assertEquals(lines.map((line) => JSON.parse(line)), expected);
  }));
});

Deno.test("CSV in another style: numbers alone change, and quotes follow the separator", () => {
  const row: Row = [0.5, -1e-7, 1.5e300, 7n, "2024-01-02", "1.5", "a,b", "a;b", "a\tb"];
  const columns = ["a", "b", "c", "d", "e", "f", "g;h", "i", "j"];
  const styled = (separator: string) => {
    const formatter = formatterOf("csv", columns, { separator, decimal: "," });
    return textOf(formatter, [[row]]);
  };
  assertEquals(
    styled(";"),
    'a;b;c;d;e;f;"g;h";i;j\n0,5;-1e-7;1,5e+300;7;2024-01-02;1.5;a,b;"a;b";a\tb\n',
  );
  assertEquals(
    styled("\t").replaceAll("\t", "|"),
    'a|b|c|d|e|f|g;h|i|j\n0,5|-1e-7|1,5e+300|7|2024-01-02|1.5|a,b|a;b|"a|b"\n',
  );
});

Deno.test("property: CSV reads back with an independent parser, numbers to the last bit", async () => {
  const parse = await loadParseCsv();
  fc.assert(fc.property(table, (rows) => {
    const [header, ...records] = parse(documentOf("csv", ["a", "b", "c"], rows), {
      separator: ",",
    });
    assertEquals(header, ["a", "b", "c"]);
    const shown = rows.map((row) => row.map((each) => each === null ? "" : String(each)));
    // The parser leaves a carriage return before a line feed out, and takes it for a line break.
    const flat = (text: string) => text.replaceAll(/\r+\n/g, "\n");
    assertEquals(records.map((each) => each.map(flat)), shown.map((each) => each.map(flat)));
    for (const number of rows.flat()) {
      if (typeof number === "number") assertEquals(Number(String(number)), number);
    }
  }));
});
