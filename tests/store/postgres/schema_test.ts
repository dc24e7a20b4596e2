import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../src/store/errors.ts";
import { openCare, openReports, openStore } from "../../../src/store/open.ts";
import { Connection } from "../../../src/store/postgres/connection/connection.ts";
import { migrate } from "../../../src/store/postgres/connection/migrate.ts";
import { parseTarget } from "../../../src/store/postgres/connection/target.ts";
import { MIGRATIONS } from "../../../src/store/postgres/migrations/mod.ts";
import { Database } from "../../../src/store/sqlite/connection/database.ts";
import { sqliteCare } from "../../../src/store/sqlite/care.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { queryOf } from "../contract_care.ts";
import { temporaryFolder } from "../sqlite/helpers.ts";
import { newUrl } from "./places.ts";

/** What only one engine has: leases, and the folders of lock files. */
const OWN = new Set(["locks", "lock_folders"]);

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("each migration has the checksum of its SQL, and versions have no gap", async () => {
  for (const [index, { version, name, sql, checksum }] of MIGRATIONS.entries()) {
    assertEquals([version, checksum], [index + 1, await sha256(sql)], name);
  }
});

Deno.test("both engines have the same tables and views, with the same columns in one order", async () => {
  await using folder = await temporaryFolder();
  (await Database.open(`${folder.path}/x.db`)).close();
  using file = new DatabaseSync(`${folder.path}/x.db`, { readOnly: true });
  const ofFile = file.prepare(
    `SELECT m.name AS object, c.name AS column FROM sqlite_schema AS m
       JOIN pragma_table_info(m.name) AS c
     WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid`,
  ).all();
  const target = parseTarget(await newUrl());
  await using connection = new Connection(target);
  await migrate(connection);
  const ofServer = await connection.read("read", (db) =>
    db.all(
      `SELECT table_name AS object, column_name AS column FROM information_schema.columns
       WHERE table_schema = $1 ORDER BY table_name COLLATE "C", ordinal_position`,
      target.schema,
    ));
  const listed = (rows: readonly Record<string, unknown>[]): string[] =>
    rows.filter(({ object }) => !OWN.has(String(object)))
      .map(({ object, column }) => `${object}.${column}`);
  assertEquals(listed(ofServer), listed(ofFile));
});

Deno.test("both engines say the same of what the columns of an export hold", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  (await Database.open(path)).close();
  const cares = [sqliteCare(path), await openCare(await newUrl())];
  for (const care of cares) await care.migrate("newest");
  using file = new DatabaseSync(path, { readOnly: true });
  const objects = file.prepare(
    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'",
  ).all().map(({ name }) => String(name)).filter((name) => !OWN.has(name));
  assert(objects.length > 15);
  for (const object of objects) {
    const [ofFile, ofServer] = await Promise.all(cares.map(async (care) => {
      await using rows = await care.exportRows(queryOf(object));
      return rows.columns.map((name, at) => `${object}.${name}: ${rows.types[at]}`);
    }));
    assertEquals(ofFile, ofServer);
  }
});

Deno.test("of several that start at once one migrates, and all find the schema", async () => {
  const target = parseTarget(await newUrl());
  const connections = Array.from({ length: 8 }, () => new Connection(target));
  const done = await Promise.all(connections.map((each) => migrate(each)));
  assertEquals(done.flat(), MIGRATIONS.map(({ version }) => version));
  for (const each of connections) await each[Symbol.asyncDispose]();
});

Deno.test("a schema of a newer program, with other contents, or of another program is named, and left as it is", async () => {
  const newest = MIGRATIONS.length;
  const cases: [sql: string, code: string, told: string][] = [
    [
      `INSERT INTO schema_migrations VALUES (${newest + 1}, 'later', 'x', now(), '9')`,
      "db_schema_too_new",
      `has schema version ${newest + 1}, this program`,
    ],
    [
      "UPDATE schema_migrations SET checksum = 'x' WHERE version = 2",
      "db_schema_changed",
      "migration 2",
    ],
    [
      "DROP TABLE schema_migrations",
      "db_of_another_program",
      "holds tables of another program (",
    ],
  ];
  for (const [sql, code, told] of cases) {
    const url = await newUrl();
    await using connection = new Connection(parseTarget(url));
    await migrate(connection);
    await connection.transaction("change", (db) => db.run(sql));
    await using reports = await openReports(url);
    const refused = [
      () => openStore(url, { lockDir: "none" }),
      () => reports.logs({}, { limit: 1 }),
      () => migrate(connection),
    ];
    for (const each of refused) {
      const error = await assertRejects<StoreError>(each, StoreError);
      assertEquals(error.code, code);
      assertStringIncludes(error.message, told);
    }
  }
});
