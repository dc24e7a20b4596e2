import { inSpace } from "./in_process.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { logLines, SAMPLE } from "../e2e/program.ts";
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

Deno.test("what goes wrong at work is JSON Lines, by every command, where nobody is watching", async () => {
  await using space = await Workspace.create();
  const path = space.write("no.db", "this is no database at all, whatever its name says\n");
  for (const args of READERS) {
    const { code, stderr } = await inSpace(space, [...args, "--db", path]);
    assertEquals(code, 1, args.join(" "));
    const [line, ...more] = logLines(stderr);
    assertEquals([line?.level, more.length], ["ERROR", 0]);
    assertEquals((line?.properties as { code?: string }).code, "db_not_a_database");
    const pretty = await inSpace(space, [...args, "--db", path, "--log-format=pretty"]);
    assertMatch(pretty.stderr, /^Error: .*\nTry: .*\n$/);
  }
});

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
