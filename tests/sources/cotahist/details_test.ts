import { Workspace } from "../../e2e/workspace.ts";
import { createCotahistSource } from "../../../src/sources/cotahist/source.ts";
import { assertEquals, assertHas, assertMatch, assertNotEquals } from "../../assert.ts";
import { run } from "../../ingest/outline.ts";
import { judgedOf } from "../judged.ts";
import { batchOf, bytesOf, fileOf, patched, quote, withRun } from "./fixtures.ts";

Deno.test("the currency of each day is stored beside its price", async () => {
  await using space = await Workspace.create();
  const file = space.write(
    "COTAHIST.A1994",
    fileOf([
      patched(53, "CR$ ", { date: "19940630", ticker: "VALE5", close: 2_750_000 }),
      quote({ date: "19940704", ticker: "VALE5", close: 1000 }),
    ]),
  );
  const report = await run(space, createCotahistSource(), { files: [file] });
  assertEquals(report.exitCode, 0);
  assertEquals(
    space.query(
      `SELECT date, close, currency FROM prices JOIN price_details USING (ticker, date, source)
       WHERE ticker = 'VALE5.SA' ORDER BY date`,
    ),
    [
      { date: "1994-06-30", close: 27_500, currency: "CR$" },
      { date: "1994-07-04", close: 10, currency: "R$" },
    ],
  );
});

Deno.test("a detail that cannot be read is empty and told, and its price is stored", async () => {
  const records = [
    quote(),
    patched(148, "0x010", { date: "20240103" }),
    patched(148, "0x010", { date: "20240104" }),
    patched(203, "20240230", { date: "20240105" }),
    patched(243, "1A0", { date: "20240108" }),
  ];
  await withRun(fileOf(records), async (opened) => {
    const { prices, rejects } = await batchOf(opened, "AAAA3.SA");
    assertEquals(prices.length, 5);
    assertEquals(prices.map(({ details }) => details?.trades), [15, null, null, 15, 15]);
    assertEquals(prices.map(({ details }) => details?.distribution), [100, 100, 100, 100, null]);
    assertEquals(prices.map(({ details }) => details?.expiry), [null, null, null, null, null]);
    assertEquals(rejects.map(({ line, code, reason }) => `${line} ${code}: ${reason}`), [
      "3 bad_cell: field TOTNEG cannot be read; left empty",
      "4 bad_cell: field TOTNEG cannot be read; left empty",
      "5 bad_cell: field DATVEN cannot be read; left empty",
      "6 bad_cell: field DISMES cannot be read; left empty",
    ]);
  });
});

Deno.test("blank and zero fields say nothing, and a strike has the terms of the prices", async () => {
  const blanks = " ".repeat(4);
  const option = { ticker: "TNLPB22", market: "070", factor: 1000 };
  const strike = patched(189, "0000000002087", option);
  strike.set(bytesOf("20030217"), 202);
  const empty = patched(53, blanks);
  empty.set(bytesOf(" ".repeat(12) + "   "), 230);
  empty.set(bytesOf("0".repeat(26)), 121);
  await withRun(fileOf([empty, strike]), async (opened) => {
    const [price] = (await batchOf(opened, "AAAA3.SA")).prices;
    assertHas(price?.details, {
      currency: null,
      isin: null,
      distribution: null,
      bid: null,
      ask: null,
    });
    const [called] = (await batchOf(opened, "TNLPB22.SA")).prices;
    assertEquals(called?.close, 0.0105);
    assertHas(called?.details, { strike: 0.02087, expiry: "2003-02-17", market: "070" });
  }, { selection: { markets: ["010", "070"] } });
});

Deno.test("of rows with the same prices and other details the last one is stored", async () => {
  await withRun(fileOf([patched(231, "BRAAAAACNOR0"), quote(), quote()]), async (opened) => {
    const { good, rejects, repeated } = await judgedOf(opened, "AAAA3.SA");
    assertEquals(good.map(({ details }) => details?.isin), ["BRINVENTED00"]);
    assertEquals([repeated, rejects.map(({ line, code }) => `${line} ${code}`)], [1, [
      "2 superseded",
    ]]);
    assertMatch(rejects[0]?.reason ?? "", /with the same prices and other details/);
  });
});

Deno.test("rows that differ in their details alone have different hashes", async () => {
  const hashOf = (...records: Uint8Array[]) =>
    withRun(fileOf(records), async (opened) => (await batchOf(opened, "AAAA3.SA")).payloadSha256);
  const other = { date: "20240103" };
  const hashes = [
    await hashOf(quote(), quote(other)),
    await hashOf(patched(231, "BRAAAAACNOR0"), quote(other)),
    await hashOf(quote(), patched(231, "BRAAAAACNOR0", other)),
    await hashOf(patched(148, "00001"), quote(other)),
    await hashOf(patched(122, "0000000000001"), quote(other)),
  ];
  assertEquals(new Set(hashes).size, hashes.length);
  assertNotEquals(hashes[0], null);
});

// A run that finds a stored hash again writes nothing: it may not depend on the version.
Deno.test("the hash of rows stays what it has always been", async () => {
  const damaged = patched(57, "x", { date: "20240104" });
  damaged.set(bytesOf("x"), 152);
  damaged.set(bytesOf("0".repeat(13)), 95);
  const records = [
    quote({ date: "20240103", close: 1100 }),
    quote(),
    quote(),
    damaged,
    patched(231, "BRINVENTED00", { date: "20240105" }),
    quote({ date: "20240103", close: 1200 }),
  ];
  await withRun(fileOf(records), async (opened) => {
    const { payloadSha256, prices } = await batchOf(opened, "AAAA3.SA");
    assertEquals([prices.length, payloadSha256], [
      6,
      "c3e229d3698984bd8d8b295d64a101595472a06d26a17025853749ab10227037",
    ]);
  });
});

Deno.test("a forward has its term in its name, one row for each term of a day", async () => {
  const forward = { ticker: "PETR4T", market: "030", bdi: "62" };
  const records = [
    quote({ ...forward, term: 30, close: 1100 }),
    quote({ ...forward, term: 120, close: 1200 }),
    quote({ ...forward, term: 30, close: 1300, date: "20240103" }),
    // Written with a blank in place of the zero.
    patched(50, "30 ", { ...forward, close: 1400, date: "20240104" }),
    patched(50, "   ", forward),
    patched(50, "000", forward),
    patched(50, "\u0000\u0000\u0000\u0000", forward),
    // As a code of the cash market it would be taken for a forward.
    quote({ ticker: "PETR4T-030" }),
    quote({ ticker: "PETR4T" }),
  ];
  for (const rowBudget of [600_000, 1]) {
    await withRun(
      fileOf(records),
      async (opened) => {
        const closes: Record<string, unknown> = {};
        for (const ticker of opened.tickers) {
          const { prices, rejects } = await batchOf(opened, ticker);
          assertEquals(rejects, []);
          closes[ticker] = prices.map(({ close, details }) => [close, details?.term]);
        }
        assertEquals(closes, {
          "PETR4T-030.SA": [[11, 30], [13, 30], [14, 30]],
          "PETR4T-120.SA": [[12, 120]],
          "PETR4T.SA": [[10.5, null]],
        });
        assertEquals(opened.unassigned.map(({ line, code }) => `${line} ${code}`), [
          "6 bad_term",
          "7 bad_term",
          "8 bad_term",
          "9 bad_ticker",
        ]);
      },
      { selection: { markets: ["010", "030"] } },
      { rowBudget },
    );
  }
});
