import { DatabaseSync } from "node:sqlite";
import { VERSION } from "../../src/base/version.ts";
import { columnOf, JOB_COLUMNS } from "../../src/model/job.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations/mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { assertKept, OLD_SCHEMA, OldWorld, readTables, type Tables } from "./old_world.ts";

const NEWEST = MIGRATIONS.length;

/** Jobs whose end waits in the spill file, as columns of the log. */
function spilled(world: OldWorld): Record<string, unknown>[] {
  return Deno.readTextFileSync(`${world.db}.spill.ndjson`).trim().split("\n").map((line) => {
    const { job, end } = JSON.parse(line);
    return Object.fromEntries(
      JOB_COLUMNS.map(({ key }) => [columnOf(key), { ...job, ...end }[key] ?? null]),
    );
  });
}

function schemaOf(path: string): unknown[] {
  using db = new DatabaseSync(path, { readOnly: true });
  return db.prepare(
    "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name",
  ).all();
}

function logs(tables: Tables): Record<string, unknown>[] {
  return [...tables.get("ingest_logs")?.values() ?? []];
}

Deno.test("the fixtures have all that 0.1.0 could leave", async () => {
  await using world = await OldWorld.create();
  const tables = world.tables();
  for (const [name, rows] of tables) assert(rows.size > 0, name);
  assertEquals(tables.get("schema_migrations")?.size, OLD_SCHEMA);
  assertEquals([...new Set(logs(tables).map(({ status }) => status))].sort(), [
    ...["abandoned", "dry_run", "failed", "interrupted", "lock_busy", "lock_timeout"],
    ...["running", "skipped", "success"],
  ]);
  assertEquals(
    [...new Set([...tables.get("prices")?.values() ?? []].map(({ source }) => source))].sort(),
    ["cotahist", "csv", "yahoo"],
  );
  for (const code of ["abandoned", "claim_revoked", "lock_released"]) {
    assert(logs(tables).some(({ error_code }) => error_code === code), code);
  }
  assertEquals(spilled(world).map(({ status }) => status), ["interrupted", "failed"]);
});

Deno.test("db migrate keeps every column of every row, and makes one backup that is the old database", async () => {
  await using world = await OldWorld.create();
  const before = world.tables();
  const { done } = await world.json(0, ["db", "migrate"]) as {
    done: { version: number; backup: string }[];
  };
  assertEquals(
    done.map(({ version }) => version),
    MIGRATIONS.slice(OLD_SCHEMA).map(({ version }) => version),
  );
  const after = world.tables();
  assertKept(before, after);
  for (const [name, rows] of before) {
    if (name !== "schema_migrations") assertEquals(after.get(name)?.size, rows.size, name);
  }
  const [backup, ...others] = new Set(done.map(({ backup }) => backup));
  assertEquals(others, []);
  assertEquals(readTables(`${world.path}/${backup}`), before);
  assertEquals((await world.json(0, ["db", "verify"])).ok, true);
  assertEquals((await world.json(0, ["db", "info"])).schema_version, NEWEST);
});

Deno.test("the first run migrates by itself, and brings the spilled rows in with all they have", async () => {
  await using world = await OldWorld.create();
  const before = world.tables();
  const jobs = spilled(world);
  const { stderr } = await world.run(["ingest", "--source", "csv", "--file", "quotes.csv"]);
  assertStringIncludes(
    stderr,
    `migrated from schema version ${OLD_SCHEMA} to ${NEWEST}; older releases refuse it from now on`,
  );
  const after = world.tables();
  const wanted = new Map([...before].map(([table, rows]) => [
    table,
    new Map([...rows].map(([key, row]) => {
      const ended = jobs.find(({ job_id }) => table === "ingest_logs" && row.job_id === job_id);
      return [key, { ...row, ...ended }];
    })),
  ]));
  assertKept(wanted, after);
  for (const job of jobs) {
    const [row] = logs(after).filter(({ job_id }) => job_id === job.job_id);
    for (const [column, value] of Object.entries(job)) assertEquals(row?.[column], value, column);
  }
  assertEquals(Deno.readTextFileSync(`${world.db}.spill.ndjson`), "");
  // Nothing of it is new: the file of 0.1.0 is what the database has.
  assertEquals(after.get("prices")?.size, before.get("prices")?.size);
  const last = logs(after).at(-1);
  assertEquals([last?.version, last?.rows_inserted, last?.rows_updated], [VERSION, 0, 0]);
});

Deno.test("before it is migrated, what needs the newer schema says so and writes nothing", async () => {
  await using world = await OldWorld.create();
  const bytes = await Deno.readFile(world.db);
  const refused = ["logs", "logs runs", "logs --follow", "logs show 00000000", "stats", "gaps"];
  for (const line of [...refused, "report --out r.html", "logs prune --older-than 1d", "serve"]) {
    const { code, stdout, stderr } = await world.run(line.split(" "));
    assertEquals([code, stdout], [1, ""], line);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    assertMatch(stderr, /has an older schema .*tickerlock db migrate --db data\/tickerlock\.db/);
  }
  assertEquals((await world.json(0, ["db", "info"])).schema_version, OLD_SCHEMA);
  assertStringIncludes(await world.ends(0, ["db", "verify"]), "not applied, 9 (lock_folders) to ");
  assertStringIncludes(await world.ends(0, ["db", "migrate", "--status"]), "pending");
  const { code, stderr } = await world.run(["export", "prices_adjusted"]);
  assertEquals(code, 2);
  assertMatch(stderr, /no table or view "prices_adjusted"\nTry: .* older schema: .*db migrate/);
  // What it can do with the old schema it does.
  await world.ends(0, ["db", "backup"]);
  assertEquals(
    await world.ends(0, ["export"]),
    await Deno.readTextFile(`${world.path}/exports/prices.csv`),
  );
  assertEquals(await Deno.readFile(world.db), bytes);
});

Deno.test("the way down: what goes is told, then the schema and every old row are as they were", async () => {
  await using world = await OldWorld.create();
  const [before, schema] = [world.tables(), schemaOf(world.db)];
  await world.ends(0, ["db", "migrate"]);
  using db = new DatabaseSync(world.db);
  db.exec(`UPDATE prices SET volume = 1.5 WHERE ticker = 'BTC-USD' AND date = '2024-06-03';
    UPDATE ingest_logs SET joined_from = '2024-01-02' WHERE id < 3;
    INSERT INTO snapshots SELECT 99, taken_at, object, query, 'parquet', path, rows, bytes, sha256,
      version FROM snapshots WHERE id = 1;`);
  db.close();
  const told = "back to schema version 8 drops snapshots in other formats than CSV, JSON and " +
    "NDJSON (1 row), adjustment_factors (17 rows), ingest_logs.joined_from (2 rows), " +
    "prices.volume with a fraction, which is rounded (1 row)";
  const way = ["db", "migrate", "--to", String(OLD_SCHEMA)];
  assertStringIncludes(await world.ends(0, [...way, "--status"]), `\n${told}\n`);
  assertEquals(world.tables().get("schema_migrations")?.size, NEWEST);
  const { code, stdout, stderr } = await world.run(way);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, told);
  const [, backup = ""] = /backup before it: (\S+)\n/.exec(stdout) ?? [];
  assertEquals(schemaOf(world.db), schema);
  before.get("prices")?.delete('["BTC-USD","2024-06-03","yahoo"]');
  assertKept(before, world.tables());
  // The backup has what went.
  assertEquals(readTables(`${world.path}/${backup}`).get("snapshots")?.size, 3);
  assertStringIncludes(
    await world.ends(0, ["db", "migrate", "--rollback", "--status"]),
    "one step back drops nothing that is stored",
  );
});

Deno.test("a backup of 0.1.0 is listed, restored whole, and migrated by the next run", async () => {
  await using world = await OldWorld.create();
  const backup = world.backup().slice(world.path.length + 1);
  const old = readTables(world.backup());
  await world.ends(0, ["db", "migrate"]);
  assertStringIncludes(await world.ends(0, ["db", "backups"]), backup);
  assertStringIncludes(
    await world.ends(0, ["db", "restore", backup, "--dry-run"]),
    "schema version 8",
  );
  assertEquals((await world.json(0, ["db", "restore", backup])).checks, {
    integrity: "integrity_check",
    sha256: "matched",
  });
  assertEquals(world.tables(), old);
  await world.ends(0, ["ingest", "--source", "csv", "--file", "quotes.csv"]);
  assertKept(old, world.tables());
});
