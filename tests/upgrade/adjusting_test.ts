import { assertEquals } from "../assert.ts";
import { startFakeB3 } from "../fake/b3.ts";
import { assertAdjustedAgain } from "./adjusting.ts";
import { OldWorld } from "./old_world.ts";

Deno.test("days of 0.1.0 are adjusted when their file is ingested again", async () => {
  await using world = await OldWorld.create();
  await assertAdjustedAgain(world, "data/tickerlock.db");
});

Deno.test("events that a step back has dropped are asked for again", async () => {
  await using world = await OldWorld.create();
  await using b3 = await startFakeB3();
  const ingest = async () => {
    const args = ["ingest", "--source", "b3-actions", "--rate", "none", "PETR4.SA", "--json"];
    return JSON.parse(await world.ends(0, args, { B3_BASE_URL: b3.url })).tickers[0].status;
  };
  assertEquals([await ingest(), await ingest()], ["success", "skipped"]);
  await world.ends(0, ["db", "migrate", "--to", "8"]);
  await world.ends(0, ["db", "migrate"]);
  assertEquals([await ingest(), await ingest()], ["success", "skipped"]);
  assertEquals(world.tables().get("corporate_events")?.size, 5);
});
