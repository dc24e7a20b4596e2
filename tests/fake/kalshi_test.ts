import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { all, ask, NOW, start, tickers } from "./kalshi_client.ts";
import type { EventRow, MarketRow } from "./kalshi_rows.ts";

Deno.test("the same seed makes the same world, with every state, result and oddity", async () => {
  await using kalshi = await start();
  await using again = await start();
  await using other = await start({ seed: 2 });
  assertEquals(again.markets, kalshi.markets);
  assert(JSON.stringify(other.markets) !== JSON.stringify(kalshi.markets));
  assertEquals(kalshi.events.length, 53);
  assertEquals(kalshi.markets.length, 203);
  const values = (field: string) => new Set(kalshi.markets.map((row) => row[field])).size;
  assertEquals([values("status"), values("result"), values("market_type")], [8, 4, 3]);
  const text = JSON.stringify(kalshi.markets);
  assertMatch(text, /"yes_bid_dollars":"0\.\d{5}[1-9]"/);
  assertMatch(text, /"volume_fp":"\d+\.\d\d"/);
  assertMatch(text, /"settlement_value_dollars":"0\.5000"/);
  assertMatch(text, /東京/);
  assert(kalshi.markets.some((row) => !("updated_time" in row)));
  assert(kalshi.markets.some((row) => "field_of_tomorrow" in row));
});

Deno.test("filters take other words than those that come back", async () => {
  await using kalshi = await start();
  const all200 = kalshi.markets.filter(({ ticker }) => !ticker.startsWith("KXMVE"));
  const { market_settled_ts: cutoff } = await ask(kalshi, "/historical/cutoff");
  assertEquals(cutoff, "2026-06-20T00:00:00Z");
  const old = (row: MarketRow) => row.status === "finalized" && String(row.settlement_ts) < cutoff;
  const since = (NOW - 30 * 86_400_000) / 1000;
  const recent = ({ settlement_ts: at }: MarketRow) => Date.parse(String(at)) >= since * 1000;
  const [event, one, two] = ["KXRAINRIO-E00001", "KXRAINRIO-E00001-T0", "KXFED-E00002-T3"];
  const cases: [string, (row: MarketRow) => boolean][] = [
    ["", (row) => !old(row)],
    ["&status=unopened", (row) => row.status === "initialized"],
    ["&status=open", (row) => row.status === "active"],
    ["&status=paused", (row) => row.status === "inactive"],
    [
      "&status=closed",
      (row) => ["closed", "determined", "disputed", "amended"].includes(row.status),
    ],
    ["&status=settled", (row) => row.status === "finalized" && !old(row)],
    [`&status=settled&min_settled_ts=${since}`, recent],
    [`&event_ticker=${event}`, (row) => row.event_ticker === event],
    ["&series_ticker=KXFED", (row) => row.ticker.startsWith("KXFED-") && !old(row)],
    [`&tickers=${one},${two},NONE`, (row) => row.ticker === one || row.ticker === two],
  ];
  for (const [query, test] of cases) {
    const rows = await all(kalshi, `/markets?limit=7&mve_filter=exclude${query}`);
    const expected = all200.filter(test);
    assert(expected.length > 0, query);
    assertEquals(rows, expected as MarketRow[], query);
  }
  assertEquals(await all(kalshi, "/historical/markets?limit=9"), all200.filter(old) as MarketRow[]);
  assertEquals((await all(kalshi, "/markets?mve_filter=only")).length, 3);
});

Deno.test("events, one by one, with and without their markets", async () => {
  await using kalshi = await start();
  const events: EventRow[] = await all(kalshi, "/events?limit=8") as unknown as EventRow[];
  assertEquals(events, kalshi.events.slice(0, 50) as EventRow[]);
  let sum = 0;
  for (const word of ["unopened", "open", "closed", "settled"]) {
    const some = await all(kalshi, `/events?limit=4&status=${word}&with_nested_markets=true`);
    assert(some.length > 0 && some.every(({ markets }) => Array.isArray(markets)), word);
    sum += some.length;
  }
  assertEquals(sum, 50);
  assertEquals((await all(kalshi, "/events?series_ticker=KXFED")).length, 8);
  const ticker = "KXRAINRIO-E00001";
  const { event, markets } = await ask(kalshi, `/events/${ticker}`);
  assertEquals([event.event_ticker, "markets" in event, markets.length], [ticker, false, 4]);
  const nested = await ask(kalshi, `/events/${ticker}?with_nested_markets=true`);
  assertEquals(nested, { event: { ...event, markets } });
  assertEquals(await ask(kalshi, `/markets/${ticker}-T0`), { market: markets[0] });
  // Known by itself, on no page.
  assertEquals((await ask(kalshi, "/events/KXMVE-S0000")).markets.length, 1);
  // Settled long ago: only historical.
  const old = "KXTOKYO-E00003-T0";
  await ask(kalshi, `/markets/${old}`, 404);
  assertEquals((await ask(kalshi, `/historical/markets/${old}`)).market.ticker, old);
  assertEquals((await ask(kalshi, "/events/KXTOKYO-E00003")).markets, []);
});

Deno.test("questions that make no sense are refused", async () => {
  await using kalshi = await start({ pageLimit: 3 });
  const { cursor } = await ask(kalshi, "/markets?limit=1000");
  assertMatch(cursor, /^\+\/\+\//);
  const cases: [string, number][] = [
    ["/markets?limit=1001", 400],
    ["/markets?limit=0", 400],
    ["/markets?limit=x", 400],
    ["/events?limit=201", 400],
    ["/events?status=paused", 400],
    ["/markets?status=active", 400],
    ["/markets?status=open,closed", 400],
    ["/markets?status=open&min_settled_ts=1", 400],
    ["/markets?min_settled_ts=1.5", 400],
    ["/markets?mve_filter=some", 400],
    ["/historical/markets?tickers=A&event_ticker=B", 400],
    ["/markets?cursor=nonsense", 400],
    [`/markets?cursor=${cursor}`, 400],
    [`/markets?status=open&cursor=${encodeURIComponent(cursor)}`, 400],
    ["/markets/NONE", 404],
    ["/events/NONE", 404],
    ["/nothing", 404],
  ];
  for (const [target, status] of cases) {
    const { error } = await ask(kalshi, target, status);
    assertEquals(error.code, status === 400 ? "bad_request" : "not_found", target);
  }
  const next = await ask(kalshi, `/markets?limit=5&cursor=${encodeURIComponent(cursor)}`);
  assertEquals(next.markets.length, 3);
});

Deno.test("the world changes between two runs", async () => {
  await using kalshi = await start();
  const [ticker] = tickers(await all(kalshi, "/markets?status=open"));
  const get = async () => (await ask(kalshi, `/markets/${ticker}`)).market;
  const before = await get();
  kalshi.trade(ticker!, { price: "0.1234", contracts: "2.50" });
  const traded = await get();
  assertEquals([traded.last_price_dollars, traded.no_ask_dollars], ["0.1234", "0.8866"]);
  assertEquals(Math.round((traded.volume_fp - before.volume_fp) * 100), 250);
  assert(Date.parse(traded.updated_time) >= Date.parse(before.updated_time));
  assert(traded.updated_time !== before.updated_time);
  kalshi.close(ticker!);
  assertEquals((await get()).status, "closed");
  kalshi.determine(ticker!, "scalar");
  assertEquals([(await get()).status, (await get()).result], ["determined", "scalar"]);
  assertThrows(() => kalshi.settle(ticker!, "scalar"), RangeError);
  kalshi.settle(ticker!, "scalar", "0.2500");
  const { status, settlement_value_dollars: value, settlement_ts: at } = await get();
  assertEquals([status, value, at], ["finalized", "0.2500", "2026-09-18T22:00:00Z"]);
  kalshi.settleAndArchive(ticker!);
  assertEquals(await all(kalshi, "/markets?status=settled"), []);
  assert(tickers(await all(kalshi, "/historical/markets")).includes(ticker!));
  assertEquals((await ask(kalshi, "/historical/cutoff")).market_settled_ts, "2026-09-18T22:00:01Z");
  kalshi.addMarket({ ticker: "NEW-1-T", event_ticker: "NEW-1" });
  assertEquals(tickers(await all(kalshi, "/markets?series_ticker=NEW")), ["NEW-1-T"]);
  await ask(kalshi, "/events/NEW-1", 404);
  kalshi.addEvent({ event_ticker: "NEW-1", series_ticker: "NEW", title: "New" });
  assertEquals((await ask(kalshi, "/events/NEW-1")).markets.length, 1);
  kalshi.setNow(NOW + 400 * 86_400_000);
  assertEquals(await all(kalshi, "/markets?status=open"), []);
  kalshi.open("NEW-1-T");
  assertEquals(tickers(await all(kalshi, "/markets?status=open")), ["NEW-1-T"]);
  assertThrows(() => kalshi.trade("NONE"), RangeError);
});

Deno.test("a fake with latency can be ended while it holds answers back", async () => {
  const came = Promise.withResolvers<void>();
  const kalshi = await start({ latencyMs: 3_600_000, onRequest: () => came.resolve() });
  const answer = assertRejects(() => fetch(`${kalshi.url}/markets`), TypeError);
  await came.promise;
  await kalshi[Symbol.asyncDispose]();
  await answer;
});
