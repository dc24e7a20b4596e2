import { assert, assertEquals, assertHas, assertMatch } from "../assert.ts";
import { CollectSpace } from "./collect_tools.ts";
import { tickersTo } from "./yahoo_scene.ts";

/** Far away: only the initial sync counts here. */
const every = "10h";

Deno.test("an hour of silence that one task was told of counts for the next one", async () => {
  await using live = await CollectSpace.create({ retryAfterSeconds: 3600 });
  live.configure([
    { name: "refused", every, tickers: ["RTEXTSEC.SA"] },
    { name: "next", every, tickers: ["PETR4.SA"] },
  ]);
  await using running = live.start(["--once"]);
  const { code, stderr } = await running.outcome();
  assertEquals(code, 1, stderr);
  assertEquals(live.yahoo.requests.map(({ symbol }) => symbol), ["RTEXTSEC.SA"]);
  const [first, second] = live.space.logs();
  assertEquals([first?.error_code, first?.requests], ["rate_limited", 1]);
  assertHas(second, { ticker: "PETR4.SA", error_code: "rate_limited", requests: 0 });
  assertMatch(second?.error_message ?? "", /wants 3[56]\d\d s of silence$/);
});

Deno.test("two tasks of 5 requests a second together make no more than that", async () => {
  await using live = await CollectSpace.create({ years: 0.1 });
  // As many each as may begin at once.
  const [a, b] = [tickersTo(10).slice(0, 5), tickersTo(10).slice(5)];
  const common = { every, rate: "5/s", concurrency: 1 };
  live.configure([
    { name: "a", tickers: a, ...common },
    { name: "b", tickers: b, ...common },
  ]);
  await using running = live.start(["--once"]);
  const { code, stderr } = await running.outcome();
  assertEquals(code, 0, stderr);
  assertEquals(live.yahoo.requests.map(({ symbol }) => symbol), tickersTo(10));
  const at = live.yahoo.requests.map(({ atMs }) => atMs);
  // The fake sees when a request comes, not when it begins. One at a time, it begins after the one
  // before has come: so request i + 6 comes a second after request i at the least, on any machine.
  for (let i = 0; i + 6 < at.length; i++) {
    assert((at[i + 6] ?? 0) - (at[i] ?? 0) >= 1000, `requests ${i} to ${i + 6}: ${at}`);
  }
});
