import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { SAMPLE, sourceCommand } from "../e2e/program.ts";
import { Workspace } from "../e2e/workspace.ts";
import { binary, runBare } from "./binary.ts";

const INGEST = ["ingest", "--source", "cotahist", "--file", SAMPLE, "--force-refresh"];

Deno.test("two versions side by side on one database: each ticker is in once, by either", async () => {
  const path = binary();
  if (path === undefined) return;
  await using space = await Workspace.create();
  const args = [...INGEST, "--db", space.db, "--lock-dir", space.lockDir];
  // The other version is the source, under another version of the runtime where there is one.
  const env = { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "" };
  const runs = await Promise.all(
    [[path], sourceCommand(), [path], sourceCommand()]
      .map((words) => runBare([...words, ...args], space.path, env)),
  );
  for (const { code, stderr } of runs) assertEquals(code, 0, stderr);
  assertEquals(space.prices().length, 80);
  assertEquals(new Set(space.logs().map(({ run_id }) => run_id)).size, 4);
  for (const { status } of space.logs()) assert(["success", "skipped"].includes(status), status);
});

Deno.test("the older one refuses the schema of a newer one, and leaves it as it is", async () => {
  const path = binary();
  if (path === undefined) return;
  await using space = await Workspace.create();
  assertEquals((await space.cotahist(SAMPLE)).code, 0);
  const db = new DatabaseSync(space.db);
  db.exec(
    `
     CREATE TEMP TABLE newest AS SELECT * FROM schema_migrations ORDER BY version DESC LIMIT 1;
     UPDATE newest SET version = version + 1000;
     INSERT INTO schema_migrations SELECT * FROM newest;
     CREATE TABLE of_the_future (id INTEGER) STRICT;`,
  );
  db.close();
  const before = await Deno.readFile(space.db);
  const { code, stderr } = await space.cotahist(SAMPLE);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "newer");
  assertEquals(await Deno.readFile(space.db), before);
});
