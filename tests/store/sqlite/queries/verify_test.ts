import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { databaseInfo } from "../../../../src/store/sqlite/queries/info.ts";
import { verifyDatabase } from "../../../../src/store/sqlite/queries/verify.ts";
import { insertRunning } from "../../../../src/store/sqlite/tables/jobs.ts";
import { MIGRATIONS } from "../../../../src/store/sqlite/migrations/mod.ts";
import { rollBack } from "../../../../src/store/sqlite/connection/migrate.ts";
import { assert, assertEquals, assertHas, assertMatch, assertThrows } from "../../../assert.ts";
import { flipByte, namesIn, overwrite } from "../filled.ts";
import { job } from "../helpers.ts";
import { execute, finding, test, verified } from "../verified.ts";
import { has } from "../../../system.ts";

const ALL = [
  "integrity",
  "foreign_keys",
  "schema",
  "running_rows",
  "impossible_prices",
  "negative_prices",
  "doubtful_jumps",
  "details_without_price",
  "permissions",
  "spill_file",
];
const QUICK = ["integrity", "schema", "running_rows", "permissions", "spill_file"];

test("a sound database: every check, no finding", (path) => {
  const options = { isLocked: () => false };
  assertEquals(verified(path, options), { path, ok: true, checks: ALL, findings: [] });
  const quick = verified(path, { ...options, quick: true });
  assertEquals(quick, { path, ok: true, checks: QUICK, findings: [] });
});

test("a damaged page: an error, and no further query on guesses", (path) => {
  flipByte(path, 4);
  for (const quick of [false, true]) {
    const { ok, checks, findings } = verified(path, { quick });
    assertEquals([ok, checks], [false, ["integrity", "permissions", "spill_file"]]);
    for (const { check, level, hint } of findings) {
      assertEquals([check, level], ["integrity", "error"]);
      assertMatch(hint, /bring back the newest good backup|Bring back the newest good backup/);
    }
    assert(findings.length > 0);
  }
});

test("whichever page is damaged, it is one of the findings", (path) => {
  const original = Deno.readFileSync(path);
  // The second page maps pages to their parents, and a root page has none that could be wrong.
  for (let page = 3; page <= original.length / 4096; page++) {
    flipByte(path, page);
    const { ok, findings } = verified(path);
    assertEquals([ok, findings[0]?.check], [false, "integrity"], `page ${page}`);
    Deno.writeFileSync(path, original);
  }
});

test("any byte of the schema's pages: found or harmless, never a crash", (path) => {
  const original = Deno.readFileSync(path);
  let refused = 0;
  // The pages that have text of the schema, wherever they are.
  const text = new TextDecoder("latin1").decode(original);
  const pages = Array.from({ length: original.length / 4096 }, (_, page) => page * 4096)
    .filter((start) => text.slice(start, start + 4096).includes("CREATE TABLE"));
  assert(pages.length > 0);
  const places = pages.flatMap((page) =>
    Array.from({ length: 20 }, (_, step) => page + 3000 + step * 53)
  );
  for (const at of [...places, ...Array.from({ length: 25 }, (_, step) => step * 4)]) {
    overwrite(path, at, new Uint8Array([(original[at] ?? 0) ^ 0xff]));
    const { ok, findings } = verified(path);
    if (!ok) refused++;
    for (const { code } of findings) {
      assertMatch(
        code ?? "db_corrupt",
        /^db_(corrupt|not_a_database|of_another|schema|cannot_open|io|error)/,
      );
    }
    Deno.writeFileSync(path, original);
  }
  assert(refused > 20, `${refused} of ${places.length}`);
});

test("rows whose parent is gone are named", (path) => {
  execute(
    path,
    `PRAGMA foreign_keys = OFF;
     INSERT INTO ingest_rejects (ingest_id, source, code, reason, rejected_at)
     VALUES (4711, 'csv', 'x', 'x', '2024-01-01T00:00:00.000Z')`,
  );
  const { check, level, message } = finding(path);
  assertEquals([check, level], ["foreign_keys", "error"]);
  assertEquals(message, "ingest_rejects row 1 names a row of ingest_logs that is not there");
  assertEquals(verified(path, { quick: true }).ok, true);
});

const SCHEMA: readonly [change: string, message: RegExp][] = [
  ["DROP INDEX ingest_logs_by_ticker", /^index ingest_logs_by_ticker is missing$/],
  ["DROP VIEW prices_latest", /^view prices_latest is missing$/],
  [
    "DROP VIEW prices_latest; CREATE VIEW prices_latest AS SELECT 1",
    /^view prices_latest is not as it was made$/,
  ],
  ["ALTER TABLE prices ADD COLUMN note TEXT", /^table prices is not as it was made$/],
];

for (const [change, message] of SCHEMA) {
  test(`a schema that was edited is found: ${change}`, (path) => {
    execute(path, change);
    for (const quick of [false, true]) {
      const found = finding(path, { quick });
      assertEquals([found.check, found.level], ["schema", "error"]);
      assertMatch(found.message, message);
    }
  });
}

test("a table that is missing is a finding, and what asks it is left out", (path) => {
  execute(path, "DROP VIEW prices_latest; DROP VIEW prices_canonical; DROP TABLE prices");
  const { ok, checks, findings } = verified(path, { isLocked: () => false });
  assertEquals(ok, false);
  assert(findings.some(({ message }) => message === "table prices is missing"));
  assertEquals(
    checks.filter((check) => /prices|jumps/.test(check)),
    [],
    "a check that could not be made is none",
  );
});

test("an empty file is no database yet: an error that says so, and nothing is made", (path) => {
  const empty = `${path}.empty`;
  Deno.writeFileSync(empty, new Uint8Array(), { mode: 0o600 });
  for (const quick of [false, true]) {
    const { check, level, message, hint } = finding(empty, { quick });
    assertEquals([check, level], ["integrity", "error"]);
    assertEquals(message, `${empty} is an empty file (0 bytes), no database of tickerlock yet`);
    assertMatch(hint, /tickerlock db restore FILE --db .*tickerlock ingest --db/);
  }
  // Emptied by hand. SQLite would take the write-ahead log for a leftover, and remove it.
  for (const suffix of ["-wal", "-shm"]) {
    Deno.writeFileSync(empty + suffix, new Uint8Array(5000), { mode: 0o600 });
  }
  assertMatch(finding(empty).message, /empty file .*, though its -wal has 5\.0 kB: .* emptied/);
  assertThrows(() => databaseInfo(empty), StoreError);
  assertEquals(Deno.statSync(`${empty}-wal`).size, 5000);
});

test("a database that is not there is not made by looking for it", (path) => {
  const folder = path.replace(/\/[^/]*$/, "");
  const names = namesIn(folder);
  const { ok, checks, findings: [found] } = verifyDatabase(`${folder}/none.db`);
  assertEquals([ok, checks[0]], [false, "open"]);
  assertHas(found, { check: "open", level: "error", code: "db_not_found" });
  assertMatch(found?.hint ?? "", /--db/);
  assertEquals(namesIn(folder), names);
});

test("a trigger that zeroes prices is an error, tables and views of others a warning", (path) => {
  execute(path, "CREATE TABLE notes (x); CREATE INDEX mine ON prices (date); ANALYZE");
  execute(path, "CREATE VIEW prices_mine AS SELECT 1");
  execute(
    path,
    `CREATE TRIGGER zero AFTER INSERT ON prices BEGIN
       UPDATE prices SET close = 0 WHERE rowid = new.rowid; END`,
  );
  for (const quick of [false, true]) {
    const { ok, findings } = verified(path, { quick });
    const told = findings.map(({ check, level, message }) => [check, level, message]);
    assertEquals([ok, told], [false, [
      [
        "schema",
        "error",
        "trigger zero was not made by tickerlock, and may change what is written",
      ],
      ["schema", "warning", "table notes was not made by tickerlock"],
      ["schema", "warning", "view prices_mine was not made by tickerlock"],
    ]]);
  }
  execute(path, "DROP TRIGGER zero");
  assertEquals(verified(path).ok, true);
});

test("migrations that are pending are one warning", (path) => {
  const db = new DatabaseSync(path);
  rollBack(db, path, MIGRATIONS.length - 1);
  db.close();
  const { check, level, message, hint } = finding(path);
  const last = MIGRATIONS.at(-1);
  assertEquals([check, level], ["schema", "warning"]);
  assertEquals(message, `migration ${last?.version} (${last?.name}) is not applied`);
  assertMatch(hint, /tickerlock db migrate --db/);
  const older = new DatabaseSync(path);
  rollBack(older, path, 8);
  older.close();
  const all = `${MIGRATIONS.length - 8} migrations are not applied, 9 (lock_folders) to `;
  assertEquals(finding(path).message, `${all}${last?.version} (${last?.name})`);
});

test("what is no SQLite database, or another program's, is a finding", (path) => {
  const other = `${path}.other`;
  execute(other, "CREATE TABLE theirs (x)");
  Deno.writeTextFileSync(path, "no database, but long enough to be looked at as one\n".repeat(9));
  const cases = [[path, "db_not_a_database"], [other, "db_of_another_program"]] as const;
  for (const [file, code] of cases) {
    Deno.chmodSync(file, 0o600);
    const found = finding(file);
    assertHas(found, { check: "open", level: "error", code });
    assertMatch(found.message, new RegExp(file));
  }
});

test("a schema that is too new or whose record was edited is a finding", (path) => {
  const edits = {
    db_schema_too_new: "INSERT INTO schema_migrations VALUES (99, 'later', 'x', '2030', '9')",
    db_schema_changed: "UPDATE schema_migrations SET checksum = 'x' WHERE version = 1",
  };
  for (const [code, sql] of Object.entries(edits)) {
    execute(path, sql);
    const found = finding(path);
    assertHas(found, { check: "schema", level: "error", code });
    execute(path, "DELETE FROM schema_migrations WHERE version = 99");
  }
});

async function plantRunning(path: string, ticker: string | null): Promise<number> {
  using db = await Database.open(path);
  const start = job(99, { ticker, pid: 77, host: "elsewhere" });
  return await db.transaction("plant in", () => insertRunning(db, start));
}

test("a run that ends while it is looked at is not taken for dead", async (path) => {
  const id = await plantRunning(path, "PETR4.SA");
  // It finishes its row, and only then releases its lock.
  const isLocked = (): boolean => {
    execute(
      path,
      `UPDATE ingest_logs SET status = 'success', finished_at = '2024-01-02' WHERE id = ${id}`,
    );
    return false;
  };
  assertEquals(verifyDatabase(path, { isLocked }).findings, []);
});

test("a file that others may use is a warning with the command that mends it", (path) => {
  if (!has("modes")) return;
  for (const mode of [0o640, 0o604]) {
    Deno.chmodSync(path, mode);
    for (const name of ["-wal", "-shm"]) {
      try {
        Deno.removeSync(path + name);
      } catch {
        // Not there.
      }
    }
    const found = verified(path).findings.filter(({ message }) => message.startsWith(`${path} `));
    assertEquals(found.map(({ check, level }) => [check, level]), [["permissions", "warning"]]);
    assertMatch(found[0]?.message ?? "", new RegExp(`mode 0${mode.toString(8)}`));
    assertMatch(found[0]?.hint ?? "", /chmod 600 /);
  }
});

test("a spill file that waits is a warning, an empty one is none", (path) => {
  Deno.writeTextFileSync(`${path}.spill.ndjson`, "");
  assertEquals(verified(path).findings, []);
  Deno.writeTextFileSync(`${path}.spill.ndjson`, "{}\n");
  const { check, level, message } = finding(path, { quick: true });
  assertEquals([check, level], ["spill_file", "warning"]);
  assertMatch(message, /x\.db\.spill\.ndjson holds log rows/);
});
