import { DatabaseSync } from "node:sqlite";
import { VERSION } from "../../src/base/version.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { type Outcome, SAMPLE } from "../e2e/program.ts";
import { Workspace } from "../e2e/workspace.ts";
import { binary, runBare } from "./binary.ts";
import { OTHER_VERSION, OtherVersion } from "./other_version.ts";

// This version is the executable, the other one is run from its source: what they share is the database.

const INGEST = ["ingest", "--source", "cotahist", "--file", SAMPLE, "--force-refresh"];

async function ingest(words: readonly string[], space: Workspace): Promise<Outcome> {
  const env = { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "" };
  const args = [...INGEST, "--db", space.db, "--lock-dir", space.lockDir];
  return await runBare([...words, ...args], space.path, env);
}

Deno.test("two versions side by side on one database: each ticker is in once, by either", async () => {
  const path = binary();
  if (path === undefined) return;
  await using other = await OtherVersion.create(false);
  await using space = await Workspace.create();
  const runs = await Promise.all(
    [[path], other.command, [path], other.command].map((words) => ingest(words, space)),
  );
  for (const { code, stderr } of runs) assertEquals(code, 0, stderr);
  assertEquals(space.prices().length, 80);
  assertEquals(new Set(space.logs().map(({ run_id }) => run_id)).size, 4);
  assertEquals(
    [...new Set(space.logs().map(({ version }) => version))].sort(),
    [VERSION, OTHER_VERSION].sort(),
  );
  for (const { status } of space.logs()) assert(["success", "skipped"].includes(status), status);
});

Deno.test("after a version with a newer schema the older one refuses, and changes nothing", async () => {
  const path = binary();
  if (path === undefined) return;
  await using newer = await OtherVersion.create(true);
  await using space = await Workspace.create();
  assertEquals((await ingest([path], space)).code, 0);
  assertEquals((await ingest(newer.command, space)).code, 0);
  const before = await Deno.readFile(space.db);
  const { code, stderr } = await ingest([path], space);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "newer");
  assertEquals(await Deno.readFile(space.db), before);
  const again = await ingest(newer.command, space);
  assertEquals(again.code, 0, again.stderr);
});

Deno.test("an older and a newer one that start at once: the older comes in time, or refuses", async () => {
  const path = binary();
  if (path === undefined) return;
  await using newer = await OtherVersion.create(true);
  await using space = await Workspace.create();
  const runs = await Promise.all(
    [[path], newer.command, [path], newer.command]
      .map(async (words) => ({ words, ...await ingest(words, space) })),
  );
  for (const { words, code, stderr } of runs) {
    const isRefused = words[0] === path && code === 1 && stderr.includes("newer");
    assert(code === 0 || isRefused, `${words[0]} ended with ${code}: ${stderr}`);
  }
  assertEquals(space.prices().length, 80);
  const db = new DatabaseSync(space.db, { readOnly: true });
  assertEquals(db.prepare("PRAGMA integrity_check").get(), { integrity_check: "ok" });
  assertEquals(db.prepare("SELECT count(*) AS n FROM of_the_future").get(), { n: 0 });
  db.close();
});
