import { assertEquals, assertMatch, assertRejects } from "../assert.ts";
import type { FakeKalshi } from "./kalshi.ts";
import { all, ask, start } from "./kalshi_client.ts";
import type { KalshiFaultName } from "./kalshi_faults.ts";

/**
 * What a scan of open markets in pages of five meets, the fault shown as often as the table says. Faults
 * that end a scan have their error in tests/sources/kalshi/faults_test.ts; two others are in the next test.
 */
const SEEN: Partial<Record<KalshiFaultName, RegExp>> = {
  "empty-page": /^5,0,5,5,5/,
  "late-end": /^5,.*,1,0 +end ""$/,
  "null-cursor": /^5,5,.* end null$/,
  "no-cursor": /^5,5,.* end undefined$/,
  "over-limit": /^6,5,5,/,
  "row-twice": /^5,5,5,.* twice at another price/,
  "traded-between": /^5,5,5,[^{]*changed .* end ""$/,
  "closed-between": /^5,5,5,.*missing/,
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
      assertMatch(await look(kalshi), expected);
    });
  }

  async function look(kalshi: FakeKalshi): Promise<string> {
    const expected = new Map(
      kalshi.markets.filter(({ status }) => status === "active")
        .map((row) => [row.ticker, JSON.stringify(row)]),
    );
    const [sizes, found]: [number[], string[]] = [[], []];
    const seen = new Map<unknown, string>();
    let cursor = "";
    let last: unknown;
    do {
      const body = await ask(kalshi, `/markets?status=open&limit=5&cursor=${cursor}`);
      sizes.push(body.markets.length);
      for (const row of body.markets) {
        const json = JSON.stringify(row);
        const twice = seen.get(row.ticker);
        if (twice !== undefined && twice !== json) found.push("twice at another price");
        if (twice === undefined && expected.get(row.ticker) !== json) found.push(`changed ${json}`);
        seen.set(row.ticker, json);
      }
      cursor = encodeURIComponent(body.cursor ?? "");
      last = body.cursor;
    } while (cursor && sizes.length < 20);
    const isMissing = [...expected.keys()].some((ticker) => !seen.has(ticker));
    return `${sizes} ${found.join(" ")}${isMissing ? " missing" : ""} end ${JSON.stringify(last)}`;
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
