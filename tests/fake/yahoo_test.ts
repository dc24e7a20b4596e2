import { assert, assertAlmostEquals, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { startFakeYahoo } from "./yahoo.ts";
import { faultOf } from "./yahoo_faults.ts";
import type { HTTP_FAULTS } from "./yahoo_faults_http.ts";
import { fetchChart, NOW, readChart } from "./yahoo_client.ts";

Deno.test("the same symbol has the same history, whatever is asked and when", async () => {
  await using yahoo = await startFakeYahoo({ now: NOW });
  const all = await readChart(yahoo, "PETR4.SA");
  assertEquals(all.timestamp.length, 6524);
  assertEquals(all.meta.currency, "BRL");
  assertEquals(all.meta.exchangeTimezoneName, "America/Sao_Paulo");
  const at = all.timestamp.length - 300;
  const [period1, period2] = [all.timestamp[at]!, all.timestamp[at + 5]!];
  const part = await readChart(yahoo, "PETR4.SA", { period1, period2 });
  assertEquals(part.timestamp, all.timestamp.slice(at, at + 5));
  assertEquals(part.close, all.close.slice(at, at + 5));
  assertEquals(part.adjclose, all.adjclose.slice(at, at + 5));
  await using later = await startFakeYahoo({ now: NOW + 7 * 86_400_000 });
  const again = await readChart(later, "PETR4.SA", { period1, period2 });
  assertEquals(again.close, part.close);
});

Deno.test("bars are stamped at the opening in the exchange's zone, daylight saving included", async () => {
  await using yahoo = await startFakeYahoo({ now: NOW });
  for (
    const [symbol, zone, opening] of [
      ["PETR4.SA", "America/Sao_Paulo", "10:00"],
      ["AAPL", "America/New_York", "09:30"],
      ["VOD.L", "Europe/London", "08:00"],
      ["EURBRL=X", "Europe/London", "00:00"],
      ["BTC-USD", "UTC", "00:00"],
    ] as const
  ) {
    const { timestamp, meta } = await readChart(yahoo, symbol);
    const format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hour: "2-digit",
      minute: "2-digit",
      weekday: "short",
    });
    const past = meta.instrumentType === "CRYPTOCURRENCY" ? timestamp.slice(0, -1) : timestamp;
    const seen = new Set(past.slice(-4000).map((stamp) => format.format(stamp * 1000)));
    const days = meta.instrumentType === "CRYPTOCURRENCY" ? 7 : 5;
    assertEquals(seen.size, days, [...seen].join());
    for (const text of seen) assert(text.endsWith(opening), text);
    if (days === 7) assertEquals(timestamp.at(-1), NOW / 1000);
  }
});

Deno.test("high and low enclose open and close, and prices look like 32-bit floats", async () => {
  await using yahoo = await startFakeYahoo({ now: NOW });
  for (const symbol of ["PETR4.SA", "BTC-USD", "EURBRL=X"]) {
    const { open, high, low, close } = await readChart(yahoo, symbol);
    for (const [i, price] of close.entries()) {
      assert(low[i]! > 0 && low[i]! <= Math.min(price, open[i]!));
      assert(high[i]! >= Math.max(price, open[i]!));
      assertEquals(Math.fround(price), price);
    }
  }
});

Deno.test("a split rescales every earlier bar once its day has come", async () => {
  await using yahoo = await startFakeYahoo({ now: NOW });
  const before = await readChart(yahoo, "VALE3.SA");
  yahoo.addSplit("VALE3.SA", "2026-09-21", 2, 1);
  assertEquals(await readChart(yahoo, "VALE3.SA"), before);
  yahoo.setToday("2026-09-21");
  const after = await readChart(yahoo, "VALE3.SA");
  const n = before.close.length;
  assertEquals(after.close.length, n + 1);
  assertEquals(after.close.slice(0, n), before.close.map((price) => price / 2));
  assertEquals(after.volume.slice(0, n), before.volume.map((volume) => volume * 2));
  assertEquals(Object.values(after.events?.splits ?? {}), [
    { date: after.timestamp[n]!, numerator: 2, denominator: 1, splitRatio: "2:1" },
  ]);
});

Deno.test("a dividend changes every earlier adjusted close, a correction the close of a day", async () => {
  await using yahoo = await startFakeYahoo({ now: NOW });
  const before = await readChart(yahoo, "AAPL");
  const n = before.close.length;
  yahoo.addDividend("AAPL", "2026-09-21", 1);
  yahoo.setToday("2026-09-21");
  yahoo.setClose("AAPL", "2026-09-21", 20);
  const after = await readChart(yahoo, "AAPL");
  assertEquals([after.close[n], after.adjclose[n]], [20, 20]);
  assertEquals(after.close.slice(0, n), before.close);
  const ratio = 1 - 1 / before.close[n - 1]!;
  for (const i of [0, 3000, n - 1]) {
    assertAlmostEquals(after.adjclose[i]! / before.adjclose[i]!, ratio, 1e-6);
  }
  assert(after.events?.dividends?.[after.timestamp[n]!]?.amount === 1);
});

Deno.test("a fake with latency can be ended while it holds answers back", async () => {
  const came = Promise.withResolvers<void>();
  const yahoo = await startFakeYahoo({ latencyMs: 3_600_000, onRequest: () => came.resolve() });
  const answer = assertRejects(() => fetchChart(yahoo, "PETR4.SA"), TypeError);
  await came.promise;
  await yahoo[Symbol.asyncDispose]();
  await answer;
});

Deno.test("questions that make no sense are refused", async () => {
  await using yahoo = await startFakeYahoo({ now: NOW });
  for (
    const [path, status] of [
      ["/v8/finance/chart/A?period1=2&period2=1&interval=1d", 400],
      ["/v8/finance/chart/A", 400],
      ["/v8/finance/chart/A?period1=1&period2=2&interval=1h", 422],
      ["/other", 404],
    ] as const
  ) {
    const response = await fetch(yahoo.url + path);
    assertEquals(response.status, status, path);
    await response.json();
  }
});

Deno.test("a name asks for its fault, and for how often", () => {
  const cases: [string, ReturnType<typeof faultOf>][] = [
    ["STALL.SA", { fault: "STALL" }],
    ["STALLBODY.SA", { fault: "STALLBODY" }],
    ["STALLION.SA", undefined],
    ["ERR500-2X.SA", { fault: "ERR500", times: 2 }],
    ["RESET3.SA", { fault: "RESET" }],
    ["NOPENOPE", { fault: "NOPE" }],
    ["PETR4.SA", undefined],
  ];
  for (const [symbol, fault] of cases) assertEquals(faultOf(symbol), fault, symbol);
});

/**
 * What fetch makes of an answer that ends well, or in an error that does not tell its form: status, type,
 * Retry-After and body. All others are told apart in tests/ingest/yahoo_faults_test.ts.
 */
const SEEN: Partial<Record<keyof typeof HTTP_FAULTS, RegExp>> = {
  RTEXT: /^429 text\/plain null Too Many Requests/,
  RTEXTSEC: /^429 text\/plain 2 Too/,
  RTEXTDATE: /^429 text\/plain Fri, 18 Sep 2026 22:00:02 GMT Too/,
  RHTML: /^429 text\/html null <html/,
  RHTMLSEC: /^429 text\/html 2 </,
  RHTMLDATE: /^429 text\/html Fri, .* GMT </,
  RJSON: /^429 application\/json null \{"finance"/,
  RJSONSEC: /^429 application\/json 2 \{/,
  RJSONDATE: /^429 application\/json Fri, .* GMT \{/,
  JSONASHTML: /^200 text\/html null \{"chart".*\}$/,
  GZIP: /^200 application\/json null \{"chart".*\}$/,
};

Deno.test("what each fault around an answer looks like", async (t) => {
  await using yahoo = await startFakeYahoo({ now: NOW, years: 1 });
  for (const [name, expected] of Object.entries(SEEN)) {
    await t.step(name, async () => {
      const response = await fetchChart(yahoo, name);
      const { headers, status } = response;
      const type = headers.get("content-type")?.split(";")[0];
      const text = (await response.text()).trimEnd();
      assertMatch(`${status} ${type} ${headers.get("retry-after")} ${text}`, expected);
    });
  }
});

Deno.test("a fault for the first requests only", async () => {
  await using yahoo = await startFakeYahoo({
    now: NOW,
    years: 1,
    faults: { "A.SA": { fault: "ERR500", times: 1 }, "B.SA": "ERR503" },
  });
  const statuses = async (symbol: string) => {
    const seen: number[] = [];
    for (let i = 0; i < 3; i++) {
      const response = await fetchChart(yahoo, symbol);
      await response.body?.cancel();
      seen.push(response.status);
    }
    return seen;
  };
  assertEquals(await statuses("A.SA"), [500, 200, 200]);
  assertEquals(await statuses("B.SA"), [503, 503, 503]);
  assertEquals(await statuses("RTEXT-2X.SA"), [429, 429, 200]);
  // Followed by fetch: the second request is the good one.
  assertEquals(await statuses("REDIRECT-1X.SA"), [200, 200, 200]);
  assertEquals(yahoo.count("REDIRECT-1X.SA"), 4);
  yahoo.setFault("B.SA", undefined);
  yahoo.setFault("A.SA", { fault: "NOPE", times: 2 });
  assertEquals(await statuses("B.SA"), [200, 200, 200]);
  assertEquals(await statuses("A.SA"), [404, 404, 200]);
  await assertRejects(() => fetchChart(yahoo, "REDIRECT.SA"), TypeError);
});
