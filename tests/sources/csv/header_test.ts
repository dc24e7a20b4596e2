import { SourceError } from "../../../src/base/errors.ts";
import { detectDelimiter, readHeader } from "../../../src/sources/csv/header.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

function refusal(...cells: string[]): SourceError {
  return assertThrows(() => readHeader(cells, "a.csv"), SourceError);
}

Deno.test("the delimiter is what the header has most of outside quotes", () => {
  assertEquals(detectDelimiter("date,close"), ",");
  assertEquals(detectDelimiter("date;close"), ";");
  assertEquals(detectDelimiter("date\tclose"), "\t");
  assertEquals(detectDelimiter('"a,b,c,d";date;close'), ";");
  assertEquals(detectDelimiter("a;b,c,d"), ",");
  assertEquals(detectDelimiter("a\tb\tc;d"), "\t");
  assertEquals(detectDelimiter("date"), ",");
});

Deno.test("columns in any case, order and common spelling", () => {
  const header = readHeader(
    ["", " CLOSE ", "Adj Close", "Symbol", "Note", "Date", "VOLUME"],
    "a.csv",
  );
  assertEquals(header.width, 7);
  assertEquals(header.at, { close: 1, adj_close: 2, ticker: 3, date: 5, volume: 6 });
  assertEquals(header.names, {
    close: "CLOSE",
    adj_close: "Adj Close",
    ticker: "Symbol",
    date: "Date",
    volume: "VOLUME",
  });
  assertEquals(header.ignored, ["Note"]);
  for (const name of ["adj close", "adjclose", "adjusted_close", "AdjustedClose", "adj-close"]) {
    assertEquals(readHeader(["date", "close", name], "a.csv").at.adj_close, 2, name);
  }
});

Deno.test("a column twice is refused, also under two spellings; an unknown one is not", () => {
  assertEquals(refusal("date", "close", "Close").code, "csv_duplicate_column");
  const error = refusal("date", "close", "ticker", "symbol");
  assertEquals(error.code, "csv_duplicate_column");
  assertStringIncludes(error.message, '"ticker" and "symbol"');
  assertEquals(readHeader(["x", "x", "date", "close"], "a.csv").ignored, ["x", "x"]);
});

Deno.test("a missing column is named with those there are and the nearest", () => {
  const error = refusal("data", "close");
  assertEquals(error.code, "csv_missing_column");
  assertStringIncludes(error.message, 'no column "date"; it has "data", "close"');
  assertEquals(error.hint, 'Rename the column "data" to "date".');
  assertEquals(refusal("date", "closing price").hint, 'Name a column of the header line "close".');
  // A word at a distance of three is another word, and a column already used is not to be renamed.
  assertEquals(refusal("open", "date").hint, 'Name a column of the header line "close".');
});

Deno.test("a point in time is not taken for the day", () => {
  for (const name of ["Timestamp", "datetime", "time"]) {
    const error = refusal(name, "close");
    assertEquals(error.code, "csv_missing_column");
    assertStringIncludes(error.hint ?? "", `${JSON.stringify(name)} is a point in time`);
  }
});

Deno.test("a file without any header says so, and long names are cut", () => {
  assertStringIncludes(refusal("hello world").hint ?? "", "line of column names");
  assertStringIncludes(refusal("").message, "it has none");
  const error = refusal(...Array.from({ length: 40 }, (_, i) => `column ${i} ${"x".repeat(100)}`));
  assertStringIncludes(error.message, ", …");
  assertEquals(error.message.length < 3000, true);
});
