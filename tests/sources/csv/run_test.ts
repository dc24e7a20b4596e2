import { SourceError } from "../../../src/base/errors.ts";
import { csv } from "../../../src/sources/csv/source.ts";
import type { SourceRun } from "../../../src/sources/source.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "../../assert.ts";
import { deliver, read, requestFor, row, temporaryFolder } from "./helpers.ts";

Deno.test("the last of two rows with one key wins, across files too", async () => {
  const { byTicker } = await read([
    "ticker,date,close\nAAA,2024-01-02,1\nAAA,2024-01-02,2\nAAA,2024-01-03,5\n",
    "ticker,date,close\nAAA,2024-01-02,1\nAAA,2024-01-03,5\n",
  ]);
  assertEquals(byTicker.AAA?.judged.good, [row("2024-01-02", 1), row("2024-01-03", 5)]);
  // The first 1 and the first 5 are what stays in the end; only the 2 differs.
  assertEquals(byTicker.AAA?.judged.repeated, 2);
  assertEquals(byTicker.AAA?.judged.rejects, [{
    origin: "f0.csv",
    line: 3,
    date: "2024-01-02",
    code: "superseded",
    reason: "AAA on 2024-01-02 is given again, differently, in f1.csv line 2 " +
      "(close 2 here, 1 there)",
    raw: JSON.stringify(row("2024-01-02", 2)),
  }]);
});

Deno.test("rows differ also where one has a value and the other none", async () => {
  const { byTicker } = await read("date,close,open\n2024-01-02,1,\n2024-01-02,1,1\n", {
    tickers: ["AAA"],
  });
  assertEquals(byTicker.AAA?.judged.rejects.map(({ code }) => code), ["superseded"]);
  assertEquals(byTicker.AAA?.judged.repeated, 0);
});

Deno.test("the source is part of the key, and a day's rows are sorted by it", async () => {
  const { byTicker } = await read(
    "date,close,source\n2024-01-02,1,yahoo\n2024-01-02,2,b3\n2024-01-01,3,yahoo\n",
    { tickers: ["AAA"] },
  );
  assertEquals(byTicker.AAA?.prices.map(({ close, source }) => [close, source]), [
    [3, "yahoo"],
    [2, "b3"],
    [1, "yahoo"],
  ]);
  assertEquals(byTicker.AAA?.rejects, []);
});

Deno.test("the hash covers the rows delivered and nothing else", async () => {
  const hash = async (text: string) =>
    (await read(text, { tickers: ["AAA"] })).byTicker.AAA?.sha256;
  const first = await hash("date,close,open\n2024-01-02,1,\n2024-01-03,2,3\n");
  assertMatch(first ?? "", /^[0-9a-f]{64}$/);
  assertEquals(
    await hash("date,close,open\n2024-01-03,2,3\n2024-01-02,1,\n2024-01-03,2,3\n"),
    first,
  );
  assertEquals(await hash("open;x;date;close\n3,0;;2024-01-03;2\n;;2024-01-02;1\n"), first);
  assertNotEquals(await hash("date,close,open\n2024-01-02,1,0\n2024-01-03,2,3\n"), first);
  assertNotEquals(await hash("date,close,high\n2024-01-02,1,\n2024-01-03,2,3\n"), first);
  assertNotEquals(
    await hash("date,close,open,source\n2024-01-02,1,,s\n2024-01-03,2,3,s\n"),
    first,
  );
  // Fixed, so that the layout does not change by accident: stored hashes are compared with new ones.
  const expected = new Uint8Array(53);
  const view = new DataView(expected.buffer);
  view.setInt32(0, 20240102, true);
  for (const index of [0, 1, 2, 4, 5]) view.setBigUint64(4 + index * 8, 0x7ff8000000000000n, true);
  view.setFloat64(4 + 3 * 8, 1.5, true);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", expected)).toHex();
  assertEquals(await hash("date,close\n2024-01-02,1.5\n"), digest);
});

Deno.test("why a ticker is missing", async () => {
  const { run } = await read("ticker,date,close\nPETR4,2024-01-02,1\nVALE3,2020-01-02,1\n", {
    tickers: ["PETR4", "PETR5", "VALE3", "ZZZZZZZZ"],
    from: "2024-01-01",
  });
  const why = (ticker: string) => {
    const error = run.missing(ticker);
    assert(error instanceof SourceError);
    return error;
  };
  assertEquals(run.tickers, ["PETR4"]);
  assertEquals(why("PETR5").code, "ticker_not_in_file");
  assertEquals(why("PETR5").hint, "Did you mean PETR4?");
  assertEquals(why("ZZZZZZZZ").code, "ticker_not_in_file");
  assertStringIncludes(why("ZZZZZZZZ").hint ?? "", "--file");
  assertEquals(why("VALE3").code, "no_rows_in_window");
  assertStringIncludes(why("VALE3").message, "from 2024-01-01 to the last day");
});

Deno.test("a ticker of which no row is wanted is not in the run", async () => {
  const { run } = await read("date,close\n2024-01-02,1\n", { tickers: ["AAA"], to: "2023-12-31" });
  assertEquals(run.tickers, []);
  assertStringIncludes(run.missing("AAA").message, "from the first to 2023-12-31 day");
});

/** Opens a file with some rows of two tickers. */
async function withRun(
  rows: number,
  check: (run: SourceRun, controller: AbortController) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const day = (i: number) => new Date(Date.UTC(1950, 0, 1 + i)).toISOString().slice(0, 10);
  const lines = Array.from({ length: rows }, (_, i) => `AAA,${day(i)},${i}\nAAA,${day(i)},x\n`);
  const path = `${folder.path}/a.csv`;
  await Deno.writeTextFile(path, `ticker,date,close\nBBB,2024-01-02,1\n${lines.join("")}`);
  const controller = new AbortController();
  const run = await csv.open(requestFor([path], { signal: controller.signal }));
  await check(run, controller);
  await run[Symbol.asyncDispose]();
}

Deno.test("a stop before a ticker is delivered is thrown", async () => {
  await withRun(1, async (run, controller) => {
    const reason = new Error("stop");
    controller.abort(reason);
    assertEquals(await assertRejects(() => deliver(run, "AAA"), Error), reason);
  });
});

Deno.test("a ticker is delivered once, and what is forgotten or unknown is not", async () => {
  const codeOf = async (run: SourceRun, ticker: string) =>
    (await assertRejects(() => deliver(run, ticker), SourceError)).code;
  await withRun(1, async (run) => {
    assertEquals((await deliver(run, "AAA")).prices.length, 1);
    assertEquals(await codeOf(run, "AAA"), "ticker_already_fetched");
    assertEquals(await codeOf(run, "CCC"), "ticker_not_in_file");
    run.forget("BBB");
    run.forget("BBB");
    assertEquals(await codeOf(run, "BBB"), "ticker_already_fetched");
  });
  await withRun(1, async (run) => {
    await run[Symbol.asyncDispose]();
    assertEquals(await codeOf(run, "AAA"), "ticker_already_fetched");
  });
  await withRun(1, async (run) => {
    run.forget("BBB");
    assertEquals((await deliver(run, "AAA")).prices.length, 1);
  });
});

Deno.test("the hash of rows stays what it has always been", async () => {
  const { byTicker } = await read(
    "ticker,date,open,high,low,close,adj_close,volume,source\n" +
      "AAA,2024-01-03,1,2,0.5,1.5,1.25,10.5,other\n" +
      "AAA,2024-01-02,,,,1.5,,,\n" +
      "AAA,2024-01-02,,,,1.5,,,\n" +
      "AAA,2024-01-03,1,2,0.5,1.75,1.25,7,a\n",
  );
  assertEquals(
    byTicker.AAA?.sha256,
    "09bc78b639dc15c2ea270ca2a138922b0cdb89f1009cbdc4e72f0f72eca7c84d",
  );
});
