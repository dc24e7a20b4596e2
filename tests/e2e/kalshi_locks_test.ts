import { assert, assertEquals, assertHas, assertMatch } from "../assert.ts";
import { gateBefore, Scene } from "./kalshi_scene.ts";
import { assertAllFree, untilWaitingInKernel } from "./lock_tools.ts";

const MARKETS = ["--dataset", "markets"];
const isOpen = ({ status }: Readonly<Record<string, unknown>>) => status === "active";

Deno.test("exit mode: a dataset that is locked is left out, the others go in", async () => {
  await using scene = await Scene.start();
  using _held = scene.space.hold("KALSHI.MARKETS");
  const { code, stdout } = await scene.run(["--on-locked", "exit"]);
  assertEquals(code, 75);
  assertMatch(stdout, /^KALSHI\.MARKETS +lock_busy +busy /m);
  const row = scene.last("KALSHI.MARKETS");
  assertHas(row, {
    status: "lock_busy",
    lock_action: "busy",
    error_code: "lock_busy",
    rows_inserted: 0,
  });
  assertEquals(scene.count("ingest_logs", "status = 'success'"), 3);
  assert(scene.count("settlements") > 0);
});

Deno.test("a lock that is not obtained in time: lock_timeout, 75", async () => {
  await using scene = await Scene.start();
  using _held = scene.space.hold("KALSHI.EVENTS");
  const { code } = await scene.run(["--dataset", "events", "--lock-timeout", "0.05"]);
  assertEquals(code, 75);
  const row = scene.last("KALSHI.EVENTS");
  assertEquals([row.status, row.lock_action], ["lock_timeout", "timed_out"]);
  assertEquals(scene.kalshi.requests.length, 0);
});

Deno.test("two that ask the same: the second waits, and says skipped", async () => {
  const gate = gateBefore("/markets", 1);
  await using scene = await Scene.start({ onRequest: gate.onRequest! });
  await using first = scene.start(MARKETS);
  await gate.came;
  await using second = scene.start([...MARKETS, "--json"]);
  await second.says("waiting for KALSHI.MARKETS");
  await untilWaitingInKernel(second.pid);
  gate.open();
  assertEquals((await first.outcome()).code, 0);
  const { code, stdout } = await second.outcome();
  assertEquals(code, 0);
  const [result] = JSON.parse(stdout).tickers;
  assertEquals([result.status, result.lock_action], ["skipped", "waited"]);
  assertEquals(scene.kalshi.count("/markets"), 1);
  const row = scene.last("KALSHI.MARKETS");
  assertHas(row, { status: "skipped", lock_action: "waited", query: "dataset=markets" });
  await assertAllFree(scene.space);
});

Deno.test("one that asks something else waits, and then asks it", async () => {
  const gate = gateBefore("/markets", 1);
  await using scene = await Scene.start({ onRequest: gate.onRequest! });
  await using first = scene.start([...MARKETS, "--series", "KXFED"]);
  await gate.came;
  await using second = scene.start([...MARKETS, "--series", "KXRAINRIO"]);
  await second.says("waiting for KALSHI.MARKETS");
  gate.open();
  assertEquals([(await first.outcome()).code, (await second.outcome()).code], [0, 0]);
  assertEquals(
    scene.space.logs("KALSHI.MARKETS").map(({ status }) => status),
    ["success", "success"],
  );
  assertEquals(
    scene.stored("markets"),
    scene.tickers((row) => isOpen(row) && /^KX(FED|RAINRIO)-/.test(String(row.ticker))),
  );
});

Deno.test("a market by its ticker locks that, and waits for no dataset", async () => {
  await using scene = await Scene.start();
  const [first = "", second = ""] = scene.tickers(isOpen);
  using _markets = scene.space.hold("KALSHI.MARKETS");
  using _second = scene.space.hold(second);
  const args = ["--ticker", first, "--ticker", second, "--on-locked", "exit"];
  assertEquals((await scene.run(args)).code, 75);
  assertEquals(scene.stored("markets"), [first]);
  assertEquals([scene.last(first).status, scene.last(second).status], ["success", "lock_busy"]);
});
