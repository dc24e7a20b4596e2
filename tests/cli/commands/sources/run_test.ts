import { assert, assertEquals, assertHas, assertMatch } from "../../../assert.ts";
import { startFakeYahoo } from "../../../fake/yahoo.ts";
import { SAMPLE } from "../../../e2e/program.ts";
import { Scene } from "../../../e2e/yahoo_scene.ts";

/** What `sources test --json` says. */
interface TestJson {
  readonly source: string;
  readonly ok: boolean;
  readonly target: string;
  readonly status: number | null;
  readonly latency_ms: number;
  readonly message: string;
  readonly hint: string | null;
}

/** The fake's clock is the machine's: a test asks for the last days by the program's own. */
function sceneOfToday(): Promise<Scene> {
  return Scene.create({ now: Date.now });
}

Deno.test("sources list: each source with what it delivers and needs", async () => {
  await using scene = await Scene.create();
  const table = await scene.program(["sources", "list"]);
  assertEquals([table.code, table.stderr], [0, ""]);
  for (const name of ["yahoo", "cotahist", "csv"]) {
    assertMatch(table.stdout, new RegExp(`^${name} `, "m"));
  }
  assertMatch(
    table.stdout,
    /^yahoo .*split-adjusted prices, dividends and splits.*YAHOO_BASE_URL/m,
  );
  assertMatch(table.stdout, /^csv .*raw prices.*--file PATH/m);
  assertMatch(
    table.stdout,
    /^kalshi .* {2}events, markets, settlements, snapshots {2,}the network; may be set: KALSHI_BASE_URL$/m,
  );
  assertEquals((await scene.program(["sources"])).stdout, table.stdout);
  const { stdout } = await scene.program(["sources", "list", "--json"]);
  const { sources } = JSON.parse(stdout) as { sources: Record<string, unknown>[] };
  const yahoo = sources.find(({ name }) => name === "yahoo");
  assertEquals([yahoo?.input, yahoo?.rate], ["network", { count: 60, per_seconds: 60 }]);
  assertEquals(yahoo?.environment, ["YAHOO_BASE_URL", "YAHOO_USER_AGENT", "YAHOO_COOKIE"]);
  assertEquals([yahoo?.datasets, (yahoo?.options as string[]).includes("rate")], [null, true]);
  const kalshi = sources.find(({ name }) => name === "kalshi");
  assertEquals(kalshi?.datasets, ["events", "markets", "settlements", "snapshots"]);
  assertEquals(kalshi?.rate, { count: 20, per_seconds: 1 });
  assertEquals(scene.asked().length, 0);
  assertEquals(scene.space.names(), []);
});

Deno.test("sources test yahoo makes one request, stores nothing, and says how it went", async () => {
  await using scene = await sceneOfToday();
  const good = await scene.program(["sources", "test", "yahoo"]);
  assertEquals([good.code, good.stderr], [0, ""]);
  const target = `${scene.yahoo.url}/v8/finance/chart/PETR4.SA`;
  const [first = "", second = ""] = good.stdout.split("\n");
  assertMatch(first, /^yahoo: ok, status 200, \d+ ms \(http.*\/v8\/finance\/chart\/PETR4\.SA\)$/);
  assertMatch(second, /^PETR4\.SA: [5-9] days, the last one 20\d\d-\d\d-\d\d$/);
  const json = await scene.program(["sources", "test", "yahoo", "--json", "--ticker", "vale3.sa"]);
  const tested = JSON.parse(json.stdout) as TestJson;
  assertEquals(json.code, 0);
  assertHas(tested, { source: "yahoo", ok: true, status: 200 });
  assertEquals(tested.target, target.replace("PETR4", "VALE3"));
  assert(tested.latency_ms >= 0);
  assertEquals(scene.asked().map(({ symbol }) => symbol), ["PETR4.SA", "VALE3.SA"]);
  assertEquals(scene.space.names(), []);
});

Deno.test("sources test yahoo tells an unknown ticker, a refusal, a stall and a dead service apart", async () => {
  await using scene = await sceneOfToday();
  const { url } = scene.yahoo;
  const dead = await startFakeYahoo();
  await dead[Symbol.asyncDispose]();
  const cases: readonly [string, Record<string, string>, number | null, RegExp, RegExp][] = [
    ["NOPE.SA", {}, 404, /does not know it.*symbol may be delisted/, /spelling/],
    ["RTEXTSEC.SA", {}, 429, /asked too often.*Too Many Requests/, /later/],
    ["ERR503.SA", {}, 503, /Will be right back/, /later/],
    ["CONSENT.SA", {}, 200, /consent/, /YAHOO_COOKIE/],
    ["STALL.SA", {}, null, /no whole answer within 1 s/, /--timeout/],
    ["PETR4.SA", { YAHOO_BASE_URL: dead.url }, null, /could not be reached/, /network/],
    ["PETR4.SA", { YAHOO_BASE_URL: `${url}/wrong` }, 404, /no such page/, /YAHOO_BASE_URL/],
  ];
  for (const [ticker, env, status, message, hint] of cases) {
    const args = ["sources", "test", "yahoo", "--ticker", ticker];
    args.push("--timeout", ticker === "STALL.SA" ? "1" : "100");
    const { code, stdout, stderr } = await scene.program([...args, "--json"], env);
    const tested = JSON.parse(stdout) as TestJson;
    assertEquals(code, 1, ticker);
    assertHas(tested, { ok: false, status }, ticker);
    assertMatch(tested.message, message);
    assertMatch(tested.hint ?? "", hint);
    assertMatch(stderr, message);
    assert(tested.target.endsWith(`/v8/finance/chart/${ticker}`), tested.target);
    if (ticker === "STALL.SA") continue;
    const person = await scene.program(args, env);
    assertEquals(person.code, 1);
    assertMatch(person.stdout, /^yahoo: not ok, (status \d+, )?\d+ ms \(http.*\)\n$/);
    assertMatch(person.stderr, /^Error: /);
    assertMatch(person.stderr, hint);
  }
  // Once each: a test does not insist.
  assertEquals(scene.yahoo.count("RTEXTSEC.SA"), 2);
  assertEquals(scene.space.names(), []);
});

Deno.test("a wrong YAHOO_BASE_URL is not taken for tickers that nobody knows", async () => {
  await using scene = await Scene.create();
  const wrong = { env: { YAHOO_BASE_URL: `${scene.yahoo.url}/wrong` } };
  await scene.good(["--ticker", "PETR4.SA"]);
  const { code, report } = await scene.run(["--all"], wrong);
  assertEquals([code, report.tickers[0]?.error?.code], [1, "not_found"]);
  assertMatch(report.tickers[0]?.error?.hint ?? "", /YAHOO_BASE_URL/);
  // Otherwise it would be left alone for a day.
  assertEquals((await scene.good(["--all"])).report.totals.by_status, { success: 1 });
});

Deno.test("sources test of a file source reads the file", async () => {
  await using scene = await Scene.create();
  const csv = scene.space.write("a.csv", "date,close\n2024-01-02,1\n");
  const test = (...args: string[]) => scene.program(["sources", "test", ...args]);
  const good = await test("csv", "--file", csv, "--ticker", "PETR4.SA", "--json");
  assertEquals([good.code, (JSON.parse(good.stdout) as TestJson).ok], [0, true], good.stderr);
  const sample = await test("cotahist", "--file", SAMPLE);
  assertEquals([sample.code, sample.stderr], [0, ""]);
  assertMatch(sample.stdout, /^cotahist: ok, \d+ ms .*\n.*8 tickers/);
  const bad = await test("csv", "--file", SAMPLE);
  assertEquals(bad.code, 1);
  assertMatch(bad.stderr, /^Error: /);
  const missing = await test("csv", "--file", `${csv}.gone`, "--json");
  const tested = JSON.parse(missing.stdout) as TestJson;
  assertEquals(missing.code, 1);
  assertHas(tested, { ok: false, status: null });
  assertMatch(tested.message, /a\.csv\.gone/);
});
