import { DatabaseSync } from "node:sqlite";
import { backupDatabase } from "../../../../src/store/sqlite/backup/backup.ts";
import { compact, databaseInfo } from "../../../../src/store/sqlite/queries/info.ts";
import { migrateTo } from "../../../../src/store/sqlite/queries/migration_command.ts";
import { writer } from "../../../../src/store/sqlite/connection/writer.ts";
import { MIGRATIONS } from "../../../../src/store/sqlite/migrations/mod.ts";
import { assert, assertEquals, assertHas, assertMatch } from "../../../assert.ts";
import { fill, filled } from "../filled.ts";
import { test } from "../leaks.ts";
import { daysOf } from "../../rows.ts";

filled.test("the facts are those of the file", async ({ path }) => {
  const info = databaseInfo(path);
  assertEquals([info.path, info.size_bytes], [path, (await Deno.stat(path)).size]);
  assertEquals(info.pages * info.page_size, info.size_bytes);
  assertEquals([info.free_pages, info.schema_version], [0, MIGRATIONS.length]);
  assertEquals(info.journal_mode, "wal");
  assertMatch(info.sqlite_version, /^3\.\d+\.\d+$/);
  assertEquals([info.last_backup, info.wal_bytes], [null, 0]);
});

filled.test("the last backup is the newest of this database", async ({ path, folder }) => {
  const first = await backupDatabase(path);
  await Deno.utime(first.path, 1000, 1000);
  assertEquals(databaseInfo(path).last_backup, {
    path: first.path,
    made_at: "1970-01-01T00:16:40.000Z",
  });
  const second = await backupDatabase(path);
  await Deno.writeTextFile(`${folder.path}/backups/y-20990101T000000000Z.db`, "");
  await Deno.writeTextFile(`${folder.path}/backups/notes.txt`, "");
  // Made while the clock was ahead: no proof of being the newest, however new the file is.
  await Deno.writeTextFile(`${folder.path}/backups/x-20990101T000000000Z.db`, "");
  assertEquals(databaseInfo(path).last_backup?.path, second.path);
});

filled.test("backups before migrations are told, the newest first, and are no others' and no other backups", async ({ path, folder }) => {
  assertEquals(databaseInfo(path).migration_backups, []);
  const back = (await migrateTo(path, "back"))[0]?.backup ?? "";
  const again = (await migrateTo(path, "newest"))[0]?.backup ?? "";
  await Deno.utime(back, 1000, 1000);
  await Deno.utime(again, 2000, 2000);
  for (const name of ["x.db.before-2-soon", "y.db.before-2-20240101T000000000Z"]) {
    await Deno.writeTextFile(`${folder.path}/backups/${name}`, "");
  }
  const { migration_backups, last_backup } = databaseInfo(path);
  assertEquals(migration_backups, [
    { path: again, made_at: "1970-01-01T00:33:20.000Z", before_version: MIGRATIONS.length },
    { path: back, made_at: "1970-01-01T00:16:40.000Z", before_version: MIGRATIONS.length },
  ]);
  assertEquals(last_backup, null);
});

filled.test("what waits in the spill file is told, rows and bytes", async ({ path }) => {
  const spill = `${path}.spill.ndjson`;
  const cases: Record<string, number> = {
    "{}\n": 1,
    "{}\n{}": 2,
    "\n  \r\n{}\r\n": 1,
    [`{"a":"${"é".repeat(40_000)}"}\n`.repeat(3)]: 3,
  };
  for (const [text, rows] of Object.entries(cases)) {
    await Deno.writeTextFile(spill, text);
    const bytes = new TextEncoder().encode(text).length;
    assertEquals(databaseInfo(path).spill, { path: spill, rows, bytes });
  }
  await Deno.writeTextFile(spill, "");
  assertEquals(databaseInfo(path).spill, null);
  await Deno.remove(spill);
  assertEquals(databaseInfo(path).spill, null);
});

test("the write-ahead log and free pages are told; compacting gives both back", async ({ path }) => {
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
    assertHas(after, { free_pages: 0, wal_bytes: 0 });
    assertEquals(after.rows.prices, 31);
    assertEquals(db.get("PRAGMA integrity_check")?.integrity_check, "ok");
  }
  assert((await Deno.stat(path)).size < size / 10);
});

test("a file that was made without incremental vacuum gives nothing back, and takes no harm", async ({ path }) => {
  const made = new DatabaseSync(path);
  made.exec("PRAGMA auto_vacuum = NONE; CREATE TABLE t (x); DROP TABLE t");
  made.close();
  await fill(path, { "PETR4.SA": daysOf(3000) });
  using db = await writer(path);
  await db.transaction("empty", () => db.run("DELETE FROM prices"));
  assertEquals(await compact(db), 0);
  assert(databaseInfo(path).free_pages > 0);
});
