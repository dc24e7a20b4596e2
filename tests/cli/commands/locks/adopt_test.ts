import { assertEquals, assertHas, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { locks } from "../../../e2e/lock_tools.ts";
import { errorOf } from "../../../e2e/prepared.ts";
import { SAMPLE } from "../../../e2e/program.ts";
import { Workspace } from "../../../e2e/workspace.ts";
import { inSpace, type Outcome } from "../../in_process.ts";

const JSON_LOG = "--log-format=json";

function ingest(space: Workspace, ...args: readonly string[]): Promise<Outcome> {
  return inSpace(space, ["ingest", "--source", "cotahist", "--file", SAMPLE, ...args, JSON_LOG]);
}

Deno.test("a run with another lock folder is refused until that is adopted", async () => {
  await using space = await Workspace.create();
  assertEquals((await ingest(space)).code, 0);
  const before = space.logs().length;
  for (const args of [["--lock-dir", "other"], ["--lock-dir", "other", "--dry-run"]]) {
    const refused = await ingest(space, ...args);
    assertEquals(refused.code, 2);
    const { code, message, hint } = errorOf(refused);
    assertEquals(code, "other_lock_folder");
    assertStringIncludes(message, `the lock folder other (${space.path}/other) is not that of`);
    assertStringIncludes(message, `have their locks in ${space.lockDir}, since 20`);
    assertStringIncludes(hint, `locks adopt --db ${space.db} --lock-dir other`);
  }
  for (const command of ["restore x.db", "migrate --rollback"]) {
    const refused = await inSpace(space, ["db", ...command.split(" "), "--lock-dir", "other"]);
    assertHas(refused, { code: 2, stdout: "" });
  }
  assertEquals([space.logs().length, space.names().includes("other")], [before, false]);
  {
    using _held = space.hold("PETR4.SA");
    const refused = await locks(space, "adopt", "--lock-dir", "other", JSON_LOG);
    assertEquals([refused.code, errorOf(refused).code], [1, "db_in_use"]);
  }
  const info = async (): Promise<string> => (await inSpace(space, ["db", "info"])).stdout;
  assertMatch(await info(), new RegExp(`^lock folder +${space.lockDir}, of runs on `, "m"));
  const adopted = await locks(space, "adopt", "--lock-dir", "other");
  assertMatch(adopted.stdout, new RegExp(`/other; before: ${space.lockDir}\\n$`));
  assertMatch(await info(), /^lock folder +\S+\/other, of runs on /m);
  assertEquals((await ingest(space, "--lock-dir", "other", "--force-refresh")).code, 0);
  assertEquals((await ingest(space)).code, 2);
  const doctor = await inSpace(space, ["doctor", "--offline", "--unit-dir", "units"]);
  assertMatch(doctor.stdout, /^error: lock_folder: .* is not that of /m);
});

Deno.test("no run is called killed for a lock in another folder than that of its database", async () => {
  await using space = await Workspace.create();
  assertEquals((await ingest(space)).code, 0);
  space.execute("UPDATE ingest_logs SET status = 'running', finished_at = NULL WHERE id = 1");
  const now = new Date().toISOString();
  space.execute(
    `INSERT INTO collectors (run_id, host, pid, version, started_at, heartbeat_at, state, tasks)
     VALUES ('r', '${Deno.hostname()}', 999999999, '0', '${now}', '${now}', 'idle', '[]')`,
  );
  const [job] = space.logs();
  const commands = [["db", "verify"], ["doctor", "--offline"], ["logs", "show", `${job?.job_id}`]];
  for (const command of commands) {
    // What doctor says of the collector as well.
    const told = async (...args: readonly string[]): Promise<string> =>
      (await inSpace(space, [...command, ...args])).stdout.replaceAll(/\s+/g, " ");
    const own = (await told()).split("was killed").length - 1;
    assertEquals(own, command[0] === "doctor" ? 2 : 1);
    const other = await told("--lock-dir", "other");
    assertMatch(other, /whether it is cannot be told|lock now not known: the lock folder other/);
    assertEquals(other.includes("was killed"), false, other);
  }
});

Deno.test("locks in another folder than that of the database's runs are shown with a word about it", async () => {
  await using space = await Workspace.create();
  assertEquals((await ingest(space)).code, 0);
  const commands = [["list"], ["status", "PETR4.SA"], ["release", "PETR4.SA"]];
  for (const command of commands) {
    const own = await locks(space, ...command);
    assertEquals([own.code, own.stderr], [0, ""]);
    const other = await locks(space, ...command, "--lock-dir", "other", "--json");
    assertEquals(other.code, 0);
    assertStringIncludes(other.stderr, `other (${space.path}/other) is not that of ${space.db}`);
    assertStringIncludes(other.stderr, `have their locks in ${space.lockDir}, since 20`);
    assertEquals(typeof JSON.parse(other.stdout), "object");
  }
});
