import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "../../src/store/sqlite/migrations/mod.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { OldWorld, readTables } from "./old_world.ts";
import { Services } from "./services.ts";

/** A folder whose database a later release has migrated. */
async function ahead(): Promise<OldWorld> {
  const world = await OldWorld.create();
  await world.ends(0, ["db", "migrate"]);
  using db = new DatabaseSync(world.db);
  db.exec(`CREATE TABLE of_the_future (id INTEGER PRIMARY KEY) STRICT;
    INSERT INTO schema_migrations VALUES (${MIGRATIONS.length + 1}, 'of_the_future', 'x',
      '2030-01-01T00:00:00.000Z', '99.0.0');
    PRAGMA wal_checkpoint(TRUNCATE);`);
  return world;
}

/** What a command leaves: bytes of the database and names beside it. */
function state(world: OldWorld): unknown[] {
  const names = [...Deno.readDirSync(`${world.path}/data`)].map(({ name }) => name)
    .filter((name) => !/^\.|-(wal|shm)$/.test(name)).sort();
  return [Deno.readFileSync(world.db), names, Deno.readTextFileSync(`${world.db}.spill.ndjson`)];
}

const REFUSED = [
  "ingest --source csv --file quotes.csv",
  "ingest --source cotahist --file files",
  "ingest --ticker PETR4.SA --rate none",
  "ingest --all --rate none",
  "ingest --source kalshi --rate none",
  "ingest --ticker PETR4.SA --dry-run",
  "collect --config tickerlock.json --once",
  "db migrate",
  "db migrate --status",
  "db migrate --rollback",
  "db migrate --to 8",
  "db backup",
  "db info",
  "db info --compact",
  "db copy data/tickerlock.db other.db",
  "export",
  "export --out prices.csv",
  "logs",
  "logs runs",
  "logs show 01a22e33",
  "logs --follow",
  "logs prune --older-than 1d",
  "stats",
  "stats --by run",
  "gaps",
  "report --out report.html",
  "serve --port 0",
  "locks adopt --lock-dir other-locks",
];

Deno.test("a database of a later release: each command says so in one line, and nothing is written", async () => {
  await using world = await ahead();
  await using services = await Services.start();
  await Deno.mkdir(`${world.path}/files`);
  const before = state(world);
  const wrong: string[] = [];
  for (const line of REFUSED) {
    const { code, stderr } = await world.run([...line.split(" "), "--log-level", "error"], {
      env: services.env,
    });
    const lines = stderr.trimEnd().split("\n");
    const told = /has schema version 18, this program \(\S+\) knows up to 17/.test(stderr) &&
      /"hint":"Use the newer tickerlock that made it; the database was left as it is\."/
        .test(stderr);
    if (code !== 1 || lines.length !== 1 || !told) wrong.push(`${line}: ${code} ${stderr}`);
    assertEquals(state(world), before, line);
  }
  assertEquals(wrong, []);
  assertEquals(services.yahoo.requests.length + services.kalshi.requests.length, 0);
});

Deno.test("what looks for faults tells of it as a finding, and a backup brings the database back", async () => {
  await using world = await ahead();
  const before = state(world);
  const verify = await world.run(["db", "verify"]);
  assertEquals(verify.code, 1);
  assertMatch(
    verify.stdout,
    /^error: schema: .*schema version 18.*\n {2}Try: Use the newer tickerlock/m,
  );
  const doctor = await world.run(["doctor", "--offline"]);
  assertEquals(doctor.code, 1);
  assertMatch(doctor.stdout, /^error: \w+: .*schema version 18/m);
  const exported = await world.run(["export", "verify", "exports/prices.csv"]);
  assert(/schema version 18/.test(exported.stdout + exported.stderr), exported.stdout);
  assertEquals(state(world), before);
  const [backup, tables] = [world.backup(), world.tables()];
  assertEquals((await world.run(["db", "restore", backup])).code, 0);
  const replaced = [...Deno.readDirSync(`${world.path}/data`)].map(({ name }) => name)
    .find((name) => name.startsWith("tickerlock.db.replaced-"));
  assertEquals(readTables(`${world.path}/data/${replaced}`), tables);
});
