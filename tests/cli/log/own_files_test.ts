import { refuseOwnFiles } from "../../../src/cli/log/own_files.ts";
import { UsageError } from "../../../src/base/errors.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { SAMPLE } from "../../e2e/program.ts";
import { has } from "../../system.ts";

Deno.test("neither a log nor a file of figures is written over a database or a lock", async () => {
  await using space = await Workspace.create();
  assertEquals((await space.cotahist(SAMPLE)).code, 0);
  const before = space.prices();
  const link = `${space.path}/link.prom`;
  await (has("links") ? Deno.symlink(space.db, link) : Deno.link(space.db, link));
  await Deno.copyFile(space.db, `${space.path}/copy.log`);
  const lock = `${space.lockDir}/${[...Deno.readDirSync(space.lockDir)][0]?.name}`;
  const env = { TICKERLOCK_DB: space.db, LOCK_DIR: space.lockDir };
  for (const path of [space.db, link, `${space.path}/copy.log`, lock]) {
    const stats = await space.program(["stats", "--prometheus", "--out", path], { env });
    const log = await space.cotahist(SAMPLE, "--log-file", path, "--log-file-size", "1KB");
    for (const [option, { code, stderr }] of [["--out", stats], ["--log-file", log]] as const) {
      assertEquals(code, 2, `${option} ${path}: ${stderr}`);
      assertStringIncludes(stderr, `${option} ${path}: `);
    }
  }
  assertEquals(space.prices(), before);
  await Deno.rename(`${space.path}/copy.log`, `${space.path}/p.csv.sha256`);
  const args = ["export", "--db", `${space.path}/p.csv.sha256`, "--out", `${space.path}/p.csv`];
  const exported = await space.program(args);
  assertEquals(exported.code !== 0, true);
  assertStringIncludes(exported.stderr, "is the database itself");
});

Deno.test("a file that is not there, and any other file, may be written", async () => {
  await using space = await Workspace.create();
  refuseOwnFiles("--out", `${space.path}/new.prom`, space.db);
  refuseOwnFiles("--out", space.write("old.prom", "# HELP\n"), space.db);
  assertThrows(() => refuseOwnFiles("--out", `${space.path}/x.db-wal`, space.db), UsageError);
});
