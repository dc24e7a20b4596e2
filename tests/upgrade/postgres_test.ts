import { assertEquals } from "../assert.ts";
import { newUrl } from "../store/postgres/places.ts";
import { assertAdjustedAgain } from "./adjusting.ts";
import { assertKept, OldWorld, readTables } from "./old_world.ts";

Deno.test("a database of 0.1.0 is copied to a server and back without a loss", async () => {
  await using world = await OldWorld.create();
  const before = world.tables();
  const url = await newUrl();
  const env = { PGPASSWORD: Deno.env.get("PGPASSWORD") ?? "" };
  const refused = await world.run(["db", "copy", "data/tickerlock.db", url], { env });
  assertEquals([refused.code, /tickerlock db migrate/.test(refused.stderr)], [1, true]);
  await world.ends(0, ["db", "migrate"]);
  await world.ends(0, ["db", "copy", "data/tickerlock.db", url], env);
  await world.ends(0, ["db", "copy", url, "back.db"], env);
  before.delete("schema_migrations");
  assertKept(before, readTables(`${world.path}/back.db`));
});

Deno.test("days of 0.1.0 on a server are adjusted when their file is ingested again", async () => {
  await using world = await OldWorld.create();
  const env = { PGPASSWORD: Deno.env.get("PGPASSWORD") ?? "" };
  await assertAdjustedAgain(world, await newUrl(), env);
});
