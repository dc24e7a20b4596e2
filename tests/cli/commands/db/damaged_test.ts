import { Workspace } from "../../../e2e/workspace.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { exists } from "../../../../src/platform/files.ts";
import { inProcess } from "../../in_process.ts";

function written(length: number, byteOf: (at: number) => number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => byteOf(at));
}

/** What becomes of a file, by what has happened to it. */
const DAMAGES: Readonly<Record<string, (whole: Uint8Array) => Uint8Array>> = {
  "zeros at its beginning": (whole) =>
    new Uint8Array([...new Uint8Array(100), ...whole.slice(100)]),
  "all zeros": (whole) => new Uint8Array(whole.length),
  "a text": () => new TextEncoder().encode("<html>Service unavailable</html>\n".repeat(40)),
  "a text over its beginning": (whole) => {
    const copy = whole.slice();
    copy.set(new TextEncoder().encode("not a database"));
    return copy;
  },
  "cut within its header": (whole) => whole.slice(0, 50),
  "cut in half": (whole) => whole.slice(0, whole.length / 2),
  "as if encrypted": (whole) => written(whole.length, (at) => (at * 7919 + 13) % 251),
};

Deno.test("a database that is damaged: each command names db restore and the newest good backup", async () => {
  await using space = await Workspace.create();
  space.write("a.csv", "ticker,date,close\nA,2024-01-02,1\n");
  const run = (line: string) =>
    inProcess(line.split(" "), {
      cwd: space.path,
      env: { TICKERLOCK_DB: "x.db", LOCK_DIR: "locks", TICKERLOCK_LOG_FORMAT: "pretty" },
    });
  const INGEST = "ingest --source csv --file a.csv --force-refresh";
  assertEquals((await run(INGEST)).code, 0);
  for (const _ of [1, 2]) assertEquals((await run("db backup")).code, 0);
  const folder = `${space.path}/backups`;
  const [good = "", newest = ""] = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".db")).sort();
  Deno.writeTextFileSync(`${folder}/${newest}`, "spoilt", { append: true });
  const whole = Deno.readFileSync(`${space.path}/x.db`);
  for (const [what, damaged] of Object.entries(DAMAGES)) {
    Deno.writeFileSync(`${space.path}/x.db`, damaged(whole));
    for (
      const command of [
        INGEST,
        "stats",
        "logs",
        "gaps",
        "export",
        "db verify",
        "db info",
        "db migrate",
      ]
    ) {
      const { code, stdout, stderr } = await run(command);
      assertEquals(code, 1, `${command}, ${what}`);
      const said = (stdout + stderr).replaceAll(/\s+/g, " ");
      assertMatch(
        said,
        /bring back the newest good backup \(\S+\): tickerlock db restore latest --db x\.db/i,
      );
      assertStringIncludes(said, good, `${command}, ${what}`);
      assertEquals(/a bug in/.test(said), false, said);
    }
  }
  // To SQLite an empty file is a new database. One that is being made is young.
  Deno.writeFileSync(`${space.path}/x.db`, new Uint8Array());
  Deno.utimeSync(`${space.path}/x.db`, 1000, 1000);
  for (const command of [INGEST, "db migrate", "db verify"]) {
    const { code, stdout, stderr } = await run(command);
    const said = (stdout + stderr).replaceAll(/\s+/g, " ");
    assertEquals([code, Deno.statSync(`${space.path}/x.db`).size], [1, 0], said);
    assertMatch(said, /is an empty file \(0 bytes\).*db restore latest --db x\.db/, command);
    assertStringIncludes(said, good, command);
  }
  assertEquals((await run("db restore latest")).code, 0);
  assertMatch((await run("export --format json")).stdout, /"ticker":\s*"A"/);

  // Without a backup it says so, and a file that was never one of tickerlock may be a slip of the pen.
  Deno.removeSync(folder, { recursive: true });
  space.write("y.db", "a list of things\n".repeat(9));
  space.write("z.db", "");
  Deno.utimeSync(`${space.path}/z.db`, 1000, 1000);
  assertEquals((await run(`${INGEST} --db z.db`)).code, 0, "an empty file without a backup is new");
  const { stderr } = await run("stats --db y.db");
  const said = stderr.replaceAll(/\s+/g, " ");
  assertMatch(said, /If this was a database of tickerlock.*db restore FILE --db y\.db/);
  assertMatch(said, /There is none in its folder of backups\. If not, choose another file/);
});

Deno.test("a database that was removed is not made anew in silence where it has backups", async () => {
  await using space = await Workspace.create();
  space.write("a.csv", "ticker,date,close\nA,2024-01-02,1\n");
  const run = async (line: string) => {
    const { code, stderr } = await inProcess(line.split(" "), {
      cwd: space.path,
      env: { LOCK_DIR: "locks", TICKERLOCK_LOG_FORMAT: "pretty" },
    });
    return { code, said: stderr.replaceAll(/\s+/g, " ") };
  };
  const ingest = (more: string) => run(`ingest --source csv --file a.csv ${more}`);
  assertEquals((await ingest("--db x.db")).code, 0);
  assertEquals((await run("db backup --db x.db")).code, 0);
  const plain = [...Deno.readDirSync(`${space.path}/backups`)].map(({ name }) => name)
    .filter((name) => name.endsWith(".db"))[0] ?? "";
  const refused = async (newest: string) => {
    for (const more of ["--db x.db", "--db x.db --dry-run"]) {
      const { code, said } = await ingest(more);
      assertEquals([code, exists(`${space.path}/x.db`)], [1, false], said);
      assertMatch(said, /x\.db is not there, but backups of it are .*it was removed/);
      assertStringIncludes(said, `backups/${newest})`);
      assertMatch(said, /latest --db x\.db\. .* empty one: tickerlock db migrate --db x\.db/);
    }
  };
  Deno.removeSync(`${space.path}/x.db`);
  await refused(plain);
  assertEquals((await ingest("--db y.db")).code, 0, "another has no backups");
  // Newer by its name than the clock: told only where no other is there.
  const ahead = "x.db.before-9-20990101T000000000Z";
  space.write(`backups/${ahead}`, "");
  await refused(plain);
  assertEquals((await run("db restore latest --db x.db")).code, 0);
  assertEquals((await ingest("--db x.db")).code, 0);
  for (const name of ["x.db", `backups/${plain}`]) Deno.removeSync(`${space.path}/${name}`);
  await refused(ahead);
  assertEquals((await run("db migrate --db x.db")).code, 0);
  assertEquals((await ingest("--db x.db")).code, 0);
});
