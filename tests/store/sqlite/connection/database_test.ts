import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { APPLICATION_ID } from "../../../../src/store/sqlite/connection/migrate.ts";
import { MIGRATIONS } from "../../../../src/store/sqlite/migrations/mod.ts";
import { InterruptedError } from "../../../../src/base/errors.ts";
import { VERSION } from "../../../../src/base/version.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStrictEquals,
} from "../../../assert.ts";
import { addTable, count, namesIn } from "../filled.ts";
import { thrownBy } from "../helpers.ts";
import { needing, test } from "../leaks.ts";

const modes = needing("modes");

modes.test("a new database and its folders are for the user alone, the log beside it as well", async ({ folder }) => {
  const path = `${folder.path}/new/er/x.db`;
  using db = await Database.open(path);
  assertEquals(db.path, path);
  const mode = (name: string): string =>
    ((Deno.statSync(`${folder.path}/${name}`).mode ?? 0) & 0o777).toString(8);
  assertEquals(["new", "new/er"].map(mode), ["700", "700"]);
  assertEquals(["new/er/x.db", "new/er/x.db-wal", "new/er/x.db-shm"].map(mode), [
    "600",
    "600",
    "600",
  ]);
});

modes.test("the modes of what is there already are left as they are", async ({ path, folder }) => {
  await Deno.chmod(folder.path, 0o755);
  await Deno.writeFile(path, new Uint8Array());
  await Deno.chmod(path, 0o640);
  {
    using db = await Database.open(path);
    assertEquals(count(db, "prices"), 0);
  }
  assertEquals(((await Deno.stat(folder.path)).mode ?? 0) & 0o777, 0o755);
  assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o640);
});

test("every pragma is set, those of the connection on each opening", async ({ path }) => {
  for (const opening of ["first", "second"]) {
    using db = await Database.open(path);
    const pragma = (name: string): unknown => Object.values(db.get(`PRAGMA ${name}`) ?? {})[0];
    const read = [
      "journal_mode",
      "foreign_keys",
      "synchronous",
      "temp_store",
      "cache_size",
      "auto_vacuum",
      "busy_timeout",
      "wal_autocheckpoint",
      "application_id",
    ].map((name) => [name, pragma(name)]);
    assertEquals(
      Object.fromEntries(read),
      {
        journal_mode: "wal",
        foreign_keys: 1,
        synchronous: 1, // NORMAL
        temp_store: 2, // MEMORY
        cache_size: -4_000,
        auto_vacuum: 2, // INCREMENTAL
        busy_timeout: 5000,
        wal_autocheckpoint: 8000,
        application_id: APPLICATION_ID,
      },
      opening,
    );
  }
  assertEquals(
    APPLICATION_ID.toString(16).match(/../g)?.map((hex) => String.fromCharCode(parseInt(hex, 16)))
      .join(""),
    "TKLK",
  );
});

test("the schema is applied once, and says what made it", async ({ path }) => {
  let first: Record<string, unknown>[];
  {
    using db = await Database.open(path);
    first = db.all("SELECT * FROM schema_migrations");
    assertEquals(
      db.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .map(({ name }) => name),
      [
        "adjustment_factors",
        "collectors",
        "corporate_actions",
        "corporate_events",
        "events",
        "ingest_logs",
        "ingest_rejects",
        "lock_folders",
        "markets",
        "notices",
        "price_details",
        "price_snapshots",
        "prices",
        "schema_migrations",
        "settlements",
        "snapshots",
        "sync_state",
      ],
    );
  }
  assertEquals(
    first.map(({ version, name, checksum, program_version }) => [
      version,
      name,
      checksum,
      program_version,
    ]),
    MIGRATIONS.map((each) => [each.version, each.name, each.checksum, VERSION]),
  );
  assertMatch(String(first[0]?.applied_at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  using db = await Database.open(path);
  assertEquals(db.all("SELECT * FROM schema_migrations"), first);
});

Deno.test("migrations are numbered from 1 without gaps", () => {
  assertEquals(MIGRATIONS.map(({ version }) => version), MIGRATIONS.map((_, index) => index + 1));
  for (const { name } of MIGRATIONS) assertMatch(name, /^[a-z]+(_[a-z]+)*$/);
});

test("many openings of one new file at once all succeed, and one applies the schema", async ({ path }) => {
  const all = await Promise.all(Array.from({ length: 8 }, () => Database.open(path)));
  for (const db of all) {
    assertEquals(count(db, "schema_migrations"), MIGRATIONS.length);
    db.close();
  }
});

test("a database in memory needs no file and is gone with its connection", async ({ folder }) => {
  using db = await Database.open(":memory:");
  using other = await Database.open(":memory:");
  await db.transaction("write to", () => addTable(db));
  assertEquals(count(db, "t"), 0);
  assertInstanceOf(thrownBy(() => count(other, "t")), Error);
  assertEquals(namesIn(folder.path), []);
});

Deno.test("what is thrown in a transaction rolls back, comes through, and the next one works", async () => {
  using db = await Database.open(":memory:");
  await db.transaction("write to", () => addTable(db));
  const thrown = new InterruptedError("stopped");
  const error = await assertRejects(() =>
    db.transaction("write to", () => {
      db.run("INSERT INTO t VALUES (1)");
      throw thrown;
    }), InterruptedError);
  assertStrictEquals(error, thrown);
  assertEquals(count(db, "t"), 0);
  await db.transaction("write to", () => db.run("INSERT INTO t VALUES (1)"));
  assertEquals(count(db, "t"), 1);
});

Deno.test("what SQLite refuses in a transaction rolls all of it back and says what was tried", async () => {
  using db = await Database.open(":memory:");
  await db.transaction("write to", () => addTable(db));
  const error = await assertRejects(() =>
    db.transaction("write the prices of X to", () => {
      db.run("INSERT INTO t VALUES (1)");
      db.run("INSERT INTO t VALUES (1)");
    }), StoreError);
  assertEquals([error.code, error.details.result_code], ["db_constraint", 1555]);
  assert(error.message.startsWith("could not write the prices of X to :memory:: "), error.message);
  assertEquals(count(db, "t"), 0);
});

Deno.test("a transaction inside a transaction is refused, and the outer one stands", async () => {
  using db = await Database.open(":memory:");
  await db.transaction("write to", () => addTable(db));
  let inner: Promise<unknown> | undefined;
  await db.transaction("write to", () => {
    db.run("INSERT INTO t VALUES (1)");
    inner = db.transaction("write to", () => db.run("INSERT INTO t VALUES (2)"));
    inner.catch(() => {});
  });
  const error = await assertRejects(() => inner ?? Promise.resolve(), StoreError);
  assertEquals(error.code, "db_error");
  assertEquals(db.all("SELECT x FROM t").map(({ x }) => x), [1]);
});

test("a rehearsal tells what would happen and writes nothing", async ({ path }) => {
  {
    using db = await Database.open(path);
    await db.transaction("write to", () => addTable(db));
  }
  const before = await Deno.readFile(path);
  {
    using db = await Database.open(path);
    const seen = await db.rehearsal("write to", () => {
      db.run("INSERT INTO t VALUES (1), (2)");
      return count(db, "t");
    });
    assertEquals(seen, 2);
    assertEquals(count(db, "t"), 0);
    const thrown = new InterruptedError("stopped");
    assertStrictEquals(
      await assertRejects(() =>
        db.rehearsal("write to", () => {
          throw thrown;
        }), InterruptedError),
      thrown,
    );
    const error = await assertRejects(
      () => db.rehearsal("try in", () => db.run("INSERT INTO t VALUES (1), (1)")),
      StoreError,
      "could not try in ",
    );
    assertEquals(error.code, "db_constraint");
    await db.transaction("write to", () => db.run("SELECT 1"));
  }
  assertEquals(await Deno.readFile(path), before);
});

Deno.test("a database that is closed stays closed, however often", async () => {
  const db = await Database.open(":memory:");
  db.close();
  db.close();
  db[Symbol.dispose]();
  assertInstanceOf(thrownBy(() => db.run("SELECT 1")), Error);
  await assertRejects(() => db.transaction("write to", () => 1), Error);
});

test("closing leaves one file: nothing of the write-ahead log stays behind", async ({ path, folder }) => {
  {
    using db = await Database.open(path);
    await db.transaction("write to", () => addTable(db));
    assert(namesIn(folder.path).includes("x.db-wal"));
  }
  assertEquals(namesIn(folder.path), ["x.db"]);
});
