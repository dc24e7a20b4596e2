import { inSpace } from "./in_process.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { logLines, SAMPLE } from "../e2e/program.ts";
import { Workspace } from "../e2e/workspace.ts";

const MISTAKES = [
  ["export", "nope"],
  ["export", "--columns", "nope"],
  ["logs", "show", "ffffffff"],
  ["logs", "--limit", "x"],
  ["stats", "--source", "nope", "--json", "--wide"],
  ["systemd", "nope"],
  ["db", "backup", "--to", "prices.db-wal"],
  ["ingest", "--from", "x"],
];

Deno.test("what is wrong with a command line is told in plain words by every command", async () => {
  await using space = await Workspace.create();
  assertEquals((await space.cotahist(SAMPLE)).code, 0);
  for (const args of MISTAKES) {
    const { code, stderr } = await inSpace(space, args);
    assertEquals(code, 2, args.join(" "));
    assertMatch(stderr, /^Error: .*\nTry: .*\n$/);
    const asJson = await inSpace(space, [...args, "--log-format", "json"]);
    assertEquals(logLines(asJson.stderr).map(({ level }) => level), ["ERROR"]);
  }
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
