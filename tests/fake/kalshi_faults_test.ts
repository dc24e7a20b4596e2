import { assertEquals, assertMatch, assertRejects } from "../assert.ts";
import type { FakeKalshi } from "./kalshi.ts";
import { all, ask, start } from "./kalshi_client.ts";
import { FAULTS, type KalshiFaultName } from "./kalshi_faults.ts";
import type { MarketRow } from "./kalshi_rows.ts";

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

Deno.test("the table of Kalshi's faults in README.md is complete and true", async () => {
  const page = await Deno.readTextFile(new URL("README.md", import.meta.url));
  const rows = [...page.matchAll(/^\| `(\w+-[\w-]+)` *\| (.*?) *\|$/gm)];
  const table = Object.entries(FAULTS).map(([name, { about }]) => [name, about]);
  assertEquals(rows.map(([, name, about]) => [name!, about!]), table);
});
