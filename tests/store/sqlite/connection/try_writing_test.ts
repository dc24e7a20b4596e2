import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { tryWriting } from "../../../../src/store/sqlite/connection/try_writing.ts";
import { assert, assertEquals, assertThrows } from "../../../assert.ts";
import { namesIn } from "../filled.ts";
import { test } from "../leaks.ts";

test("the write-ahead log of a killed run stays, with its index or without", async ({ path, folder }) => {
  (await Database.open(path)).close();
  const other = `${folder.path}/killed.db`;
  {
    using db = new DatabaseSync(path);
    db.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    for (const suffix of ["", "-wal", "-shm"]) Deno.copyFileSync(path + suffix, other + suffix);
  }
  const sizes = () => [Deno.statSync(other).size, Deno.statSync(`${other}-wal`).size];
  const before = [namesIn(folder.path), sizes()];
  assert(tryWriting(other));
  assertEquals([namesIn(folder.path), sizes()], before);
  Deno.removeSync(`${other}-shm`);
  assert(!tryWriting(other));
  assertEquals(sizes(), before[1]);
});

test("a database that another is writing can be written", async ({ path }) => {
  (await Database.open(path)).close();
  using db = new DatabaseSync(path);
  db.exec("BEGIN IMMEDIATE; CREATE TABLE t (a)");
  assert(tryWriting(path));
  db.exec("ROLLBACK");
});

test("a file that is no database, or none at all, is not written", ({ path }) => {
  assert(!tryWriting(path));
  Deno.writeTextFileSync(path, "not a database, but as long as one has to be".repeat(30));
  const error = assertThrows(() => tryWriting(path), StoreError);
  assertEquals(error.code, "db_not_a_database");
});
