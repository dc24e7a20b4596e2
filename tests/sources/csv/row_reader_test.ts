import type { Reject } from "../../../src/model/prices.ts";
import { assertEquals, assertStringIncludes } from "../../assert.ts";
import { read, refusal, row } from "./helpers.ts";

/** The one reject of a row, through the whole source. */
async function rejectOf(header: string, line: string): Promise<Reject & { ticker: string | null }> {
  const good = header.split(/[,;\t]/).map((name) =>
    name === "date" ? "1999-01-01" : name === "ticker" ? "GOOD" : name === "source" ? "s" : "1"
  );
  const delimiter = /[,;\t]/.exec(header)?.[0] ?? ",";
  const { run, byTicker } = await read(`${header}\n${good.join(delimiter)}\n${line}\n`, {
    tickers: header.includes("ticker") ? null : ["ONLY"],
  });
  const all = [
    ...run.unassigned.map((reject) => ({ ...reject, ticker: null })),
    ...Object.entries(byTicker).flatMap(([ticker, { rejects }]) =>
      rejects.map((reject) => ({ ...reject, ticker }))
    ),
  ];
  assertEquals(all.length, 1, line);
  const [only] = all;
  if (only === undefined) throw new Error("there is no reject");
  return only;
}

Deno.test("a reject says where it is from and what was received", async () => {
  assertEquals(await rejectOf("date,close", "2024-01-02, abc "), {
    ticker: "ONLY",
    origin: "f0.csv",
    line: 3,
    date: "2024-01-02",
    code: "bad_number",
    reason: 'close is "abc", not a number',
    raw: "2024-01-02, abc ",
  });
});

Deno.test("every fault has its code, its value and its ticker", async () => {
  const cases: [header: string, line: string, code: string, in_: string, ticker: string | null][] =
    [
      ["date,close", "2024-02-30,1", "bad_date", '"2024-02-30"', "ONLY"],
      ["date,close", "2024-01-02T22:00:00Z,1", "not_a_day", "--time-zone", "ONLY"],
      ["date,close", "2024-01-02,", "missing_close", "no close", "ONLY"],
      ["date,close", "2024-01-02,N/A", "missing_close", "no close", "ONLY"],
      ["date,close", "2024-01-02,1,2", "bad_cell_count", "3 cells, the header 2", "ONLY"],
      ["date,close", "2024-01-02", "bad_cell_count", "1 cells", "ONLY"],
      ["date,close", "2024-01-02,Infinity", "bad_number", '"Infinity"', "ONLY"],
      ["date,close,open", "2024-01-02,1,1.", "bad_cell", 'open is "1."', "ONLY"],
      ["date,close,high", "2024-01-02,1,x", "bad_cell", 'high is "x"', "ONLY"],
      ["date,close,adj_close", "2024-01-02,1,5%", "bad_cell", 'adj_close is "5%"', "ONLY"],
      ["date,close,volume", "2024-01-02,1,-1", "bad_cell", '"-1"', "ONLY"],
      ["date,close,volume", "2024-01-02,1,9007199254740992", "bad_cell", "2^53", "ONLY"],
      ["date,close,volume", "2024-01-02,1,R$ 5", "bad_cell", '"R$ 5", which is money', "ONLY"],
      ["date,close,volume", "2024-01-02,1,€5", "bad_cell", "money", "ONLY"],
      ["date,close,volume", "2024-01-02,1,many", "bad_cell", "volume", "ONLY"],
      ["date,close,open", "2024-01-02,2 Dividend", "no_prices", "a dividend", "ONLY"],
      ["date,close,source", "2024-01-02,1,a b", "bad_cell", '"a b" is not a source', "ONLY"],
      ["date,close,source", `2024-01-02,1,${"x".repeat(33)}`, "bad_cell", "32", "ONLY"],
      ["ticker,date,close", "A;B,2024-01-02,1", "bad_ticker", '"A;B"', null],
      ["ticker,date,close", ",2024-01-02,1", "bad_ticker", '""', null],
      ["ticker,date,close", "???,bad,x", "bad_ticker", '"???"', null],
      ["ticker,date,close", "AAA,2024-01-02", "bad_cell_count", "2 cells", null],
      ["ticker,date,close", "aaa,bad,1", "bad_date", '"bad"', "AAA"],
    ];
  for (const [header, line, code, included, ticker] of cases) {
    const reject = await rejectOf(header, line);
    assertEquals([reject.code, reject.ticker], [code, ticker], line);
    assertStringIncludes(reject.reason, included);
    assertEquals(reject.raw, line);
  }
});

Deno.test("long values are cut", async () => {
  const reject = await rejectOf("date,close", `2024-01-02,${"x".repeat(2000)}`);
  assertEquals(reject.raw?.length, 500);
  assertEquals(reject.reason.length < 120, true);
});

Deno.test("the largest volume, a fraction and a whole one with decimals are taken", async () => {
  const { byTicker } = await read(
    "date,close,volume\n2024-01-02,1,9007199254740991\n2024-01-03,1,1234.0\n2024-01-04,1,0\n" +
      "2024-01-05,1,0.00123\n",
    { tickers: ["AAA"] },
  );
  assertEquals(byTicker.AAA?.prices.map(({ volume }) => volume), [
    9007199254740991,
    1234,
    0,
    0.00123,
  ]);
});

Deno.test("a row with bad cells goes in without them, each with its reason", async () => {
  const { run, byTicker } = await read(
    "date,open,high,low,close,adj_close,volume\n2024-01-02,a,b,c,1.5,d,e\n2024-01-03,,,,x,,\n",
    { tickers: ["AAA"] },
  );
  assertEquals(byTicker.AAA?.prices, [row("2024-01-02", 1.5)]);
  assertEquals(byTicker.AAA?.rejects.map(({ line, code }) => [line, code]), [
    ...Array.from({ length: 5 }, () => [2, "bad_cell"]),
    [3, "bad_number"],
  ]);
  const [file] = run.details.files as { kept: number; rejected: number }[];
  assertEquals([file?.kept, file?.rejected], [1, 1]);
});

Deno.test("cells behind the last column are no fault where they are empty", async () => {
  const { byTicker } = await read("date;close\n2024-01-02;1.5;;\n2024-01-03;1.5;x\n", {
    tickers: ["AAA"],
  });
  assertEquals(byTicker.AAA?.prices, [row("2024-01-02", 1.5)]);
  assertEquals(byTicker.AAA?.rejects.map(({ code }) => code), ["bad_cell_count"]);
});

Deno.test("a source that cannot be one costs no row: csv stands in its place", async () => {
  const text =
    "date,close,source\n2024-01-02,1.5,Yahoo Finance\n2024-01-03,2.5,\n2024-01-04,3.5,B3\n";
  const { byTicker } = await read(text, { tickers: ["AAA"] });
  const prices = byTicker.AAA?.prices.map(({ close, source = "csv" }) => [close, source]);
  assertEquals(prices, [[1.5, "csv"], [2.5, "csv"], [3.5, "b3"]]);
  assertEquals(byTicker.AAA?.rejects.map(({ code, line }) => [code, line]), [["bad_cell", 2]]);
});

Deno.test("a header that ends in a delimiter asks for no cell behind it", async () => {
  for (const end of ["", ";", ";x"]) {
    const { byTicker } = await read(`Date;Close;\n2024-01-02;5,5${end}\n`, { tickers: ["AAA"] });
    assertEquals(byTicker.AAA?.prices.map(({ close }) => close), [5.5], end);
  }
});

Deno.test("prices that may be in 32nds are refused, unless one cannot be", async () => {
  const bonds = "Date,Open,Close,Volume\n2024-01-02,110'160,110'165,1200345\n";
  const error = await refusal(bonds);
  assertEquals(error.code, "csv_ambiguous_numbers");
  assertStringIncludes(error.message, `"110'165" is 110165, or one in 32nds`);
  const given = await read(bonds, { tickers: ["AAA"], selection: { decimal: "." } });
  assertEquals(given.byTicker.AAA?.prices.map(({ close }) => close), [110165]);
  const index = await read("Date,Close\n2024-01-02,11'230\n2024-01-03,11'340\n", {
    tickers: ["AAA"],
  });
  assertEquals(index.byTicker.AAA?.prices.map(({ close }) => close), [11230, 11340]);
});
