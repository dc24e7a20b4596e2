import { DatabaseSync } from "node:sqlite";
import { backupDatabase } from "../../../../src/store/sqlite/backup/backup.ts";
import { databaseInfo } from "../../../../src/store/sqlite/queries/info.ts";
import { migrationStatus } from "../../../../src/store/sqlite/queries/migration_command.ts";
import { verifyDatabase } from "../../../../src/store/sqlite/queries/verify.ts";
import { traceFreePlace } from "../../../../src/store/sqlite/connection/trace_free_read.ts";
import { Reader } from "../../../../src/store/sqlite/connection/reader.ts";
import { assert, assertEquals, assertNotEquals, assertThrows } from "../../../assert.ts";
import { fill, filled, namesIn } from "../filled.ts";
import { temporaryFolder } from "../helpers.ts";
import { needing, test } from "../leaks.ts";
import { has } from "../../../system.ts";

/** Everything in a folder: names, sizes, inodes, modes, times and bytes. */
function folderOf(path: string, leftOut = /^$/): unknown {
  return namesIn(path).filter((name) => !leftOut.test(name)).map((name) => {
    const { size, ino, mode, mtime } = Deno.statSync(`${path}/${name}`);
    return [name, size, ino, mode, mtime, Deno.readFileSync(`${path}/${name}`).join()];
  });
}

/** Every way in which a database is only read. */
async function readInEveryWay(path: string, elsewhere: string): Promise<void> {
  verifyDatabase(path);
  verifyDatabase(path, { quick: true, isLocked: () => false });
  databaseInfo(path);
  migrationStatus(path);
  await backupDatabase(path, { to: `${elsewhere}/` });
}

const COUNT = "SELECT count(*) AS n FROM prices";

function countIn(path: string): unknown {
  using place = traceFreePlace(path);
  using db = Reader.open(path, {}, place.file);
  return db.get(COUNT)?.n;
}

/** A copy of a database as a killed program leaves it: 39 prices, one deletion in the `-wal` alone. */
async function killed(from: string, to: string): Promise<void> {
  await fill(from);
  const db = new DatabaseSync(from);
  db.exec("PRAGMA wal_autocheckpoint = 0");
  db.prepare("DELETE FROM prices WHERE ticker = 'PETR4.SA' AND date = '2024-01-01'").run();
  for (const suffix of ["", "-wal", "-shm"]) Deno.copyFileSync(from + suffix, to + suffix);
  db.close();
  assert(Deno.statSync(`${to}-wal`).size > 0);
}

test("a database that is at rest and its folder stay as they are, byte by byte", async ({ folder }) => {
  await using elsewhere = await temporaryFolder();
  const path = `${folder.path}/x y%41${has("names") ? "?" : ""}#é.db`;
  await fill(path);
  Deno.utimeSync(path, 1000, 1000);
  const before = folderOf(folder.path);
  await readInEveryWay(path, elsewhere.path);
  assertEquals(folderOf(folder.path), before);
  assertEquals(countIn(path), 40);
  assertEquals(folderOf(folder.path), before);
});

needing("links").test(
  "through a link what is beside the file is read, and left",
  async ({ folder }) => {
    const path = `${folder.path}/a/x.db`;
    const link = `${folder.path}/link.db`;
    Deno.mkdirSync(`${folder.path}/a`);
    await killed(`${folder.path}/from.db`, path);
    Deno.symlinkSync("a/x.db", link);
    assertEquals(countIn(link), 39);
    assertEquals(databaseInfo(link).wal_bytes, Deno.statSync(`${path}-wal`).size);
    // A log without its index is copied to be read.
    Deno.removeSync(`${path}-shm`);
    const before = folderOf(`${folder.path}/a`);
    assertEquals(countIn(link), 39);
    assertEquals(folderOf(`${folder.path}/a`), before);
  },
);

filled.test("a database that cannot be used leaves no companions either", ({ path, folder }) => {
  const db = new DatabaseSync(path);
  db.exec("INSERT INTO schema_migrations VALUES (99, 'later', 'x', '2030', '9')");
  db.close();
  const before = folderOf(folder.path);
  assertEquals(verifyDatabase(path).findings[0]?.code, "db_schema_too_new");
  assertEquals(folderOf(folder.path), before);
  for (const read of [databaseInfo, migrationStatus]) {
    try {
      read(path);
      assert(false, "it was read");
    } catch (error) {
      assertEquals(Object(error).code, "db_schema_too_new");
    }
    assertEquals(folderOf(folder.path), before);
  }
});

test("what a killed program has left is read with its write-ahead log, and stays", async ({ path, folder }) => {
  await using elsewhere = await temporaryFolder();
  await killed(`${elsewhere.path}/from.db`, path);
  const scratch = /-shm$/;
  const before = folderOf(folder.path, scratch);
  assertEquals(countIn(path), 39);
  await readInEveryWay(path, elsewhere.path);
  assertEquals(folderOf(folder.path, scratch), before);
  assertEquals(namesIn(folder.path), ["x.db", "x.db-shm", "x.db-wal"]);

  // Without its index it is nobody's: not even the index is made.
  Deno.removeSync(`${path}-shm`);
  assertEquals(countIn(path), 39);
  await readInEveryWay(path, elsewhere.path);
  assertEquals(folderOf(folder.path), before);
});

filled.test("an empty write-ahead log that was there stays", ({ path, folder }) => {
  const reading = new DatabaseSync(path, { readOnly: true });
  reading.prepare(COUNT).get();
  reading.close();
  const names = namesIn(folder.path);
  assertEquals(names, ["x.db", "x.db-shm", "x.db-wal"]);
  assertEquals(countIn(path), 40);
  assertEquals(namesIn(folder.path), names);
});

filled.test("the companions of a writer that has begun meanwhile are not touched", ({ path }) => {
  const place = traceFreePlace(path);
  using writing = new DatabaseSync(path);
  writing.prepare("DELETE FROM prices WHERE ticker = 'PETR4.SA'").run();
  // Opening the file here would drop the writer's locks, which are the process's.
  const state = (): unknown =>
    [path, `${path}-wal`].map((each) => [Deno.statSync(each).size, Deno.statSync(each).mtime]);
  const before = state();
  place[Symbol.dispose]();
  assertEquals(state(), before);
  assertEquals(writing.prepare(COUNT).get()?.n, 20);
});

filled.test("a writer that is idle keeps its companions", ({ path, folder }) => {
  const place = traceFreePlace(path);
  using writing = new DatabaseSync(path);
  writing.prepare(COUNT).get();
  place[Symbol.dispose]();
  assertEquals(namesIn(folder.path), ["x.db", "x.db-shm", "x.db-wal"]);
  writing.prepare("DELETE FROM prices").run();
  assertEquals(countIn(path), 0);
});

test("a copy is known to be old as soon as another has written; it is gone afterwards", async ({ path, folder }) => {
  await killed(`${folder.path}/from.db`, path);
  Deno.removeSync(`${path}-shm`);
  const place = traceFreePlace(path);
  assertNotEquals(place.file, path);
  assertEquals(place.isCurrent(), true);
  const writing = new DatabaseSync(path);
  writing.prepare("DELETE FROM prices").run();
  writing.close();
  assertEquals(place.isCurrent(), false);
  place[Symbol.dispose]();
  assertThrows(() => Deno.statSync(place.file), Deno.errors.NotFound);
  assertThrows(() => Deno.statSync(place.file.replace(/\/[^/]*$/, "")), Deno.errors.NotFound);
});

test("a run that ended after the copy was made is not taken for dead", async ({ path, folder }) => {
  await killed(`${folder.path}/from.db`, path);
  const running = new DatabaseSync(path);
  running.exec("PRAGMA wal_autocheckpoint = 0");
  running.exec("UPDATE ingest_logs SET status = 'running', finished_at = NULL WHERE id = 1");
  const other = `${folder.path}/y.db`;
  for (const suffix of ["", "-wal"]) Deno.copyFileSync(path + suffix, other + suffix);
  running.close();
  const verified = (isLocked: () => boolean): number =>
    verifyDatabase(other, { quick: true, isLocked }).findings.length;
  assertEquals(verified(() => false), 1);
  const ends = (): boolean => {
    const db = new DatabaseSync(other);
    db.exec("UPDATE ingest_logs SET status = 'success', finished_at = started_at WHERE id = 1");
    db.close();
    return false;
  };
  assertEquals(verified(ends), 0);
});

test("a journal that has to be rolled back first is rolled back in a copy alone", async ({ path, folder }) => {
  const from = `${folder.path}/from.db`;
  await fill(from);
  {
    using db = new DatabaseSync(from);
    db.prepare("PRAGMA journal_mode = DELETE").get();
    db.prepare("PRAGMA cache_size = 1").get();
    db.prepare("BEGIN").run();
    // Enough that the cache spills into the file before the end.
    db.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
       INSERT INTO prices (ticker, date, source, close, ingest_id)
       SELECT 'T' || i, '2024-01-01', 'csv', 1, 1 FROM n`,
    ).run();
    for (const suffix of ["", "-journal"]) Deno.copyFileSync(from + suffix, path + suffix);
    db.prepare("ROLLBACK").run();
  }
  const before = folderOf(folder.path);
  assertEquals(countIn(path), 40);
  assertEquals(verifyDatabase(path).ok, true);
  assertEquals(folderOf(folder.path), before);
});
