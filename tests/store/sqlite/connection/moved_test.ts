import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { assertEquals, assertHas, assertRejects, assertStringIncludes } from "../../../assert.ts";
import { addPrices, fill, namesIn } from "../filled.ts";
import { daysOf } from "../../rows.ts";
import { needing, test } from "../leaks.ts";

const openFiles = needing("openFiles");

function rowsIn(path: string): unknown {
  using db = new DatabaseSync(path, { readOnly: true });
  return db.prepare("SELECT count(*) AS n FROM prices").get()?.n;
}

const FILES = ["", "-wal", "-shm"];

// Each with the write-ahead log, which is a part of the database.
const WAYS: Readonly<Record<string, (path: string) => Promise<void>>> = {
  removed: async (path) => {
    for (const suffix of FILES) await Deno.remove(path + suffix);
  },
  moved: async (path) => {
    for (const suffix of FILES) await Deno.rename(path + suffix, `${path}.elsewhere${suffix}`);
  },
  replaced: async (path) => {
    await fill(`${path}.new`, { "ABEV3.SA": daysOf(7) });
    for (const suffix of FILES.slice(1)) await Deno.remove(path + suffix);
    await Deno.rename(`${path}.new`, path);
  },
};

for (const [way, change] of Object.entries(WAYS)) {
  openFiles.test(`a database that is ${way} while it is open is refused before the commit`, async ({ path, folder }) => {
    await fill(path);
    {
      using db = await Database.open(path);
      await addPrices(db, "PETR4.SA", daysOf(30));
      await change(path);
      const error = await assertRejects(
        () => addPrices(db, "BBAS3.SA", daysOf(5)),
        StoreError,
      );
      assertHas(error, { code: "db_moved", path, retryable: false });
      assertStringIncludes(error.message, "removed or replaced while it was open");
      // It was rolled back, and stays refused.
      assertEquals(db.get("SELECT 1 FROM prices WHERE ticker = 'BBAS3.SA'"), undefined);
      await assertRejects(() => addPrices(db, "BBAS3.SA", daysOf(5)), StoreError);
      assertEquals(
        await db.rehearsal("count in", () => db.get("SELECT count(*) AS n FROM prices")?.n),
        50,
      );
    }
    if (way === "removed") assertEquals(namesIn(folder.path), []);
    if (way === "moved") assertEquals(rowsIn(`${path}.elsewhere`), 50);
    if (way === "replaced") assertEquals(rowsIn(path), 7);
  });
}

openFiles.test("a database that comes back to its place is written to again", async ({ path }) => {
  await fill(path);
  using db = await Database.open(path);
  await Deno.rename(path, `${path}.elsewhere`);
  await assertRejects(() => addPrices(db, "BBAS3.SA", daysOf(5)), StoreError);
  await Deno.rename(`${path}.elsewhere`, path);
  await addPrices(db, "BBAS3.SA", daysOf(5));
  assertEquals(rowsIn(path), 45);
});

test("a relative path means the same file after the working folder has changed", async ({ path, folder }) => {
  const before = Deno.cwd();
  try {
    Deno.chdir(folder.path);
    using db = await Database.open("x.db");
    Deno.chdir(before);
    await addPrices(db, "PETR4.SA", daysOf(3));
    assertEquals(rowsIn(path), 3);
  } finally {
    Deno.chdir(before);
  }
});

for (const replaced of [false, true]) {
  openFiles.test(
    `without its write-ahead log: what was committed is kept, ${
      replaced ? "and the other file is not damaged" : "and nothing is left behind"
    }`,
    async ({ path, folder }) => {
      await fill(path);
      {
        using db = await Database.open(path);
        await addPrices(db, "PETR4.SA", daysOf(30));
        const other = `${folder.path}/other.db`;
        if (replaced) await fill(other, { "ABEV3.SA": daysOf(7) });
        await Deno.rename(path, `${path}.elsewhere`);
        if (replaced) await Deno.rename(other, path);
        await assertRejects(() => addPrices(db, "BBAS3.SA", daysOf(5)), StoreError);
      }
      assertEquals(rowsIn(`${path}.elsewhere`), 50);
      if (!replaced) return;
      using db = new DatabaseSync(path);
      assertEquals(db.prepare("PRAGMA integrity_check").get(), { integrity_check: "ok" });
      assertEquals(db.prepare("SELECT count(*) AS n FROM prices").get()?.n, 7);
    },
  );
}
