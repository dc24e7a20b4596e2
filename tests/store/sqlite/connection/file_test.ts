import { DatabaseSync } from "node:sqlite";
import {
  checkWritable,
  configure,
  prepareFile,
  WAL_BYTES,
} from "../../../../src/store/sqlite/connection/file.ts";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { assert, assertEquals, assertThrows } from "../../../assert.ts";
import { pragmaOf } from "../helpers.ts";
import { test } from "../leaks.ts";

/** A connection on which some pragmas cannot be set, as with another SQLite. */
class Stubborn extends DatabaseSync {
  readonly #ignored: readonly string[];

  constructor(path: string, ...ignored: readonly string[]) {
    super(path);
    this.#ignored = ignored;
  }

  override prepare(sql: string): ReturnType<DatabaseSync["prepare"]> {
    const [, name = ""] = /^PRAGMA (\w+) = /.exec(sql) ?? [];
    return super.prepare(this.#ignored.includes(name) ? `PRAGMA ${name}` : sql);
  }
}

test("a pragma that does not read back as it was set is refused by name", ({ path }) => {
  using db = new Stubborn(path, "cache_size");
  const error = assertThrows(() => configure(db, path), StoreError, "cache_size is -2000");
  assertEquals([error.code, error.path], ["db_pragma", path]);
});

test("the schema itself is not data, and calls nothing with effects", async ({ path }) => {
  using db = await Database.open(path);
  assertEquals(Object.values(db.get("PRAGMA trusted_schema") ?? {}), [0]);
  db.get("PRAGMA writable_schema = ON");
  const edit = (): unknown => db.run("UPDATE sqlite_schema SET sql = sql");
  assertThrows(edit, Error, "may not be modified");
});

test("a file system without write-ahead logging is refused, with the reason", ({ path }) => {
  using db = new Stubborn(path, "journal_mode");
  const error = assertThrows(() => configure(db, path), StoreError, "journal mode is delete");
  assertEquals(error.code, "db_no_wal");
  assert(error.hint?.includes("local file system"));
});

/** A connection that stops before the change to write-ahead logging, as a program that is killed does. */
class Stopping extends DatabaseSync {
  journal: unknown;

  override prepare(sql: string): ReturnType<DatabaseSync["prepare"]> {
    if (sql !== "PRAGMA journal_mode = WAL") return super.prepare(sql);
    this.journal = super.prepare("PRAGMA journal_mode").get()?.journal_mode;
    throw new Error("killed");
  }
}

test("only an empty file is made without a journal, and one that was half made is finished", async ({ path }) => {
  const journalOf = (): unknown => {
    using db = new Stopping(path);
    assertThrows(() => configure(db, path), Error, "killed");
    return db.journal;
  };
  assertEquals(journalOf(), "memory");
  assertEquals(Deno.statSync(path).size, 4096);
  assertEquals(journalOf(), "delete");
  using _db = await Database.open(path);
  using opened = new DatabaseSync(path);
  assertEquals([pragmaOf(opened, "journal_mode"), pragmaOf(opened, "auto_vacuum")], ["wal", 2]);
});

test("looking whether a file can be written waits for no other and changes nothing", async ({ path }) => {
  (await Database.open(path)).close();
  const before = await Deno.readFile(path);
  using db = new DatabaseSync(path, { timeout: 4321 });
  using other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  // With its own patience it would be here for four seconds, and then fail.
  checkWritable(db);
  assertEquals(pragmaOf(db, "busy_timeout"), 4321);
  other.exec("ROLLBACK");
  checkWritable(db);
  assertEquals([pragmaOf(db, "busy_timeout"), db.isTransaction], [4321, false]);
  assertEquals(await Deno.readFile(path), before);
});

test("preparing twice leaves the file alone", async ({ folder }) => {
  const path = `${folder.path}/a/b/x.db`;
  prepareFile(path);
  await Deno.writeTextFile(path, "content");
  prepareFile(path);
  assertEquals(await Deno.readTextFile(path), "content");
});

test("a write-ahead log that a reader has let grow shrinks once the reader has gone", async ({ path }) => {
  using db = await Database.open(path);
  const size = () => Deno.statSync(`${path}-wal`).size;
  const write = (mb: number) =>
    db.transaction("fill", () => void db.run("INSERT INTO t VALUES (zeroblob(?))", mb * 1e6));
  await db.transaction("make a table in", () => void db.run("CREATE TABLE t (a)"));
  {
    using reader = new DatabaseSync(path, { readOnly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM t").get();
    for (let round = 0; round < 3; round++) await write(20);
    assert(size() > 1.5 * WAL_BYTES, `${size()} bytes`);
  }
  // The first commit moves all of it into the database, the next one begins the log anew.
  for (let round = 0; round < 3; round++) await write(1);
  assert(size() <= WAL_BYTES, `${size()} bytes`);
});
