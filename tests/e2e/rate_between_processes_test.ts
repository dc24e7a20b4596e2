import { assert, assertEquals } from "../assert.ts";
import { testNeeding } from "../system.ts";
import { naming, Scene, tickersTo } from "./yahoo_scene.ts";
import { waitFor } from "./wait_for.ts";

/** As cron starts them: several lists at once, each of which may ask five times a second. */
const RATE = ["--rate", "5/s", "--concurrency", "1"];

Deno.test("three processes of 5 requests a second make no more than that together", async () => {
  await using scene = await Scene.create({ years: 0.1 });
  const tickers = tickersTo(15);
  await using _others = new AsyncDisposableStack();
  const running = [0, 5, 10].map((from) =>
    _others.use(scene.start([...naming(tickers.slice(from, from + 5)), ...RATE]))
  );
  for (const each of running) {
    const { code, stderr } = await each.outcome();
    assertEquals(code, 0, stderr);
  }
  const at = scene.asked().map(({ atMs }) => atMs);
  assertEquals(at.length, 15);
  // The fake sees when a request comes, not when it begins. One at a time in each process, three that
  // have begun can be on their way: so request i + 8 comes a second after request i at the least, on any
  // machine. Moments are written down in whole milliseconds.
  for (let i = 0; i + 8 < at.length; i++) {
    assert((at[i + 8] ?? 0) - (at[i] ?? 0) >= 999, `requests ${i} to ${i + 8}: ${at}`);
  }
});

testNeeding(
  "signals",
  "a process that is killed while it waits leaves the others their turns",
  async () => {
    await using scene = await Scene.create({ years: 0.1 });
    const slow = ["--rate", "1/2s", "--concurrency", "1"];
    const [first = "", ...others] = tickersTo(4);
    await using dead = scene.start([...naming(others), ...slow]);
    await waitFor("a request", () => scene.asked().length === 1);
    dead.kill("SIGKILL");
    await dead.outcome();
    const { code, stderr } = await scene.start([...naming([first]), ...slow]).outcome();
    assertEquals([code, stderr], [0, ""]);
    assertEquals(scene.asked().map(({ symbol }) => symbol), [others[0], first]);
  },
);

Deno.test("an hour of silence that one process was told of counts for the next one", async () => {
  await using scene = await Scene.create({ retryAfterSeconds: 3600 });
  const refused = await scene.start(["RTEXTSEC.SA"]).outcome();
  assertEquals(refused.code, 1);
  const next = await scene.start(["PETR4.SA"]).outcome();
  assertEquals(next.code, 1);
  const [log] = scene.space.logs("PETR4.SA");
  assertEquals([log?.error_code, log?.requests], ["rate_limited", 0]);
});
