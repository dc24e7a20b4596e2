import { out } from "../../src/cli/output/streams.ts";
import { assert } from "../assert.ts";
import { KillStorm } from "./kill_storm.ts";
import { Workspace } from "./workspace.ts";

/** `deno task test:kill` sets it to 1,000. */
const KILLS = Number(Deno.env.get("TICKERLOCK_TEST_KILLS") ?? 25);
const SEED = Number(Deno.env.get("TICKERLOCK_TEST_SEED") ?? 1);

Deno.test(`${KILLS} kills over several writers (seed ${SEED}): nothing half, nothing lost`, async () => {
  await using space = await Workspace.create();
  const report = await new KillStorm(space, { kills: KILLS, seed: SEED }).run();
  assert(report.kills >= KILLS);
  if (KILLS > 100) out(`${JSON.stringify(report)}\n`);
});
