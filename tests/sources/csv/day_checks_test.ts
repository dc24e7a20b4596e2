/** What rows, taken together, say of their day and ticker. */
import { SourceError } from "../../../src/base/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { read, refusal } from "./helpers.ts";

Deno.test("intraday rows are refused, whatever their times look like", async () => {
  const intraday = [
    "date,time,close\n2024-01-02,10:00,1.5\n2024-01-02,11:00,1.5\n",
    "date,close\n2024-01-02 10:00:00,1.5\n2024-01-03 10:00:00,1.5\n2024-01-02 11:00:00,1.5\n",
    // The second time is beyond a session.
    "date,close\n2024-01-02 09:00,37.0\n2024-01-02 21:00,38.9\n",
    "date,close\n2024-01-02 03:00,37.0\n2024-01-02 09:00,38.9\n2024-01-02 21:00,38.9\n",
    "date,time,close\n2024.01.15,00:00,1.5\n2024.01.15,04:00,1.6\n2024.01.16,00:00,1.6\n",
  ];
  for (const text of intraday) assertEquals((await refusal(text)).code, "csv_intraday");
  const epochs = "time,close\n1704200400,1.5\n1704204000,1.5\n";
  assertEquals((await refusal(epochs)).code, "csv_needs_time_zone");
  const zoned = await refusal(epochs, { timeZone: "America/Sao_Paulo" });
  assertEquals(zoned.code, "csv_intraday");
});

Deno.test("daily rows of which some are beyond a session ask for the time zone", async () => {
  for (const [summer, winter] of [["20:00", "21:00"], ["23:00", "00:00"]]) {
    const text = `date,close\n2024-07-02 ${summer},1.5\n2024-07-03 ${summer},1.5\n` +
      `2024-12-03 ${winter},1.5\n2024-12-04 ${winter},1.5\n2024-12-05 ${winter},1.5\n`;
    const error = await refusal(text);
    assertEquals(error.code, "csv_needs_time_zone");
    assertStringIncludes(error.hint ?? "", "--time-zone");
    const selection = { timeZone: "America/New_York" };
    const { byTicker } = await read(text, { tickers: ["AAA"], selection });
    assertEquals(byTicker.AAA?.prices.map(({ date }) => date).at(-1), "2024-12-05");
    assertEquals(byTicker.AAA?.prices.length, 5);
  }
});

Deno.test("stamps that are all at midnight are days, whatever the time zone", async () => {
  const stamps = [
    ["2024-01-08T00:00:00.000Z", "2024-01-09T00:00:00.000Z"],
    ["1704672000", "1704758400"],
    ["1704672000000", "1704758400000"],
    ["2024-01-08 00:00:00-03:00", "2024-01-09 00:00:00-03:00"],
  ];
  for (const [one, two] of stamps) {
    for (const timeZone of ["America/Sao_Paulo", "America/New_York", "Asia/Tokyo", undefined]) {
      const text = `date,close\n${one},5\n${two},6\n`;
      const { run, byTicker } = await read(text, { tickers: ["AAA"], selection: { timeZone } });
      const days = byTicker.AAA?.prices.map(({ date }) => date);
      assertEquals(days, ["2024-01-08", "2024-01-09"], `${one} ${timeZone}`);
      const [file] = run.details.files as { dates: string; rows: number }[];
      assertEquals([file?.rows, file?.dates.includes("midnight")], [2, timeZone !== undefined]);
    }
  }
  // One that is not makes all of them points in time.
  const text = "date,close\n1704672000,5\n1704812400,6\n";
  const selection = { timeZone: "America/Sao_Paulo" };
  const { byTicker } = await read(text, { tickers: ["AAA"], selection });
  assertEquals(byTicker.AAA?.prices.map(({ date }) => date), ["2024-01-07", "2024-01-09"]);
});

Deno.test("a second header with other columns is refused, a repeated one is a refused row", async () => {
  const header = "Date,Open,High,Low,Close,Volume\n";
  const first = `${header}2024-01-02,1.5,2.5,1.25,2.25,100\n`;
  const others = [
    "Date,Close,High,Low,Open,Volume\n2024-01-03,2.25,2.5,1.25,1.5,100\n",
    "Close,Date,High,Low,Open,Volume\n",
    "Date,Open,High,Low,Close,Adj Close,Volume\n",
    "Date,Close\n2024-01-03,2.25\n",
  ];
  for (const other of others) {
    const error = await refusal(first + other);
    assertEquals([error.code, error.details.line], ["csv_second_header", 3], other);
  }
  const named = "ticker,date,open,close\nAAA,2024-01-02,1.5,2.5\nticker,date,close,open\n";
  assertEquals((await refusal(named)).code, "csv_second_header");
  const wide = "Price,Close,Close\nTicker,AAA,B\nDate,,\n2024-01-02,1.5,2.5\n";
  assertEquals((await refusal(wide + wide.replace("AAA,B", "B,AAA"))).code, "csv_second_header");
  const { byTicker } = await read(`${first}${header}2024-01-03,1,2,1,1.5,9\n`, {
    tickers: ["AAA"],
  });
  assertEquals(byTicker.AAA?.prices.length, 2);
  assertEquals(byTicker.AAA?.rejects.map(({ line }) => line), [3]);
});

Deno.test("rows of several tickers are not put under the one that is given", async () => {
  const several: [name: string, text: string][] = [
    ["Name", "date,close,Name\n2013-02-08,14.75,AAA\n2013-02-08,67.85,BBB\n"],
    ["Name", "date,close,Name\n2013-02-11,14.46,AAA\n2013-02-12,67.85,BBB\n"],
    ["Papel nome", "Data;Papel nome;Fechamento\n2024-01-02;VALE3;70.44\n2024-01-02;AAA;37.44\n"],
    ["Contrato", "Data;Contrato;Fechamento\n2024-01-02;WINF24;1.5\n2024-01-02;WING24;2.5\n"],
  ];
  for (const [name, text] of several) {
    const error = await refusal(text);
    assertEquals(error.code, "csv_several_tickers", text);
    assertStringIncludes(error.message, `column "${name}" `);
    const column = [`ticker=${name}`];
    const hint = error.hint ?? "";
    assertStringIncludes(hint, `--column "ticker=${name}"`);
    assert((await read(text, { selection: { column } })).run.tickers.length === 2);
  }
  // A ticker column that --ticker-from-name leaves unread.
  const named = "date,close,ticker\n2024-01-02,1.5,X\n2024-01-02,2.5,Y\n";
  const selection = { tickerFromName: true };
  const error = await assertRejects(() => read(named, { selection }), SourceError);
  assertEquals(error.code, "csv_several_tickers");
  // What does not tell tickers apart: one name, times of correction, and rows that are the same.
  const one = "date,close,Name,Updated,Change\n2024-01-02,1.5,AAA,2024-01-02T18:00Z,1.0K\n" +
    "2024-01-02,2.5,AAA,2024-01-03T18:00Z,2.0K\n";
  const { byTicker } = await read(one, { tickers: ["AAA"] });
  assertEquals(byTicker.AAA?.prices.map(({ close }) => close), [1.5, 2.5]);
});

Deno.test("a time in its own column that is not understood costs no row", async () => {
  for (const time of ["-", "EOD", "0", "16:00 EST", "0.75"]) {
    const text = `date,time,close\n2024-01-12,${time},1.5\n2024-01-15,${time},1.6\n`;
    const { byTicker } = await read(text, { tickers: ["AAA"] });
    assertEquals(byTicker.AAA?.prices.map(({ date }) => date), ["2024-01-12", "2024-01-15"], time);
  }
  const error = await refusal("date,time,close\n2024-01-12,9 EST,1.5\n2024-01-12,16 EST,1.6\n");
  assertEquals(error.code, "csv_intraday");
});
