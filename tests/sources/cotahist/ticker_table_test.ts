import { NO_TICKER, TickerTable } from "../../../src/sources/cotahist/ticker_table.ts";
import { assertEquals } from "../../assert.ts";
import { bytesOf } from "./fixtures.ts";

function idOf(table: TickerTable, text: string): number {
  return table.idAt(bytesOf(`  ${" ".repeat(12)}${text.padEnd(12)}`), 2, 10);
}

Deno.test("ids count up, and the same bytes have the same id", () => {
  const table = new TickerTable();
  assertEquals(["PETR4", "VALE3", "PETR4"].map((each) => idOf(table, each)), [0, 1, 0]);
  assertEquals(table.names, ["PETR4.SA", "VALE3.SA"]);
  assertEquals([table.idOf("VALE3.SA"), table.idOf("NONE3.SA")], [1, undefined]);
});

Deno.test("bytes that differ in case and blanks only are one ticker", () => {
  const table = new TickerTable();
  assertEquals(["PETR4", "petr4", " PETR4"].map((each) => idOf(table, each)), [0, 0, 0]);
});

Deno.test("what is no ticker has no id, however often it comes", () => {
  const table = new TickerTable();
  // ß in upper case would be SS, and two tickers would share a name.
  for (const text of ["", "A-030", "A/B", "STRAß3", "A B", "../X", "A\u0000", "A/B", ""]) {
    assertEquals(idOf(table, text), NO_TICKER, text);
  }
  assertEquals(table.names, []);
});

Deno.test("a year's worth of tickers keep their ids through every growth", () => {
  const table = new TickerTable();
  const names = Array.from({ length: 20_000 }, (_, index) => `T${index.toString(36)}`);
  assertEquals(names.map((each) => idOf(table, each)), names.map((_, index) => index));
  assertEquals(names.map((each) => idOf(table, each)), names.map((_, index) => index));
});
