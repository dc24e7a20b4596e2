import { assertEquals, assertMatch } from "../../../assert.ts";
import { prepared } from "../../../e2e/prepared.ts";
import { assertRefused, type BadUsage } from "../../bad_usage.ts";
import { inProcess, inSpace } from "../../in_process.ts";
import { Workspace } from "../../../e2e/workspace.ts";

const BAD_USAGE: readonly BadUsage[] = [
  { args: [], error: /db needs a subcommand/, hint: /migrate, verify, backup, restore, info/ },
  { args: ["verfiy"], error: /unknown command "db verfiy"/, hint: /Did you mean verify/ },
  { args: ["restore"], error: /db restore needs a file/, hint: /tickerlock db restore FILE/ },
  { args: ["restore", "a.db", "b.db"], error: /unexpected argument "b\.db"/, hint: /./ },
  { args: ["verify", "x.db"], error: /db verify takes no argument: x\.db/, hint: /--db x\.db/ },
  { args: ["backup", "--keep", "0"], error: /--keep "0"/, hint: /--keep 7/ },
  { args: ["backup", "--keep", "1.5"], error: /--keep "1\.5"/, hint: /--keep 7/ },
  { args: ["backup", "--to="], error: /--to needs a value/, hint: /--to/ },
  {
    args: ["migrate", "--to", "two"],
    error: /--to "two": is not a schema version/,
    hint: /--status/,
  },
  {
    args: ["migrate", "--rollback", "--to", "1"],
    error: /--rollback and --to exclude each other/,
    hint: /one step back/,
  },
  { args: ["info", "--compcat"], error: /unknown option --compcat/, hint: /--compact/ },
  {
    args: ["info", "--keep", "3"],
    error: /^Error: db info does not use --keep$/,
    hint: /--keep is for tickerlock db backup\.$/,
  },
  {
    args: ["--quick", "restore", "x.db"],
    error: /db restore does not use --quick/,
    hint: /tickerlock db verify\.$/,
  },
  {
    args: ["verify", "--to=x.db"],
    error: /db verify does not use --to/,
    hint: /for tickerlock db migrate, tickerlock db backup\.$/,
  },
  {
    args: ["backup", "--lock-dir", "locks"],
    error: /db backup does not use --lock-dir/,
    hint: /tickerlock db migrate, tickerlock db verify, tickerlock db restore\.$/,
  },
  { args: ["restore", "x.db", "--on-locked", "leave"], error: /"leave"/, hint: /wait, exit/ },
];

Deno.test("bad usage of db is refused by name with a remedy: exit 2, nothing made", async () => {
  await using space = await Workspace.create();
  await assertRefused(BAD_USAGE, (args) => inProcess(["db", ...args], { cwd: space.path }));
  assertEquals(space.names(), []);
});

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
