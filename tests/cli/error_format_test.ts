import { inSpace } from "./in_process.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { SAMPLE } from "../e2e/program.ts";
import { Workspace } from "../e2e/workspace.ts";

Deno.test("an error of usage is in the log file as well", async () => {
  await using space = await Workspace.create();
  assertEquals((await space.cotahist(SAMPLE)).code, 0);
  const file = ["export", "nope", "--log-file", "run.log"];
  assertMatch((await inSpace(space, file)).stderr, /^Error: .*\nTry: .*\n$/);
  assertStringIncludes(Deno.readTextFileSync(`${space.path}/run.log`), "unknown_table");
});

const READERS = [["logs"], ["logs", "prune", "--older-than", "1d"], ["stats"], ["export"], [
  "db",
  "info",
]];

Deno.test("every command says of an empty file that there are no tables in it yet", async () => {
  await using space = await Workspace.create();
  const path = space.write("empty.db", "");
  for (const args of READERS) {
    const { code, stderr } = await inSpace(space, [...args, "--db", path]);
    assertEquals(code, 1, args.join(" "));
    assert(stderr.includes("has no tables yet") && stderr.includes("db_empty"), stderr);
  }
  assertEquals(Deno.statSync(path).size, 0);
});
