import { generateCotahist } from "../../../docs/examples/generate_cotahist.ts";
import { cotahist } from "../../../src/sources/cotahist/source.ts";
import { assertEquals, assertExists, assertHas } from "../../assert.ts";
import { pathOf } from "../../paths.ts";
import { batchesOf, batchOf, concat, request } from "./fixtures.ts";

const ROOT = new URL("../../../", import.meta.url);
const SAMPLE = new URL("docs/examples/cotahist-sample.txt", ROOT);
const DEMONSTRATION = new URL("../shared/data/COTAHIST_DEMO_2003-02-12.TXT", ROOT);

Deno.test("the sample in the docs is what its generator writes", async () => {
  assertEquals(await Deno.readFile(SAMPLE), concat([...generateCotahist()]));
});

Deno.test("the sample is a whole file of eight cash tickers over ten days", async () => {
  await using run = await cotahist.open(request([pathOf(SAMPLE)]));
  assertEquals([run.failures, run.warnings, run.unassigned], [[], [], []]);
  assertEquals(run.tickers.length, 8);
  assertEquals(run.details.markets, { "010": 80, "020": 10, "030": 20, "070": 10 });
  for (const batch of (await batchesOf(run)).values()) {
    assertEquals([batch.prices.length, batch.rejects], [10, []]);
  }
  const [first] = (await batchOf(run, "EXMA3.SA")).prices;
  assertEquals([first?.date, first?.close], ["2024-01-02", 64.28]);
  const [perThousand] = (await batchOf(run, "EXMH4.SA")).prices;
  assertEquals(perThousand?.close, 149207 / 100_000);
});

Deno.test("the same seed gives the same file, another gives another", () => {
  const make = (seed: number) => concat([...generateCotahist({ tickers: 30, days: 3, seed })]);
  assertEquals(make(7), make(7));
  assertEquals(make(7).length, make(8).length);
  assertEquals(make(7).every((byte, index) => byte === make(8)[index]), false);
});

Deno.test("the exchange's own demonstration file is read as it is", async () => {
  let path: string | undefined;
  try {
    path = await Deno.realPath(DEMONSTRATION);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (path === undefined) {
    const text = `${DEMONSTRATION.pathname} is absent: nothing to check\n`;
    await Deno.stdout.write(new TextEncoder().encode(text));
    return;
  }
  await using run = await cotahist.open(request([path]));
  const batches = await batchesOf(run);
  const rows = [...batches.values()].reduce((sum, batch) => sum + batch.prices.length, 0);
  assertEquals([rows, run.tickers.length], [188, 188]);
  assertEquals([run.failures, run.unassigned], [[], []]);
  const [vale] = batches.get("VALE3.SA")?.prices ?? [];
  assertEquals(vale?.details, {
    currency: "R$",
    isin: "BRVALEACNOR0",
    specification: "ON",
    distribution: 159,
    market: "010",
    term: null,
    strike: null,
    expiry: null,
    trades: 142,
    turnover: 7_206_414,
    average: 103.68,
    bid: 103.21,
    ask: 104.38,
  });
  assertEquals({ ...vale, details: undefined }, {
    details: undefined,
    date: "2003-02-12",
    open: 105.01,
    high: 105.01,
    low: 102.5,
    close: 103.21,
    adjClose: null,
    volume: 69_500,
  });
  const markets = ["010", "012", "013", "017", "020", "030", "070", "080"];
  await using every = await cotahist.open(request([path], { selection: { markets } }));
  assertHas(every.records, { read: 551, rows: 551, refused: 0 });
  const [call] = (await batchOf(every, "TNLPB22.SA")).prices;
  // TNLP4 closed at 25.31 per thousand.
  assertEquals([call?.close, call?.details?.strike, call?.details?.expiry], [
    0.00455,
    0.02087,
    "2003-02-17",
  ]);
  const terms = every.tickers.filter((ticker) => ticker.startsWith("ACES4T"));
  assertEquals(terms, ["ACES4T-030.SA", "ACES4T-058.SA"]);
  // PREULT 0000000000024 (0.24) and FATCOT 0001000: 0.24 per thousand shares.
  const [cbee] = batches.get("CBEE3.SA")?.prices ?? [];
  assertExists(cbee);
  assertEquals([cbee.close, cbee.volume], [0.00024, 52_000_000]);
});
