import { assertEquals, assertMatch } from "../assert.ts";
import { Scene } from "../e2e/kalshi_scene.ts";

const isOpen = ({ status }: Readonly<Record<string, unknown>>) => status === "active";

function settlement(scene: Scene, ticker: string): unknown {
  return scene.space.value(
    `SELECT result || ' ' || settlement_value_dollars FROM settlements WHERE ticker = '${ticker}'`,
  );
}

Deno.test("a market by its ticker, with its event, its settlement or a snapshot", async () => {
  await using scene = await Scene.start();
  const { kalshi } = scene;
  const [open = "", yes = "", no = "", half = "", archived = ""] = scene.tickers(isOpen);
  kalshi.settle(yes, "yes");
  kalshi.settle(no, "no");
  kalshi.settle(half, "scalar", "0.5000");
  const all = [open, yes, no, half, archived];
  const args = all.flatMap((each) => ["--ticker", each.toLowerCase()]);
  await scene.good(...args);
  assertEquals(scene.stored("markets"), [...all].sort());
  scene.assertMarkets(all);
  assertEquals(
    [yes, no, half, open].map((each) => settlement(scene, each)),
    ["yes 1.0000", "no 0.0000", "scalar 0.5000", undefined],
  );
  assertEquals(scene.stored("price_snapshots"), [open, archived].sort());
  assertEquals(scene.count("events", "is_placeholder = 1"), 0);

  // Past the cutoff it is in the archive only.
  kalshi.settleAndArchive(archived, "yes");
  await scene.good("--ticker", archived);
  assertEquals(settlement(scene, archived), "yes 1.0000");
  scene.assertMarkets([archived]);
  assertEquals(scene.last(archived).status, "success");
  scene.assertSound();
});

Deno.test("--dataset with --ticker: only that of it", async () => {
  await using scene = await Scene.start();
  const [ticker = ""] = scene.tickers(isOpen);
  const tables = ["events", "markets", "settlements", "price_snapshots"];
  const counts = () => tables.map((table) => scene.count(table));
  await scene.good("--ticker", ticker, "--dataset", "settlements");
  assertEquals(counts(), [0, 0, 0, 0]);
  await scene.good("--ticker", ticker, "--dataset", "events");
  assertEquals(counts(), [1, 0, 0, 0]);
  await scene.good("--ticker", ticker, "--dataset", "snapshots");
  assertEquals(counts(), [1, 1, 0, 1]);
});

Deno.test("a market that is so new that it is not there for a moment is asked for again", async () => {
  await using scene = await Scene.start();
  const [ticker = ""] = scene.tickers(isOpen);
  for (const route of ["/markets", "/historical/markets"] as const) {
    scene.kalshi.addFault({ fault: "fresh-404", route, ticker, times: 1 });
  }
  const { code, stderr } = await scene.here(["--ticker", ticker, "--dataset", "markets"]);
  assertEquals(code, 0);
  assertMatch(stderr, /retry 2 of \d in [\d.]+ m?s: .* the service has no such market/);
  scene.assertMarkets([ticker]);
  assertEquals(scene.kalshi.count("/markets"), 2);
  assertEquals(scene.last(ticker).attempts, 2);
});

Deno.test("one that nobody knows fails alone; an event that nobody knows is a placeholder", async () => {
  await using scene = await Scene.start();
  scene.kalshi.addMarket({ ticker: "ORPHAN-1-T", event_ticker: "ORPHAN-1" });
  const args = ["--ticker", "NOPE", "--ticker", "ORPHAN-1-T", "--attempts", "1"];
  const { code, report } = await scene.here(args);
  assertEquals(code, 3);
  const { error } = report.tickers.find((each) => each.ticker === "NOPE") ?? {};
  assertMatch(error?.message ?? "", /NOPE: the service has no such market/);
  assertEquals(
    [scene.last("NOPE").status, scene.last("NOPE").error_code],
    ["failed", "ticker_unknown"],
  );
  assertEquals(scene.stored("markets"), ["ORPHAN-1-T"]);
  assertEquals(scene.count("events", "is_placeholder = 1"), 1);
  assertEquals((await scene.here(["--ticker", "NOPE", "--attempts", "1"])).code, 1);
});
