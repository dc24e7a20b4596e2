import { SourceError } from "../../../src/base/errors.ts";
import {
  type ColumnOptions,
  detectDelimiter,
  findHeader,
  type FoundHeader,
} from "../../../src/sources/csv/header.ts";
import { csvOptions } from "../../../src/sources/csv/options.ts";
import { COLUMNS, normalized, spellingOf, SPELLINGS } from "../../../src/sources/csv/spellings.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";
import { projectPath } from "../../e2e/program.ts";

function found(
  lines: readonly (readonly string[])[],
  given: ColumnOptions = csvOptions(),
): FoundHeader {
  return findHeader(lines, given, "a.csv");
}

function placesOf(...cells: string[]) {
  return found([cells]).header.groups[0]?.at;
}

function refusal(...cells: string[]): SourceError {
  return assertThrows(() => found([cells]), SourceError);
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

Deno.test("columns in any case, order and language, with brackets, stars and accents", () => {
  const { header } = found([["", " CLOSE ", "Adj Close**", "Symbol", "Note", "Date", "VOLUME"]]);
  assertEquals(header.width, 7);
  assertEquals(header.groups, [{
    ticker: undefined,
    at: { close: 1, adj_close: 2, ticker: 3, date: 5, volume: 6 },
  }]);
  assertEquals(header.names.close, "CLOSE");
  assertEquals(header.ignored, ["Note"]);
  assertEquals(placesOf("Data", "Último", "Abertura", "Máxima", "Mínima", "Vol.", "Var%"), {
    date: 0,
    close: 1,
    open: 2,
    high: 3,
    low: 4,
    volume: 5,
  });
  assertEquals(placesOf("<DATE>", "<TIME>", "<CLOSE>", "<TICKVOL>", "<VOL>"), {
    date: 0,
    time: 1,
    close: 2,
    volume: 4,
  });
  assertEquals(placesOf("", "Close"), { date: 0, close: 1 });
  const prices = ["Open Price", "High Price", "Low Price", "Close Price"];
  assertEquals(placesOf("Date", ...prices), { date: 0, open: 1, high: 2, low: 3, close: 4 });
  assertEquals(placesOf("Exchange Date", "Latest"), { date: 0, close: 1 });
  const languages = [
    ["Datum", "Zuletzt", "Eröffn.", "Hoch", "Tief", "Vol.", "+/- %"],
    ["Fecha", "Último", "Apertura", "Máximo", "Mínimo", "Vol.", "% var."],
    ["Date", "Dernier", "Ouv.", " Plus Haut", "Plus Bas", "Vol.", "Variation %"],
    ["Data", "Ultimo", "Apertura", "Massimo", "Minimo", "Vol.", "Var. %"],
  ];
  for (const names of languages) {
    const wanted = { date: 0, close: 1, open: 2, high: 3, low: 4, volume: 5 };
    assertEquals(placesOf(...names), wanted, names[0]);
  }
});

Deno.test("of several columns with one meaning the better one is read, or none", () => {
  assertEquals(placesOf("time", "close")?.date, 0);
  assertEquals(placesOf("unix", "date", "close")?.date, 1);
  assertEquals(placesOf("timestamp", "time", "date", "close"), { time: 1, date: 2, close: 3 });
  assertEquals(placesOf("data", "date", "close")?.date, 1);
  // A turnover is no number of units.
  assertEquals(placesOf("date", "close", "volume_brl", "volume_qty")?.volume, 3);
  assertEquals(placesOf("Data", "Fechamento", "Volume", "Quantidade")?.volume, 3);
  assertEquals(placesOf("date", "close", "Volume BTC", "Volume USDT")?.volume, 2);
  // A unit alone is not known: a turnover, an average, thousands, lots.
  const units = [
    "USD",
    "SEK",
    "PLN",
    "UAH",
    "RS",
    "GUSD",
    "PAX",
    "VWAP",
    "(MIL)",
    "(MM)",
    "(LOTS)",
  ];
  for (const unit of [...units, "BTC", "MA"]) {
    assertEquals(placesOf("date", "close", `Volume ${unit}`)?.volume, undefined, unit);
    assertEquals(placesOf("date", "close", `Volume ${unit}`, "Volume")?.volume, 3, unit);
  }
  assertEquals(placesOf("date", "close", "Volume ETH", "Volume BTC")?.volume, undefined);
  assertEquals(placesOf("date", "close", "Volume SEK", "Volume USD")?.volume, undefined);
  // A portfolio has the shares that are owned.
  assertEquals(placesOf("date", "close", "Volume", "Quantity")?.volume, 2);
  assertEquals(placesOf("date", "close", "Quantity")?.volume, 2);
  assertEquals(placesOf("date", "close", "Volume", "Volume MA")?.volume, 2);
  assertEquals(refusal("date", "close", "Close").code, "csv_duplicate_column");
  const error = refusal("date", "close", "ticker", "symbol");
  assertStringIncludes(error.message, '"ticker" and "symbol"');
  assertStringIncludes(error.hint ?? "", "--column ticker=NAME");
});

Deno.test("the header may stand below other lines, and the ticker beside it", () => {
  const { header, records, above } = found([["https://example.com"], ["sep="], ["date", "close"]]);
  assertEquals([header.width, records, above], [2, 3, 2]);
  const multi = found([
    ["Price", "Close", "Close", "Volume"],
    ["Ticker", "AAPL", "msft", "AAPL"],
    ["Date", "", "", ""],
  ]);
  assertEquals([multi.records, multi.above], [3, 0]);
  assertEquals(multi.header.groups, [
    { ticker: "AAPL", at: { date: 0, close: 1, volume: 3 } },
    { ticker: "MSFT", at: { date: 0, close: 2 } },
  ]);
  // The same with the tickers above the fields, and without the line of the index.
  const turned = found([["Ticker", "A", "A"], ["Price", "Open", "Close"], ["Date", "", ""]]);
  assertEquals(turned.header.groups, [{ ticker: "A", at: { date: 0, open: 1, close: 2 } }]);
  const two = found([["Date", "Close", "Close"], ["", "A", "B"], ["2024-01-02", "1", "2"]]);
  assertEquals(two.header.groups.map(({ ticker }) => ticker), ["A", "B"]);
  assertEquals(two.records, 2);
  const byTicker = found([["Date", "A", "A", "B", "B"], ["", "Open", "Close", "Open", "Close"]]);
  assertEquals(byTicker.header.groups, [
    { ticker: "A", at: { date: 0, open: 1, close: 2 } },
    { ticker: "B", at: { date: 0, open: 3, close: 4 } },
  ]);
});

Deno.test("a line of units or remarks below or above the header names no ticker", () => {
  const fields = ["Date", "Open", "Close", "Volume"];
  for (const words of [["", "EUR", "EUR", ""], ["", "EUR", "EUR", "EUR"], ["", "", "Halted", ""]]) {
    const { header, records } = found([fields, words, ["2024-01-15", "1.5", "2.25", "100"]]);
    assertEquals(header.groups, [{
      ticker: undefined,
      at: { date: 0, open: 1, close: 2, volume: 3 },
    }]);
    assertEquals(records, 1);
  }
  const above = found([["Date", "EUR", "EUR"], ["", "Open", "Close"]]);
  assertEquals(above.header.groups, [{ ticker: undefined, at: { date: 0, open: 1, close: 2 } }]);
});

Deno.test("columns are named by options", () => {
  const named = csvOptions({ column: ["date=Dia", "close=Preço Médio"] });
  const { header } = found([["Dia", "Preço Médio", "Close"]], named);
  assertEquals(header.groups[0]?.at, { date: 0, close: 1 });
  assertEquals(header.ignored, ["Close"]);
  const error = assertThrows(() => found([["Dia", "Close"]], named), SourceError);
  assertStringIncludes(error.message, 'no column "Preço Médio"; it has "Dia", "Close"');
  const bare = csvOptions({ columns: "date,time,open,-,close" });
  assertEquals(found([["2024.01.02", "00:00", "1", "2", "3"]], bare), {
    ...found([["2024.01.02"]], bare),
    records: 0,
  });
  assertEquals(found([[]], bare).header.groups[0]?.at, { date: 0, time: 1, open: 2, close: 4 });
});

Deno.test("a missing column is named with those there are and the option that maps it", () => {
  const error = refusal("dtae", "close");
  assertEquals(error.code, "csv_missing_column");
  assertStringIncludes(error.message, 'no column "date"; it has "dtae", "close"');
  assertEquals(error.hint, "Say which column it is with --column date=dtae.");
  assertEquals(
    refusal("date", "closing").hint,
    "Say which column it is with --column close=NAME.",
  );
  assertStringIncludes(refusal("2024.01.02", "37.44", "37.50").hint ?? "", "--columns");
  assertStringIncludes(refusal("hello world").hint ?? "", "line of column names");
  assertStringIncludes(refusal("").message, "it has none");
  const long = refusal(...Array.from({ length: 40 }, (_, i) => `column ${i} ${"x".repeat(100)}`));
  assertStringIncludes(long.message, ", …");
  assert(long.message.length < 3000);
});

Deno.test("every spelling of a column is in the table of docs/csv.md, and no other", async () => {
  const page = await Deno.readTextFile(projectPath("docs/csv.md"));
  const [, section = ""] = page.split("### Names of columns");
  const [table = ""] = section.split("\n#");
  const told = [...table.matchAll(/^\| `(\w+)` +\| (.+) \|$/gm)].flatMap(([, column, names = ""]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => [name, column])
  );
  assertEquals(
    told.sort(),
    [...SPELLINGS].map(([name, { column }]) => [name, column]).sort(),
  );
  for (const name of SPELLINGS.keys()) assertEquals(normalized(name), name);
  for (const column of COLUMNS) assert(column === "time" || spellingOf(column)?.column === column);
});
