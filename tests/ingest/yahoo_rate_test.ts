import { assert, assertEquals, assertHas, assertMatch } from "../assert.ts";
import { naming, Scene, tickersTo } from "../e2e/yahoo_scene.ts";

Deno.test("a service that wants an hour of silence is not asked by any further ticker", async () => {
  await using scene = await Scene.create({ retryAfterSeconds: 3600 });
  const tickers = tickersTo(20);
  scene.yahoo.setFault("T03.SA", "RTEXTSEC");
  const { code, report } = await scene.here([...naming(tickers), "--concurrency", "1"]);
  assertEquals(code, 3);
  assertEquals(scene.asked().map(({ symbol }) => symbol), ["T01.SA", "T02.SA", "T03.SA"]);
  assertEquals(report.totals.by_status, { success: 2, failed: 18 });
  for (const { ticker, error, requests } of report.tickers.slice(2)) {
    assertEquals([error?.code, requests], ["rate_limited", ticker === "T03.SA" ? 1 : 0]);
    const says = ticker === "T03.SA"
      ? /status 429: the service was asked too often and says "Too Many Requests" \(GET [^)]*\)$/
      : /^127\.0\.0\.1:\d+ refuses further requests and wants 3[56]\d\d s of silence$/;
    assertMatch(error?.message ?? "", says);
    assertMatch(error?.hint ?? "", /later/);
    // At once: what would not help is not tried again.
    const [log] = scene.space.logs(ticker ?? "");
    assertHas(log, { status: "failed", error_code: "rate_limited", attempts: 1 });
  }
});

Deno.test("the refusal of one ticker slows all: nothing is asked before the silence is over", async () => {
  await using scene = await Scene.create({ retryAfterSeconds: 2 });
  const tickers = tickersTo(6);
  scene.yahoo.setFault("T02.SA", { fault: "RJSONSEC", times: 1 });
  assertEquals((await scene.here([...naming(tickers), "--concurrency", "1"])).code, 0);
  const [first, refused, again, ...rest] = scene.asked();
  assertEquals([first, refused, again].map((each) => each?.symbol), ["T01.SA", "T02.SA", "T02.SA"]);
  assertEquals(rest.map(({ symbol }) => symbol), tickers.slice(2));
  // Both by the same clock, and the silence begins after the request has come.
  assert((again?.atMs ?? 0) - (refused?.atMs ?? 0) >= 2000);
  const [log] = scene.space.logs("T02.SA");
  assertHas(log, { status: "success", requests: 2, attempts: 2 });
});
