import * as fc from "fast-check";
import { RecordScanner } from "../../../src/sources/csv/record_scanner.ts";
import { loadParseCsv } from "../../../src/base/std.ts";
import { assert, assertEquals } from "../../assert.ts";

function scan(text: string): [line: number, raw: string, complete: boolean][] {
  const scanner = new RecordScanner(text, 1);
  const found: [number, string, boolean][] = [];
  while (scanner.next()) found.push([scanner.line, scanner.raw, scanner.complete]);
  assertEquals(scanner.end, text.length);
  return found;
}

Deno.test("records end at line breaks outside quotes", () => {
  assertEquals(scan('a,b\r\n"x\ny",2\n\n"q""\r\n",3\nlast'), [
    [1, "a,b", true],
    [2, '"x\ny",2', true],
    [4, "", true],
    [5, '"q""\r\n",3', true],
    [7, "last", false],
  ]);
  assertEquals(scan(""), []);
});

Deno.test("a quote that stays open makes the record incomplete, also before a line break", () => {
  assertEquals(scan('a\n"b\nc'), [[1, "a", true], [2, '"b\nc', false]]);
  assertEquals(scan('"b\n'), [[1, '"b', false]]);
});

Deno.test("blank lines have no character but the line break", () => {
  const scanner = new RecordScanner("\r\n \n", 1);
  assert(scanner.next());
  assert(scanner.blank);
  assert(scanner.next());
  assert(!scanner.blank);
  assertEquals(scanner.nextLine, 3);
});

Deno.test("property: the scanner finds the records that the parser finds", async () => {
  const parse = await loadParseCsv();
  const text = fc.array(fc.constantFrom('"', '""', ",", "\n", "\r\n", "\r", "a", " "), {
    maxLength: 40,
  }).map((parts) => parts.join(""));
  let accepted = 0;
  fc.assert(
    fc.property(text, (text) => {
      let records: string[][];
      try {
        records = parse(text, { separator: "," });
      } catch (error) {
        assert(error instanceof SyntaxError);
        return;
      }
      accepted++;
      const scanner = new RecordScanner(text, 1);
      for (const record of records) {
        do assert(scanner.next()); while (scanner.blank);
        assertEquals(parse(`${scanner.raw}\r\n`, { separator: "," }), [record]);
      }
      while (scanner.next()) assert(scanner.blank);
    }),
    { numRuns: 2000 },
  );
  assert(accepted > 100);
});
