import { assertEquals, assertMatch } from "../assert.ts";
import { modeOf, wantedMode } from "../system.ts";
import { logLines, SAMPLE } from "./program.ts";
import { Workspace } from "./workspace.ts";

// Of each kind one, as a process; all others are in tests/cli/usage_test.ts.

Deno.test("bad usage is exit code 2 and two lines, or one of JSON, and makes nothing", async () => {
  // Without a database and lock folder named, the default ones would be made here.
  await using space = await Workspace.create();
  const args = ["ingest", "--source", "cotahist", "--file", SAMPLE, "--lock-dri=x"];
  const plain = await space.program(args);
  assertEquals([plain.code, plain.stdout], [2, ""]);
  assertMatch(plain.stderr, /^Error: unknown option --lock-dri\nTry: Did you mean --lock-dir\?\n$/);
  const json = await space.program(args, { env: { TICKERLOCK_LOG_FORMAT: "json" } });
  assertEquals([json.code, json.stdout], [2, ""]);
  const [line, ...more] = logLines(json.stderr);
  assertEquals([line?.level, line?.logger, more], ["ERROR", "tickerlock", []]);
  assertEquals((line?.properties as { code?: string }).code, "unknown_option");
  assertEquals(space.names(), []);
});

Deno.test("the program shows its help, and exits with 2 where it was not asked for", async () => {
  await using space = await Workspace.create();
  for (const [args, wanted] of [[[], 2], [["--help"], 0]] as const) {
    const { code, stdout, stderr } = await space.program(args);
    assertEquals([code, stderr], [wanted, ""]);
    assertMatch(stdout, /^Usage: tickerlock COMMAND/m);
  }
  assertEquals(space.names(), []);
});

Deno.test("a good command line makes the default folders", async () => {
  await using space = await Workspace.create();
  assertEquals((await space.program(["ingest", "--source", "cotahist", "--file", SAMPLE])).code, 0);
  assertEquals(space.names(), ["data", "locks"]);
  assertEquals(modeOf(`${space.path}/data`), wantedMode(0o700));
});
