import { DatabaseSync } from "node:sqlite";
import {
  backupDatabase,
  compact,
  Database,
  DatabaseError,
  databaseInfo,
  writer,
} from "../../src/db/mod.ts";
import { MIGRATIONS } from "../../src/db/migrations/mod.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { addPrices, daysOf, fill, priceOf } from "./filled.ts";
import { temporaryFolder } from "./helpers.ts";
import { withoutLeaks } from "./leaks.ts";

Deno.test(
  "the facts are those of the file",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await fill(path);
    {
      using db = await Database.open(path);
      await addPrices(db, "PETR4.SA", [priceOf("2023-12-29", 5, { source: "cotahist" })]);
    }
    const info = databaseInfo(path);
    assertEquals([info.path, info.size_bytes], [path, (await Deno.stat(path)).size]);
    assertEquals(info.pages * info.page_size, info.size_bytes);
    assertEquals([info.free_pages, info.schema_version], [0, MIGRATIONS.length]);
    assertEquals(info.journal_mode, "wal");
    assertMatch(info.sqlite_version, /^3\.\d+\.\d+$/);
    assertEquals({ ...info.rows }, {
      corporate_actions: 0,
      ingest_logs: 3,
      ingest_rejects: 0,
      prices: 41,
      schema_migrations: MIGRATIONS.length,
    });
    assertEquals(info.prices, [
      { source: "cotahist", tickers: 1, first_date: "2023-12-29", last_date: "2023-12-29" },
      { source: "csv", tickers: 2, first_date: "2024-01-01", last_date: "2024-01-20" },
    ]);
    assertEquals(info.last_success_at, "2024-01-02T10:00:01.000Z");
    assertEquals([info.last_backup, info.wal_bytes], [null, 0]);
  }),
);

Deno.test(
  "an empty database has no prices, no success, no backup",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    (await Database.open(path)).close();
    const { prices, last_success_at, last_backup, rows } = databaseInfo(path);
    assertEquals([prices, last_success_at, last_backup, rows.prices], [[], null, null, 0]);
    const error = assertThrows(() => databaseInfo(`${folder.path}/none.db`), DatabaseError);
    assertEquals(error.code, "db_not_found");
  }),
);

Deno.test(
  "the last backup is the newest of this database",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await fill(path);
    const first = await backupDatabase(path);
    await Deno.utime(first.path, 1000, 1000);
    assertEquals(databaseInfo(path).last_backup, {
      path: first.path,
      made_at: "1970-01-01T00:16:40.000Z",
    });
    const second = await backupDatabase(path);
    await Deno.writeTextFile(`${folder.path}/backups/y-20990101T000000000Z.db`, "");
    await Deno.writeTextFile(`${folder.path}/backups/notes.txt`, "");
    assertEquals(databaseInfo(path).last_backup?.path, second.path);
  }),
);

Deno.test(
  "the write-ahead log and free pages are told; compacting gives both back",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await fill(path, { "PETR4.SA": daysOf(30_000) });
    const { size } = await Deno.stat(path);
    {
      using db = await writer(path);
      await db.transaction("empty", () => db.run("DELETE FROM prices WHERE date > '2024-01-31'"));
      const before = databaseInfo(path);
      assert(before.free_pages > 300 && before.wal_bytes > 0, JSON.stringify(before));
      assertEquals(await compact(db), before.free_pages);
      assertEquals(await compact(db), 0);
      const after = databaseInfo(path);
      assertEquals([after.free_pages, after.wal_bytes, after.rows.prices], [0, 0, 31]);
      assertEquals(db.get("PRAGMA integrity_check")?.integrity_check, "ok");
    }
    assert((await Deno.stat(path)).size < size / 10);
  }),
);

Deno.test(
  "a file that was made without incremental vacuum gives nothing back, and takes no harm",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    const made = new DatabaseSync(path);
    made.exec("PRAGMA auto_vacuum = NONE; CREATE TABLE t (x); DROP TABLE t");
    made.close();
    await fill(path, { "PETR4.SA": daysOf(3000) });
    using db = await writer(path);
    await db.transaction("empty", () => db.run("DELETE FROM prices"));
    assertEquals(await compact(db), 0);
    assert(databaseInfo(path).free_pages > 0);
  }),
);
