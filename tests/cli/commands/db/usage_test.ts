import { assertEquals, assertMatch } from "../../../assert.ts";
import { prepared } from "../../../e2e/prepared.ts";
import { inSpace } from "../../in_process.ts";
import { Workspace } from "../../../e2e/workspace.ts";

Deno.test("what is not there is exit 1 with a remedy, and nothing is made", async () => {
  await using space = await Workspace.create();
  const commands = [
    ["info"],
    ["info", "--compact"],
    ["backup"],
    ["migrate", "--status"],
    ["restore", "none.db"],
    ["migrate", "--to", "99"],
  ];
  for (const args of commands) {
    const { code, stdout, stderr } = await inSpace(space, [
      "db",
      ...args,
      "--log-format",
      "pretty",
    ]);
    assertEquals([code, stdout], [1, ""], args.join(" "));
    assertMatch(stderr, /Error: .*(does not exist|no schema version)/);
    assertMatch(stderr, /Try: /);
  }
  assertEquals(space.names().filter((name) => name !== "locks"), []);
});

Deno.test("INGEST_LOCK_MODE and --log-level count for db as well", async () => {
  await using space = await prepared();
  const env = { INGEST_LOCK_MODE: "nonsense" };
  assertEquals((await inSpace(space, ["db", "restore", "x.db"], { env })).code, 2);
  assertEquals((await inSpace(space, ["db", "info", "--log-level", "debug"])).code, 0);
});
