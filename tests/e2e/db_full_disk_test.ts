import { assertEquals, assertStringIncludes } from "../assert.ts";
import { canMount } from "../installed.ts";
import { SAMPLE } from "./program.ts";
import { Workspace } from "./workspace.ts";

/** A disk of which only this process knows, with the database and not a byte left, also of inodes. */
const FULL = `
  mount -t tmpfs -o size=1m tmpfs small && cp prices.db small/ || exit 99
  cat /dev/zero >small/filler 2>/dev/null
  "$@"; code=$?
  ls small; exit $code`;

Deno.test("a database on a full disk, with nothing beside it, is read all the same", async () => {
  if (!(await canMount(["unshare", "-m"]))) return;
  await using space = await Workspace.create();
  assertEquals((await space.cotahist(SAMPLE)).code, 0);
  Deno.mkdirSync(`${space.path}/small`);
  const prefix = ["unshare", "-m", "sh", "-c", FULL, "sh"];
  const env = { LOCK_DIR: space.lockDir };
  for (const command of [["logs"], ["stats"], ["export"], ["db", "info"], ["db", "verify"]]) {
    const args = [...command, "--db", "small/prices.db"];
    const { code, stdout, stderr } = await space.program(args, { env, prefix });
    assertEquals(code, 0, `${command}: ${stdout}${stderr}`);
    assertEquals(stderr.includes("SQLite"), false, stderr);
    if (command.length === 1) assertStringIncludes(stdout, "EXMA3.SA");
  }
  const { stdout } = await space.program(["doctor", "--json", "--db", "small/prices.db"], {
    env: { ...env, YAHOO_BASE_URL: "http://127.0.0.1:9" },
    prefix,
  });
  assertEquals(/could not (open|read)/.test(stdout), false, stdout);
  assertStringIncludes(stdout, "last_run");
  const prune = ["logs", "prune", "--older-than", "0d", "--db", "small/prices.db"];
  const refused = await space.program(prune, { env, prefix });
  assertEquals(refused.stderr.includes("start the run again"), false, refused.stderr);
});
