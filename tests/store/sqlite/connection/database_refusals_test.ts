import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { MIGRATIONS } from "../../../../src/store/sqlite/migrations/mod.ts";
import { Reader } from "../../../../src/store/sqlite/connection/reader.ts";
import { TraceFreeReader } from "../../../../src/store/sqlite/connection/trace_free_read.ts";
import { verifyDatabase } from "../../../../src/store/sqlite/queries/verify.ts";
import { testNeeding } from "../../../system.ts";
import {
  assertEquals,
  assertHas,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../../../assert.ts";
import { namesIn } from "../filled.ts";
import { test } from "../leaks.ts";

async function refusalOf(path: string): Promise<StoreError> {
  return await assertRejects(async () => {
    using _db = await Database.open(path);
  }, StoreError);
}

test("a file that is not SQLite is refused and not touched", async ({ folder }) => {
  const contents = ["xy", "date,close\n".repeat(1000), "<html>".repeat(20), "SQLite format 3"];
  for (const [index, content] of contents.entries()) {
    const name = `${index}.csv`;
    const path = `${folder.path}/${name}`;
    await Deno.writeTextFile(path, content);
    await Deno.utime(path, 1000, 1000);
    const error = await refusalOf(path);
    assertHas(error, { code: "db_not_a_database", exitCode: 1 });
    assertEquals(error.details.result_code, 26);
    assertStringIncludes(error.message, path);
    assertEquals(await Deno.readTextFile(path), content);
    assertEquals((await Deno.stat(path)).mtime, new Date(1_000_000));
    assertEquals(namesIn(folder.path).filter((each) => each.startsWith(String(index))), [name]);
  }
});

test("a folder in the place of the file is refused, with a path that would do", async ({ folder }) => {
  for (const path of [folder.path, `${folder.path}/`]) {
    const error = await refusalOf(path);
    assertEquals([error.code, error.path], ["db_is_a_folder", path]);
    assertStringIncludes(error.hint ?? "", `--db, for example ${folder.path}/tickerlock.db`);
  }
  assertEquals(namesIn(folder.path), []);
});

testNeeding(
  "modes",
  "a device in the place of the file is refused, to write and to read",
  async () => {
    const path = "/dev/null";
    const refusals = [
      await refusalOf(path),
      assertThrows(() => Reader.open(path), StoreError),
      assertThrows(() => TraceFreeReader.open(path), StoreError),
    ];
    for (const { code, message, hint } of refusals) {
      assertEquals([code, message], ["db_not_a_database", `database ${path} is no regular file`]);
      assertStringIncludes(hint ?? "", "--db");
    }
    const { ok, checks, findings } = verifyDatabase(path);
    assertEquals([ok, checks[0]], [false, "open"]);
    assertEquals(findings.map((each) => [each.check, each.code]), [["open", "db_not_a_database"]]);
  },
);

test("a path that leads nowhere is refused by name", async ({ folder }) => {
  await Deno.writeTextFile(`${folder.path}/file`, "text");
  for (const path of [`${folder.path}/file/x.db`, `${folder.path}/file/sub/x.db`, "", "a\0b"]) {
    const error = await refusalOf(path);
    assertEquals([error.code, error.path], ["db_cannot_open", path]);
    assertStringIncludes(error.hint ?? "", "--db");
  }
  assertEquals(await Deno.readTextFile(`${folder.path}/file`), "text");
});

/** Makes a database without our help. */
function makeDatabase(path: string, sql: string): Uint8Array {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
  return Deno.readFileSync(path);
}

test("a database of another program is refused and stays as it is, to the byte", async ({ folder }) => {
  const others: Record<string, string> = {
    table: "CREATE TABLE notes (x); INSERT INTO notes VALUES (1)",
    view: "CREATE VIEW one AS SELECT 1",
    ours: "CREATE TABLE prices (ticker TEXT, date TEXT)",
    // Other programs call their journal by the same name.
    journal: "CREATE TABLE schema_migrations (version TEXT PRIMARY KEY)",
    wal: "PRAGMA journal_mode = WAL; CREATE TABLE notes (x)",
  };
  for (const [name, sql] of Object.entries(others)) {
    const path = `${folder.path}/${name}.db`;
    const before = makeDatabase(path, sql);
    const error = await refusalOf(path);
    assertEquals([error.code, error.exitCode], ["db_of_another_program", 1], name);
    assertStringIncludes(error.message, path);
    assertEquals(await Deno.readFile(path), before, name);
    assertEquals(namesIn(folder.path).filter((each) => each.startsWith(name)), [`${name}.db`]);
  }
});

test("a schema that is too new or was edited is refused by name, and left as it is", async ({ folder }) => {
  const later = MIGRATIONS.length + 1;
  const cases: [sql: string, code: string, ...says: string[]][] = [
    [
      `INSERT INTO schema_migrations VALUES (${later}, 'later', 'abc', '2030-01-01', '9.0.0')`,
      "db_schema_too_new",
      `schema version ${later}`,
      `knows up to ${MIGRATIONS.length}`,
    ],
    [
      "UPDATE schema_migrations SET checksum = replace(checksum, substr(checksum, 1, 1), 'x')",
      "db_schema_changed",
      "migration 1 (initial)",
    ],
  ];
  for (const [sql, code, ...says] of cases) {
    const path = `${folder.path}/${code}.db`;
    (await Database.open(path)).close();
    const before = makeDatabase(path, sql);
    const error = await refusalOf(path);
    assertEquals(error.code, code);
    for (const each of says) assertStringIncludes(error.message, each);
    assertEquals(await Deno.readFile(path), before);
  }
});

test("a path that cannot be read for lack of a right of the runtime says so", async ({ path }) => {
  const real = Deno.statSync;
  Deno.statSync = () => {
    throw new Deno.errors.NotCapable("Requires read access");
  };
  try {
    const error = await refusalOf(path);
    assertEquals(error.code, "db_cannot_open");
    assertStringIncludes(error.message, "Requires read access");
  } finally {
    Deno.statSync = real;
  }
});
