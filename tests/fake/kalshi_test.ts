import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { type FakeKalshi, type FakeKalshiOptions, startFakeKalshi } from "./kalshi.ts";
import { FAULTS, type KalshiFaultName } from "./kalshi_faults.ts";
import type { EventRow, MarketRow } from "./kalshi_rows.ts";

const NOW = Date.parse("2026-09-18T22:00:00Z");
const start = (options: FakeKalshiOptions = {}) => startFakeKalshi({ now: NOW, ...options });

/** What a client sees of a page. */
interface Seen {
  readonly rows: MarketRow[];
  readonly cursor: unknown;
}

/** Asks for JSON. */
async function ask(kalshi: FakeKalshi, target: string, status = 200) {
  const response = await fetch(`${kalshi.url}${target}`);
  assertEquals(response.status, status, target);
  return await response.json();
}

/** Follows the cursors, up to some pages. */
async function scan(kalshi: FakeKalshi, target: string, most = 50): Promise<Seen[]> {
  const pages: Seen[] = [];
  let cursor: unknown = "";
  do {
    const mark = target.includes("?") ? "&" : "?";
    const text = encodeURIComponent(String(cursor));
    const body = await ask(kalshi, `${target}${mark}cursor=${text}`);
    cursor = body.cursor;
    pages.push({ rows: body.markets ?? body.events, cursor });
  } while (cursor && pages.length < most);
  return pages;
}

/** All rows of a scan. */
async function all(kalshi: FakeKalshi, target: string): Promise<MarketRow[]> {
  return (await scan(kalshi, target)).flatMap(({ rows }) => rows);
}

const tickers = (rows: readonly { ticker: string }[]) => rows.map(({ ticker }) => ticker);

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

Deno.test("requests are recorded and can be held back", async () => {
  const [came, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using kalshi = await start({
    onRequest: async ({ query }) => {
      if (query.get("limit") !== "1") return;
      came.resolve();
      await go.promise;
    },
  });
  const held = ask(kalshi, "/markets?limit=1&tickers=A%2CB");
  await came.promise;
  await ask(kalshi, "/markets/KXRAINRIO-E00001-T0");
  const { path, query } = kalshi.requests[0]!;
  assertEquals([path, query.get("tickers")], ["/markets", "A,B"]);
  assertEquals([kalshi.count("/markets"), kalshi.count("/markets/*")], [1, 1]);
  go.resolve();
  await held;
});

/** What a scan of open markets in pages of five meets, the fault shown as often as the table says. */
const SEEN: Record<KalshiFaultName, RegExp> = {
  "error-500": /^500 application\/json \{"error":\{"code":"internal_server_error"/,
  "error-503": /^503 text\/html <html>/,
  "rate-json": /^429 application\/json \{"error":"too many requests"\}$/,
  "rate-text": /^429 text\/plain Too Many Requests$/,
  // These two are not about lists of markets; the next test has them.
  "fresh-404": /^(5,){10}1 +end ""$/,
  "cursor-expired": /^5 400 application\/json \{"error":\{"code":"bad_request".*invalid cursor/,
  "conn-reset": /^no answer: .*[Rr]eset by peer/,
  "reset-body": /^no body: .*TypeError/,
  "cut-length": /^no body: .*TypeError/,
  "stall-answer": /^no answer: .*Abort/,
  "cut-json": /^200 application\/json \{"markets".*[^}]$/,
  "not-json": /^200 application\/json <html>/,
  "other-json": /^200 application\/json \{"error":null\}$/,
  "same-cursor": /^(5,){19}5 more, the same cursor$/,
  "cursor-circle": /^5,5,(5,){17}5 more$/,
  "empty-page": /^5,0,5,5,5/,
  "late-end": /^5,.*,1,0 +end ""$/,
  "null-cursor": /^5,5,.* end null$/,
  "no-cursor": /^5,5,.* end undefined$/,
  "over-limit": /^6,5,5,/,
  "row-twice": /^5,5,5,.* twice at another price/,
  "traded-between": /^5,5,5,[^{]*changed .* end ""$/,
  "closed-between": /^5,5,5,.*missing/,
  "event-hidden": /^(5,){10}1 +end ""$/,
  "market-hidden": /^4,.*missing/,
  "no-ticker": /^5,.*"market_type".*missing/,
  "null-event": /"event_ticker":null/,
  "bad-decimal": /"last_price_dollars":"abc"/,
  "long-decimal": /"last_price_dollars":"0\.1234567"/,
  "number-decimal": /"volume_fp":12\.5/,
  "cents-only": /"yes_bid":45/,
  "bad-time": /"close_time":"soon"/,
  "new-status": /"status":"halted"/,
};

Deno.test("what each fault looks like", async (t) => {
  for (const [fault, expected] of Object.entries(SEEN) as [KalshiFaultName, RegExp][]) {
    await t.step(fault, async () => {
      await using kalshi = await start({ faults: [fault] });
      assertMatch(await look(kalshi, fault), expected);
    });
  }

  async function look(kalshi: FakeKalshi, fault: KalshiFaultName): Promise<string> {
    const stop = new AbortController();
    // A stall is given up when another request has been asked and answered meanwhile.
    const giveUp = async () => {
      await ask(kalshi, "/nothing", 404);
      stop.abort();
    };
    const waiting = fault === "stall-answer" ? giveUp() : undefined;
    const expected = new Map(
      kalshi.markets.filter(({ status }) => status === "active")
        .map((row) => [row.ticker, JSON.stringify(row)]),
    );
    const [sizes, found]: [number[], string[]] = [[], []];
    const seen = new Map<unknown, string>();
    let cursor: unknown = "";
    let before: unknown;
    do {
      const query = `status=open&limit=5&cursor=${encodeURIComponent(String(cursor))}`;
      let response: Response;
      try {
        response = await fetch(`${kalshi.url}/markets?${query}`, { signal: stop.signal });
      } catch (error) {
        await waiting;
        return `no answer: ${error} ${(error as Error).cause}`;
      }
      let text: string;
      try {
        text = await response.text();
      } catch (error) {
        return `no body: ${error}`;
      }
      const type = response.headers.get("content-type")?.split(";")[0];
      const shown = `${response.status} ${type} ${text.trimEnd()}`;
      let body: { markets: MarketRow[]; cursor: unknown };
      try {
        body = JSON.parse(text);
      } catch {
        return shown;
      }
      if (!Array.isArray(body.markets)) return [...sizes, shown].join(" ");
      sizes.push(body.markets.length);
      for (const row of body.markets) {
        const json = JSON.stringify(row);
        const twice = seen.get(row.ticker);
        if (twice !== undefined && twice !== json) found.push("twice at another price");
        if (twice === undefined && expected.get(row.ticker) !== json) found.push(`changed ${json}`);
        seen.set(row.ticker, json);
      }
      before = cursor;
      cursor = body.cursor;
    } while (cursor && sizes.length < 20);
    if (cursor) return `${sizes} more${before === cursor ? ", the same cursor" : ""}`;
    const isMissing = [...expected.keys()].some((ticker) => !seen.has(ticker));
    return `${sizes} ${found.join(" ")}${isMissing ? " missing" : ""} end ${
      JSON.stringify(cursor)
    }`;
  }
});

Deno.test("where and how often a fault shows can be said", async () => {
  await using kalshi = await start({
    faults: [
      { fault: "error-500", page: 2, times: 2 },
      { fault: "fresh-404", ticker: "KXRAINRIO-E00001-T0", times: 1 },
      { fault: "event-hidden", ticker: "KXFED-E00002", times: 1 },
      { fault: "rate-text", route: "/historical/cutoff", times: 1 },
    ],
  });
  const { cursor } = await ask(kalshi, "/markets");
  const second = `/markets?cursor=${encodeURIComponent(cursor)}`;
  for (const status of [500, 500, 200]) await ask(kalshi, second, status);
  for (const status of [404, 200]) await ask(kalshi, "/markets/KXRAINRIO-E00001-T0", status);
  await ask(kalshi, "/markets/KXFED-E00002-T0");
  await ask(kalshi, "/events/KXFED-E00002", 404);
  const events = async () => (await all(kalshi, "/events?limit=20")).length;
  assertEquals([await events(), await events()], [49, 50]);
  await ask(kalshi, "/events/KXFED-E00002");
  await assertRejects(() => ask(kalshi, "/historical/cutoff"), Error);
  kalshi.addFault("other-json");
  assertEquals(await ask(kalshi, "/historical/cutoff"), { error: null });
  kalshi.clearFaults();
  assertEquals(Object.keys(await ask(kalshi, "/historical/cutoff")).length, 4);
});

Deno.test("a fake with latency can be ended while it holds answers back", async () => {
  const came = Promise.withResolvers<void>();
  const kalshi = await start({ latencyMs: 3_600_000, onRequest: () => came.resolve() });
  const answer = assertRejects(() => fetch(`${kalshi.url}/markets`), TypeError);
  await came.promise;
  await kalshi[Symbol.asyncDispose]();
  await answer;
});

Deno.test("the table of Kalshi's faults in README.md is complete and true", async () => {
  const page = await Deno.readTextFile(new URL("README.md", import.meta.url));
  const rows = [...page.matchAll(/^\| `(\w+-[\w-]+)` *\| (.*?) *\|$/gm)];
  const table = Object.entries(FAULTS).map(([name, { about }]) => [name, about]);
  assertEquals(rows.map(([, name, about]) => [name!, about!]), table);
});
