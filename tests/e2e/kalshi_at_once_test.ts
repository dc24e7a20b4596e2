import { assert, assertEquals } from "../assert.ts";
import { Scene } from "./kalshi_scene.ts";

/** Requests for pages that change the world, about as many as all processes need at first. */
const CHANGES = 60;

/** A world in which each of the first requests for a page trades a market, and some settle one. */
async function changing(): Promise<Scene> {
  let round = 0;
  const scene: Scene = await Scene.start({
    pageLimit: 10,
    events: 30,
    onRequest: ({ path }) => {
      if (path !== "/markets" || round >= CHANGES) return;
      round++;
      const open = scene.kalshi.markets.filter(({ status }) => status === "active");
      const traded = open[round * 7 % open.length];
      if (traded !== undefined) scene.kalshi.trade(traded.ticker);
      const settled = open[round * 11 % open.length];
      if (settled !== undefined && round % 4 === 0) {
        scene.kalshi.settle(settled.ticker, round % 8 === 0 ? "yes" : "no");
      }
    },
  });
  return scene;
}

async function runTogether(scene: Scene, parts: readonly (readonly string[])[]): Promise<void> {
  const runs = parts.map((args) => scene.start(args));
  try {
    for (const run of runs) {
      const { code, stderr } = await run.outcome();
      assertEquals(code, 0, stderr);
    }
  } finally {
    for (const run of runs) await run[Symbol.asyncDispose]();
  }
}

for (const processes of [2, 8]) {
  Deno.test(`${processes} processes at once, in a changing world: the same as one`, async () => {
    await using scene = await changing();
    const { space, kalshi } = scene;
    const [first = ""] = scene.tickers(({ status }) => status === "finalized");
    const last = scene.tickers(({ status }) => status === "active").at(-1) ?? "";
    const parts = [
      ["--dataset", "markets", "--status", "all"],
      ["--dataset", "settlements"],
      ["--dataset", "all"],
      ["--ticker", last, "--ticker", first],
      ["--dataset", "markets", "--series", "KXFED", "--status", "all"],
      ["--dataset", "settlements", "--series", "KXRAINRIO"],
      ["--dataset", "markets"],
      ["--dataset", "snapshots", "--series", "KXTOKYO"],
    ].slice(0, processes);
    await runTogether(scene, parts);
    // Some have changed behind the last page that had them: in a world that stands still, all is read.
    for (let left = CHANGES; left > 0 && kalshi.count("/markets") < CHANGES; left--) {
      await fetch(`${kalshi.url}/markets?limit=1`).then((answer) => answer.body?.cancel());
    }
    await runTogether(scene, parts);
    assertEquals(scene.count("ingest_logs", "status NOT IN ('success', 'skipped')"), 0);
    assertEquals(scene.count("ingest_logs", "error_code IS NOT NULL"), 0);
    scene.assertSound();
    scene.assertMarkets(scene.tickers(({ status }) => status !== "finalized"));

    const alone = `${space.path}/alone.db`;
    for (const args of parts) await scene.good(...args, "--db", alone);
    assertEquals(scene.state(), scene.state(alone));
    assert(scene.count("settlements") > 40);
  });
}
