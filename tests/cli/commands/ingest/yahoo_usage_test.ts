import { assertEquals, assertHas, assertMatch } from "../../../assert.ts";
import { naming, Scene, tickersTo } from "../../../e2e/yahoo_scene.ts";
import { inSpace } from "../../in_process.ts";

const PETR4 = ["--ticker", "PETR4.SA"];

/** Arguments, variables, and what `Error:` and `Try:` say. */
const BAD:
  readonly (readonly [readonly string[], Readonly<Record<string, string>>, RegExp, RegExp])[] = [
    [[], {}, /no ticker given/, /--tickers-file/],
    [[...PETR4, "--rate", "fast"], {}, /--rate "fast": is not a rate/, /60\/min/],
    [[...PETR4, "--rate", "0/s"], {}, /--rate "0\/s"/, /60\/min/],
    [[...PETR4, "--rate", "-1/s"], {}, /--rate "-1\/s"/, /60\/min/],
    [[...PETR4, "--rate", "5/fortnight"], {}, /--rate "5\/fortnight"/, /60\/min/],
    [[...PETR4, "--rate="], {}, /--rate needs a value/, /--rate N\/UNIT/],
    [[...PETR4, "--concurrency", "0"], {}, /--concurrency "0"/, /--concurrency/],
    [[...PETR4, "--concurrency", "1.5"], {}, /--concurrency "1\.5"/, /--concurrency/],
    [[...PETR4, "--concurrency", "257"], {}, /--concurrency "257": is more than 256/, /16/],
    [[...PETR4, "--timeout", "0"], {}, /--timeout "0"/, /--timeout 10/],
    [[...PETR4, "--timeout", "infinity"], {}, /--timeout "infinity"/, /--timeout 10/],
    [[...PETR4, "--timeout", "ten"], {}, /--timeout "ten"/, /seconds/],
    [[...PETR4, "--attempts", "0"], {}, /--attempts "0"/, /--attempts/],
    [[...PETR4, "--attempts", "two"], {}, /--attempts "two"/, /--attempts/],
    [[...PETR4, "--deadline", "0"], {}, /--deadline "0"/, /--deadline/],
    [[...PETR4, "--deadline", "100000"], {}, /--deadline "100000"/, /--deadline/],
    [[...PETR4, "--save-raw", ""], {}, /--save-raw needs a value/, /--save-raw DIR/],
    [[...PETR4, "--tickers-file", ""], {}, /--tickers-file needs a value/, /--tickers-file PATH/],
    [[...PETR4, "--all"], {}, /--all and --ticker exclude each other/, /Leave one/],
    [
      [...PETR4, "--file", "x.csv"],
      {},
      /source yahoo does not use --file/,
      /--source cotahist or csv/,
    ],
    [[...PETR4, "--from", "2024-13-01"], {}, /--from "2024-13-01"/, /YYYY-MM-DD/],
    [PETR4, { YAHOO_BASE_URL: "query2.example.com" }, /YAHOO_BASE_URL/, /YAHOO_BASE_URL=https/],
    [
      PETR4,
      { YAHOO_BASE_URL: "ftp://example.com/" },
      /YAHOO_BASE_URL: the value is no http/,
      /https/,
    ],
    [PETR4, { YAHOO_COOKIE: "a=b\nc: d" }, /YAHOO_COOKIE cannot be sent/, /ASCII/],
  ];

Deno.test("bad values are refused by name with a remedy: exit 2, nothing made, nothing asked", async () => {
  await using scene = await Scene.create();
  for (const [args, env, error, hint] of BAD) {
    const { code, stdout, stderr } = await inSpace(scene.space, ["ingest", ...args], {
      env: { YAHOO_BASE_URL: scene.yahoo.url, ...env },
    });
    const what = `${args.join(" ")} ${JSON.stringify(env)}: ${stderr}`;
    assertEquals([code, stdout], [2, ""], what);
    assertMatch(stderr, error, what);
    assertMatch(stderr, hint, what);
  }
  assertEquals([scene.space.names(), scene.asked()], [[], []]);
});

Deno.test("--dry-run asks, and writes nothing", async () => {
  await using scene = await Scene.create();
  const { space, yahoo } = scene;
  const dry = [...naming(tickersTo(3)), "--dry-run"];
  const first = await scene.here(dry);
  assertHas(first, { code: 0, stderr: "" });
  assertEquals(first.report.dry_run, true);
  assertEquals(first.report.totals.by_status, { dry_run: 3 });
  assertEquals(first.report.totals.rows_inserted, first.report.totals.rows_fetched);
  assertEquals([scene.asked().length, space.names()], [3, ["locks"]]);

  await scene.good(["--ticker", "T01.SA"]);
  const before = [space.prices(), scene.actions("T01.SA")];
  yahoo.addSplit("T01.SA", "2024-06-05", 2, 1);
  yahoo.setToday("2024-06-05");
  const { code, report } = await scene.here(["--ticker", "T01.SA", "--dry-run"]);
  assertEquals(code, 0);
  assertEquals([space.prices(), scene.actions("T01.SA")], before);
  const [result] = report.tickers;
  assertHas(result, { requests: 2, rows_inserted: 1, rows_updated: space.prices().length });
  const [, log] = space.logs("T01.SA");
  assertHas(log, { status: "dry_run", requests: 2, rows_inserted: 1 });
  // It has not become the state of things: the real run does the same.
  const real = await scene.good(["--ticker", "T01.SA"]);
  assertEquals(real.report.tickers[0]?.requests, 2);
  await scene.assertSame("T01.SA");
});

Deno.test("YAHOO_USER_AGENT and YAHOO_COOKIE are what is sent", async () => {
  await using scene = await Scene.create();
  const env = { YAHOO_USER_AGENT: "Mozilla/9 (tests)", YAHOO_COOKIE: "A=1; B=2" };
  assertEquals((await scene.ingest(PETR4, { env })).code, 0);
  const [{ headers } = { headers: new Headers() }] = scene.yahoo.requests;
  assertEquals([headers.get("user-agent"), headers.get("cookie")], Object.values(env));
});
