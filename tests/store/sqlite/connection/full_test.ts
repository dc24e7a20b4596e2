import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { assert, assertEquals, assertHas, assertRejects } from "../../../assert.ts";
import { addPrices, fill, filled } from "../filled.ts";
import { test } from "../leaks.ts";
import { daysOf } from "../../rows.ts";

/** Days of a ticker that does not fit into the pages that are left. */
const TOO_MANY = daysOf(3000);

async function allow(db: Database, more: number): Promise<void> {
  const pages = Number(db.get("PRAGMA page_count")?.page_count);
  await db.transaction("limit", () => db.get(`PRAGMA max_page_count = ${pages + more}`));
}

filled.test("a database that is full in the middle of a write rolls back, says so, and is sound", async ({ path }) => {
  using db = await Database.open(path);
  await allow(db, 4);
  const error = await assertRejects(() => addPrices(db, "BBAS3.SA", TOO_MANY), StoreError);
  assertHas(error, { code: "db_full", retryable: true });
  assertEquals(error.details.result_code, 13);
  assert(error.hint?.includes("nothing was half-written"), error.hint);
  assertEquals(db.get("SELECT count(*) AS n FROM prices")?.n, 40);
  assertEquals(db.get("SELECT count(*) AS n FROM ingest_logs")?.n, 2);
  // What fits is written; with more space, so is the rest.
  await addPrices(db, "ITUB4.SA", daysOf(3));
  await allow(db, 1000);
  await addPrices(db, "BBAS3.SA", TOO_MANY);
  assertEquals(db.get("SELECT count(*) AS n FROM prices")?.n, 43 + TOO_MANY.length);
  assertEquals(db.get("PRAGMA integrity_check")?.integrity_check, "ok");
});

test("wherever the space ends, all of a transaction is written or none of it", async ({ path }) => {
  let refused = 0;
  for (let more = 1; more < 20; more += 3) {
    await Deno.remove(path).catch(() => {});
    await fill(path);
    {
      using db = await Database.open(path);
      await allow(db, more);
      try {
        await addPrices(db, "BBAS3.SA", daysOf(900));
      } catch (error) {
        assert(error instanceof StoreError && error.code === "db_full", String(error));
        refused++;
      }
    }
    using db = new DatabaseSync(path, { readOnly: true });
    const sql = "SELECT count(*) AS rows, (SELECT count(*) FROM ingest_logs) AS runs FROM prices";
    const { rows, runs } = db.prepare(sql).get() ?? {};
    assert((rows === 40 && runs === 2) || (rows === 940 && runs === 3), `${more}: ${rows}`);
  }
  assert(refused > 0 && refused < 7, `${refused} of 7 were refused`);
});
