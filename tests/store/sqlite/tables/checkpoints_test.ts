import * as fc from "fast-check";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import {
  readCheckpoint,
  writeCheckpoint,
} from "../../../../src/store/sqlite/tables/checkpoints.ts";
import { assertEquals } from "../../../assert.ts";

Deno.test("each question about a dataset has its own checkpoint, the newest one", async () => {
  using db = await Database.open(":memory:");
  const write = (query: string, text: string) =>
    db.transaction("note in", () => writeCheckpoint(db, "kalshi", "D", query, text, "2026"));
  const read = (query: string, name = "D", source = "kalshi") =>
    readCheckpoint(db, source, name, query);
  assertEquals(read("a"), null);
  await write("a", "1");
  await write("b", "2");
  await write("a", "3");
  assertEquals([read("a"), read("b"), read("")], ["3", "2", null]);
  assertEquals([read("a", "E"), read("a", "D", "other")], [null, null]);
  assertEquals(db.get("SELECT count(*) AS rows FROM sync_state")?.rows, 2);
});

Deno.test("property: the source's own words come back as they were", async () => {
  using db = await Database.open(":memory:");
  await fc.assert(fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.string(), async (a, b) => {
    await db.transaction("note in", () => writeCheckpoint(db, "kalshi", "D", b, a, "2026"));
    assertEquals(readCheckpoint(db, "kalshi", "D", b), a);
  }));
});
