import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { splitPath } from "../../../../src/platform/paths.ts";
import { backupFolderOf, stemOf } from "../../../../src/store/sqlite/backup/companion_files.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { reader, type ReaderOptions } from "../../../../src/store/sqlite/connection/reader.ts";
import { rollBack } from "../../../../src/store/sqlite/connection/migrate.ts";
import { assertEquals, assertInstanceOf, assertStringIncludes } from "../../../assert.ts";
import { addPrices, fill, filled } from "../filled.ts";
import { pragmaOf, thrownBy } from "../helpers.ts";
import { test } from "../leaks.ts";
import { daysOf } from "../../rows.ts";

function refusalOf(path: string, options: ReaderOptions = {}): StoreError {
  const error = thrownBy(() => reader(path, options).close());
  assertInstanceOf(error, StoreError);
  return error;
}

test("of a missing database its own backups are told, not those of a neighbour or what is beside them", async ({ path }) => {
  const folder = backupFolderOf(path);
  await Deno.mkdir(folder, { recursive: true });
  const stem = stemOf(path);
  const hintBeside = async (...names: readonly string[]): Promise<string | undefined> => {
    for (const name of names) await Deno.writeTextFile(`${folder}/${name}`, "");
    return refusalOf(path).hint;
  };
  const ingest = "Name another with --db, or bring some data in first: tickerlock ingest --help";
  const backup = `${stem}-20260102T030405006Z.db`;
  const others = [`${stem}-raw-20260102T030405006Z.db`, `${stem}-old.db`, `${backup}.sha256`];
  assertEquals(await hintBeside(...others), ingest);
  assertStringIncludes(await hintBeside(backup) ?? "", "tickerlock db restore latest --db ");
  await Deno.remove(`${folder}/${backup}`);
  const migrated = `${splitPath(path).name}.before-9-20260102T030405006Z`;
  assertStringIncludes(await hintBeside(migrated) ?? "", "tickerlock db restore latest --db ");
});

const COUNT = "SELECT count(*) AS n FROM prices";

filled.test("the settings of a reader are set and read back", ({ path }) => {
  using db = reader(path);
  assertEquals(
    ["query_only", "trusted_schema", "cache_size", "temp_store", "busy_timeout", "journal_mode"]
      .map((name) => pragmaOf(db.raw, name)),
    [1, 0, -64_000, 2, 5000, "wal"],
  );
  using impatient = reader(path, { busyTimeoutMs: 7 });
  assertEquals(pragmaOf(impatient.raw, "busy_timeout"), 7);
});

filled.test("get, all and iterate read rows; nothing can be written", ({ path }) => {
  using db = reader(path);
  assertEquals(db.path, path);
  assertEquals(db.get(COUNT)?.n, 40);
  assertEquals(db.get("SELECT 1 FROM prices WHERE ticker = ?", "NONE"), undefined);
  const days = "SELECT date FROM prices WHERE ticker = ? ORDER BY date LIMIT 3";
  const expected = ["2024-01-01", "2024-01-02", "2024-01-03"];
  assertEquals(db.all(days, "PETR4.SA").map(({ date }) => date), expected);
  assertEquals([...db.iterate(days, "PETR4.SA")].map(({ date }) => date), expected);
  for (const sql of ["DELETE FROM prices", "CREATE TABLE t (x)", "PRAGMA user_version = 1"]) {
    const error = thrownBy(() => db.all(sql));
    assertInstanceOf(error, StoreError);
    assertEquals([error.code, error.details.result_code], ["db_read_only", 8], sql);
    assertEquals(
      error.hint,
      "Use writer() for what changes the database; a reader only reads.",
    );
  }
  assertEquals(db.get(COUNT)?.n, 40);
});

filled.test("a mistake in a query is the caller's: what is wrong with it, and no call to report it", ({ path }) => {
  using db = reader(path);
  const mistakes: readonly [sql: string, values: readonly unknown[], says: string][] = [
    ["SELECT * FROM no_such_table", [], "no such table: no_such_table"],
    ["SELECT sum FROM prices", [], "no such column: sum"],
    ["SELEC 1", [], 'near "SELEC": syntax error'],
    ["", [], "there is no statement in it"],
    ["-- nothing", [], "there is no statement in it"],
    ["SELECT 1", [3], "column index out of range"],
    ["SELECT ?", [undefined], "cannot be bound"],
    ["SELECT ?", [true], "cannot be bound"],
  ];
  for (const [sql, values, says] of mistakes) {
    const given = values as null[];
    for (
      const way of [
        () => db.get(sql, ...given),
        () => db.all(sql, ...given),
        () => [...db.iterate(sql, ...given)],
        () => db.snapshot(() => db.all(sql, ...given)),
      ]
    ) {
      const error = thrownBy(way);
      assertInstanceOf(error, StoreError, sql);
      assertEquals([error.code, error.retryable], ["db_bad_query", false], sql);
      assertStringIncludes(error.message, `could not read the database ${path}: `);
      assertStringIncludes(error.message, says);
      assertStringIncludes(error.hint ?? "", "Check the statement");
    }
  }
  // Not with iterate(): the runtime swallows what goes wrong while it steps.
  const late = {
    "SELECT json('{')": "malformed JSON",
    "SELECT 9007199254740993": "too large",
    "SELECT zeroblob(3000000000)": "too big",
  };
  for (const [sql, says] of Object.entries(late)) {
    for (const way of [() => db.get(sql), () => db.all(sql)]) {
      const error = thrownBy(way);
      assertInstanceOf(error, StoreError, sql);
      assertEquals(error.code, "db_bad_query");
      assertStringIncludes(error.message, says);
    }
  }
  assertEquals(db.get(COUNT)?.n, 40);
});

filled.test("what the work of a snapshot throws comes through, and the next one works", ({ path }) => {
  using db = reader(path);
  const own = new TypeError("mine");
  const thrown = thrownBy(() =>
    db.snapshot(() => {
      throw own;
    })
  );
  assertEquals(thrown === own, true);
  assertEquals(db.snapshot(() => db.get(COUNT)?.n), 40);
});

filled.test("a snapshot is of one moment, whatever is written meanwhile, and blocks nobody", ({ path }) => {
  using writing = new DatabaseSync(path, { timeout: 0 });
  using db = reader(path);
  const remove = (day: string): void =>
    void writing.prepare("DELETE FROM prices WHERE date = ?").run(day);
  const seen = db.snapshot(() => {
    const before = db.get(COUNT)?.n;
    remove("2024-01-01");
    return [before, db.get(COUNT)?.n];
  });
  assertEquals(seen, [40, 40]);
  assertEquals(db.get(COUNT)?.n, 38);
  let rows = 0;
  for (const _row of db.iterate("SELECT * FROM prices")) {
    if (rows++ === 0) remove("2024-01-02");
  }
  assertEquals([rows, db.get(COUNT)?.n], [38, 36]);
});

filled.test("readers, any number of them, go on while another connection writes", async ({ path }) => {
  using writing = await Database.open(path);
  await writing.transaction("write to", () => {
    writing.run("DELETE FROM prices");
    using one = reader(path, { busyTimeoutMs: 0 });
    using other = reader(path, { busyTimeoutMs: 0 });
    assertEquals([one.get(COUNT)?.n, other.get(COUNT)?.n], [40, 40]);
  });
  using after = reader(path);
  assertEquals(after.get(COUNT)?.n, 0);
  await addPrices(writing, "PETR4.SA", daysOf(3));
  assertEquals(after.get(COUNT)?.n, 3);
});

test("each way in which a file cannot be read has its code, and the file stays as it is", async ({ folder }) => {
  const at = (name: string): string => `${folder.path}/${name}`;
  await Deno.writeTextFile(at("text.db"), "no database at all, but rather long".repeat(100));
  const foreign = new DatabaseSync(at("foreign.db"));
  foreign.exec("CREATE TABLE notes (x)");
  foreign.close();
  await fill(at("newer.db"));
  const newer = new DatabaseSync(at("newer.db"));
  newer.exec("INSERT INTO schema_migrations VALUES (99, 'later', 'x', '2030', '9')");
  newer.close();
  // Those of another database in that folder are not of this one.
  Deno.mkdirSync(at("backups"));
  Deno.writeTextFileSync(at("backups/lost-20260303T150230123Z.db"), "");
  const expected: Record<string, [code: string, hint: string]> = {
    "none.db": ["db_not_found", "tickerlock ingest"],
    "lost.db": ["db_not_found", "backups of it; the newest: tickerlock db restore latest --db "],
    "text.db": ["db_not_a_database", "--db"],
    "foreign.db": ["db_of_another_program", "--db"],
    "newer.db": ["db_schema_too_new", "newer tickerlock"],
    ".": ["db_is_a_folder", "--db"],
  };
  for (const [name, [code, hint]] of Object.entries(expected)) {
    const error = refusalOf(at(name));
    assertEquals([error.code, error.path], [code, at(name)]);
    assertStringIncludes(error.hint ?? "", hint);
  }
  assertEquals(
    thrownBy(() => Deno.statSync(at("none.db"))) instanceof Deno.errors.NotFound,
    true,
  );
});

filled.test("an older schema is refused with the command that helps, unless any will do", ({ path }) => {
  const old = new DatabaseSync(path);
  rollBack(old, path, 1);
  old.close();
  const error = refusalOf(path);
  assertEquals(error.code, "db_schema_old");
  assertStringIncludes(error.hint ?? "", `tickerlock db migrate --db ${path}`);
  using db = reader(path, { anySchema: true });
  assertEquals(db.get(COUNT)?.n, 40);
});

filled.test("a reader is closed once, however often it is disposed of", ({ path }) => {
  using db = reader(path);
  db.close();
  db.close();
  db[Symbol.dispose]();
  for (
    const way of [() => db.get(COUNT), () => [...db.iterate(COUNT)], () => db.snapshot(Date)]
  ) {
    const error = thrownBy(way);
    assertInstanceOf(error, StoreError);
    assertEquals([error.code, error.message], [
      "db_closed",
      `the reader of ${path} is closed already`,
    ]);
    assertStringIncludes(error.hint ?? "", "reader()");
  }
});
