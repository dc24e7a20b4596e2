import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import {
  appliedMigrations,
  migrate,
  pendingMigrations,
  rollBack,
} from "../../../../src/store/sqlite/connection/migrate.ts";
import { MIGRATIONS } from "../../../../src/store/sqlite/migrations/mod.ts";
import { assertEquals, assertNotEquals, assertThrows } from "../../../assert.ts";
import { filled } from "../filled.ts";
import { test } from "../leaks.ts";

const NEWEST = MIGRATIONS.length;
const VERSIONS = MIGRATIONS.map(({ version }) => version);

/** Everything that a schema is made of. */
function objects(db: DatabaseSync): unknown[] {
  return db.prepare(
    "SELECT type, name, sql FROM sqlite_schema WHERE name <> 'schema_migrations' ORDER BY type, name",
  ).all().map(({ type, name, sql }) => [type, name, sql]);
}

function versionsOf(db: DatabaseSync): number[] {
  return appliedMigrations(db).map(({ version }) => version);
}

Deno.test("up goes as far as it is told, one migration at a time or all at once", () => {
  for (const to of VERSIONS) {
    using db = new DatabaseSync(":memory:");
    assertEquals(versionsOf(db), []);
    assertEquals(migrate(db, "x.db", to), VERSIONS.slice(0, to));
    assertEquals(versionsOf(db), VERSIONS.slice(0, to));
    assertEquals(migrate(db, "x.db", to), []);
    assertEquals(migrate(db, "x.db"), VERSIONS.slice(to));
    assertEquals(pendingMigrations(db, "x.db"), []);
  }
});

Deno.test("down and up again leads to the same schema, from every version to every other", () => {
  using reference = new DatabaseSync(":memory:");
  const schemas = [objects(reference)];
  for (const version of VERSIONS) {
    migrate(reference, "x.db", version);
    schemas.push(objects(reference));
    assertNotEquals(schemas.at(-1), schemas.at(-2));
  }
  for (let from = 0; from <= NEWEST; from++) {
    for (let to = 0; to <= from; to++) {
      using db = new DatabaseSync(":memory:");
      migrate(db, "x.db", from);
      assertEquals(rollBack(db, "x.db", to), VERSIONS.slice(to, from).reverse());
      assertEquals(objects(db), schemas[to] ?? [], `${from} to ${to}`);
      assertEquals(versionsOf(db), VERSIONS.slice(0, to));
      assertEquals(migrate(db, "x.db"), VERSIONS.slice(to));
      assertEquals(objects(db), schemas[NEWEST] ?? []);
    }
  }
});

filled.test("a roll-back keeps the prices as long as their table is kept", ({ path }) => {
  using db = new DatabaseSync(path);
  const count = (): unknown => db.prepare("SELECT count(*) AS n FROM prices").get()?.n;
  rollBack(db, path, 1);
  assertEquals(count(), 40);
  migrate(db, path);
  assertEquals(count(), 40);
});

Deno.test("volumes come through the change of their column, and are rounded on the way back", () => {
  using db = new DatabaseSync(":memory:");
  const volumes = () =>
    db.prepare("SELECT volume, typeof(volume) AS type FROM prices ORDER BY date").all()
      .map(({ volume, type }) => [volume, type]);
  const add = (day: number, volume: string): void =>
    db.exec(`INSERT INTO prices (ticker, date, source, close, volume, ingest_id)
      VALUES ('A', '2024-01-0${day}', 'csv', 1, ${volume}, 1)`);
  migrate(db, "x.db", 9);
  add(1, "9007199254740991");
  add(2, "NULL");
  migrate(db, "x.db", 10);
  add(3, "0.75");
  const whole = [[9007199254740991, "integer"], [null, "null"]];
  assertEquals(volumes(), [...whole, [0.75, "real"]]);
  rollBack(db, "x.db", 9);
  assertEquals(volumes(), [...whole, [1, "integer"]]);
});

Deno.test("what is written down as the checksum of a migration is one", () => {
  assertEquals(
    MIGRATIONS.map(({ checksum }) => checksum),
    MIGRATIONS.map(({ sql }) => createHash("sha256").update(sql).digest("hex")),
    "a released migration is never edited; of a new one the checksum has to be put down",
  );
});

/** A connection before whose next write transaction something else happens. */
class Overtaken extends DatabaseSync {
  before: (() => void) | undefined;

  override prepare(sql: string): ReturnType<DatabaseSync["prepare"]> {
    if (sql === "BEGIN IMMEDIATE") {
      const { before } = this;
      this.before = undefined;
      before?.();
    }
    return super.prepare(sql);
  }
}

test("a migration that another process applies in between is not applied twice", async ({ path }) => {
  for (const upTo of VERSIONS) {
    await Deno.remove(path).catch(() => {});
    using other = new DatabaseSync(path);
    using db = new Overtaken(path);
    db.before = () => migrate(other, path, upTo);
    assertEquals(migrate(db, path), VERSIONS.slice(upTo));
    assertEquals(versionsOf(db), VERSIONS);
  }
});

test("a migration that another process takes back in between is not taken back twice", async ({ path }) => {
  for (let downTo = 0; downTo < NEWEST; downTo++) {
    await Deno.remove(path).catch(() => {});
    using other = new DatabaseSync(path);
    migrate(other, path);
    using db = new Overtaken(path);
    db.before = () => rollBack(other, path, downTo);
    assertEquals(rollBack(db, path, 0), VERSIONS.slice(0, downTo).reverse());
    assertEquals(versionsOf(db), []);
  }
});

Deno.test("a step that fails leaves the schema as it was before it", () => {
  using db = new DatabaseSync(":memory:");
  migrate(db, "x.db", 1);
  const before = objects(db);
  db.exec("CREATE VIEW prices_latest AS SELECT 1");
  const own = objects(db);
  assertThrows(() => migrate(db, "x.db"), Error, "prices_latest already exists");
  assertEquals({
    objects: objects(db),
    versionsOf: versionsOf(db),
    isTransaction: db.isTransaction,
  }, { objects: own, versionsOf: [1], isTransaction: false });
  db.exec("DROP VIEW prices_latest");
  assertEquals(objects(db), before);
  assertEquals(migrate(db, "x.db"), VERSIONS.slice(1));
});

test("what is newer or was edited is neither migrated nor rolled back", async ({ path }) => {
  const edits: Record<string, string> = {
    db_schema_too_new: "INSERT INTO schema_migrations VALUES (99, 'later', 'x', '2030', '9')",
    db_schema_changed: "UPDATE schema_migrations SET checksum = 'x' WHERE version = 2",
  };
  for (const [code, sql] of Object.entries(edits)) {
    await Deno.remove(path).catch(() => {});
    (await Database.open(path)).close();
    using db = new DatabaseSync(path);
    db.exec(sql);
    const before = objects(db);
    for (const act of [() => migrate(db, path), () => rollBack(db, path, 0)]) {
      assertEquals(assertThrows(act, StoreError).code, code);
      assertEquals(objects(db), before);
    }
  }
});
