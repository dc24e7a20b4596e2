import { SourceError } from "../../../src/base/errors.ts";
import type { Batch, FetchPlan } from "../../../src/sources/source.ts";
import type { StoredState } from "../../../src/model/prices.ts";
import type { NetworkOptions } from "../../../src/sources/network.ts";
import { yahoo } from "../../../src/sources/yahoo/source.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { type FakeYahoo, type FakeYahooOptions, startFakeYahoo } from "../../fake/yahoo.ts";
import { NOW } from "../../fake/yahoo_client.ts";

const T = "PETR4.SA";
const NOTHING: StoredState = { firstDate: null, lastDate: null, askedFrom: null, actions: [] };
const FULL: FetchPlan = { kind: "full", from: null, to: "2026-09-18" };

interface Fetching {
  readonly plan?: FetchPlan;
  readonly stored?: Partial<StoredState>;
  readonly network?: NetworkOptions;
  readonly ticker?: string;
  readonly signal?: AbortSignal;
}

/** What one ticker's fetch delivers, and what was told meanwhile. */
async function fetched(fake: FakeYahoo, fetching: Fetching = {}) {
  const { ticker = T, plan = FULL, stored = {}, network = {} } = fetching;
  await using run = await yahoo.open({
    files: [],
    tickers: [ticker],
    from: null,
    to: null,
    signal: fetching.signal ?? new AbortController().signal,
    network: { baseUrl: fake.url, rate: null, backoffMs: 0, ...network },
  });
  const batches: Batch[] = [];
  const told: string[] = [];
  const all = run.fetch(ticker, {
    plan,
    stored: { ...NOTHING, ...stored },
    onRequest: () => told.push("request"),
    onRetry: (why) => told.push(why instanceof SourceError ? why.code : String(why)),
    onAnswer: ({ status }) => {
      told.push(String(status));
      return Promise.resolve();
    },
  });
  try {
    for await (const batch of all) batches.push(batch);
    return { batches, told, error: undefined, pausedMs: run.wait?.ms ?? 0 };
  } catch (error) {
    assert(error instanceof SourceError);
    return { batches, told, error, pausedMs: run.wait?.ms ?? 0 };
  }
}

const fakeOf = (over: FakeYahooOptions = {}) => startFakeYahoo({ now: NOW, years: 2, ...over });

Deno.test("the days of the plan are asked for with one more on either side, and no more delivered", async () => {
  await using fake = await fakeOf();
  const plan: FetchPlan = { kind: "window", from: "2026-08-03", to: "2026-08-07" };
  const { batches, told } = await fetched(fake, { plan });
  assertEquals(batches.map(({ prices }) => prices.map(({ date }) => date)), [
    ["2026-08-03", "2026-08-04", "2026-08-05", "2026-08-06", "2026-08-07"],
  ]);
  assertEquals(told, ["request", "200"]);
  const [{ period1, period2 } = { period1: 0, period2: 0 }] = fake.requests;
  assertEquals([period1, period2], [
    Date.parse("2026-08-02T00:00:00Z") / 1000,
    Date.parse("2026-08-09T00:00:00Z") / 1000,
  ]);
  assert(/^[0-9a-f]{64}$/.test(batches[0]?.payloadSha256 ?? ""));
});

Deno.test("the first and the last day of the calendar can be asked for", async () => {
  await using fake = await fakeOf();
  const edges: [string | null, string, number, number][] = [
    [null, "9999-12-31", -2_208_988_800, 253_402_387_200],
    ["0000-01-01", "9999-12-31", -2_208_988_800, 253_402_387_200],
    ["1970-01-01", "1970-01-01", -86_400, 172_800],
  ];
  for (const [from, to, first, last] of edges) {
    await fetched(fake, { plan: { kind: "window", from, to } });
    const asked = fake.requests.at(-1);
    assertEquals([asked?.period1, asked?.period2], [first, last]);
  }
});

Deno.test("a split in an answer that has all that is stored needs no second request", async () => {
  await using fake = await fakeOf();
  fake.addSplit(T, "2026-09-16", 4, 1);
  const stored = { firstDate: "2026-01-05", lastDate: "2026-09-15", askedFrom: "" };
  const { told, batches } = await fetched(fake, { stored });
  assertEquals([told, batches.map(({ restated }) => restated)], [["request", "200"], ["split"]]);
});

Deno.test("what may pass is tried again and told of, what may not is not", async () => {
  await using fake = await fakeOf();
  const passed = await fetched(fake, { ticker: "ERR500-2X.SA" });
  assertEquals(passed.told, [
    ...["request", "500", "service_failed"],
    ...["request", "500", "service_failed"],
    ...["request", "200"],
  ]);
  assertEquals(passed.batches.length, 1);
  const gone = await fetched(fake, { ticker: "ERR500.SA", network: { attempts: 2 } });
  assertEquals([gone.error?.code, fake.count("ERR500.SA")], ["service_failed", 2]);
  assertStringIncludes(gone.error?.message ?? "", "(tried 2 times)");
  const unknown = await fetched(fake, { ticker: "NOPE.SA" });
  assertEquals([unknown.error?.code, unknown.told], ["ticker_unknown", ["request", "404"]]);
});

Deno.test("silence beyond the deadline is not waited for, and no request is made in vain", async () => {
  await using fake = await fakeOf({ retryAfterSeconds: 3600 });
  const { error, told, pausedMs } = await fetched(fake, { ticker: "RTEXTSEC.SA" });
  assertEquals([error?.code, error?.retryable], ["rate_limited", true]);
  // The service's own words, and no word of a further try.
  assertStringIncludes(error?.message ?? "", "Too Many Requests");
  assertEquals([told, fake.count("RTEXTSEC.SA")], [["request", "429"], 1]);
  assert(pausedMs > 3_500_000 && pausedMs <= 3_600_000);
});

Deno.test("an unknown zone is a warning, and the days are right all the same", async () => {
  await using fake = await fakeOf();
  const { batches } = await fetched(fake, { ticker: "BADZONE.SA" });
  const good = await fetched(fake);
  assertEquals(
    batches[0]?.prices.map(({ date }) => date),
    good.batches[0]?.prices.map(({ date }) => date),
  );
  assertEquals(batches[0]?.warnings?.length, 1);
  assertStringIncludes(batches[0]?.warnings?.[0] ?? "", 'BADZONE.SA: the time zone "Mars/Olympus');
});

Deno.test("a test of the source says what it found, and never throws", async () => {
  await using fake = await fakeOf({ now: Date.now() });
  const signal = new AbortController().signal;
  const network = { baseUrl: `${fake.url}/`, timeoutSeconds: 5 };
  const good = await yahoo.test({ files: [], network, signal });
  assertEquals([good.ok, good.status], [true, 200]);
  assertEquals(good.target, `${fake.url}/v8/finance/chart/PETR4.SA`);
  const bad = await yahoo.test({ files: [], network, signal, ticker: "ERR503.SA" });
  assertEquals([bad.ok, bad.status, fake.count("ERR503.SA")], [false, 503, 1]);
  assertStringIncludes(bad.message, "Will be right back");
  const none = await yahoo.test({ files: [], network: { baseUrl: "user:secret@h" }, signal });
  assertEquals([none.ok, none.status], [false, null]);
  assert(!JSON.stringify(none).includes("secret"));
});
