import { assertEquals, assertHas } from "../../../assert.ts";
import { naming, Scene, tickersTo } from "../../../e2e/yahoo_scene.ts";

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
  assertEquals((await scene.ingest(["--ticker", "PETR4.SA"], { env })).code, 0);
  const [{ headers } = { headers: new Headers() }] = scene.yahoo.requests;
  assertEquals([headers.get("user-agent"), headers.get("cookie")], Object.values(env));
});
