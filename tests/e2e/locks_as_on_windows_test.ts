import { assert, assertEquals, assertHas, assertMatch, assertStringIncludes } from "../assert.ts";
import { Peer } from "../lock/peer.ts";
import { type LockJson } from "./lock_tools.ts";
import { asOnWindowsCommand, type Outcome, Running, runProgram } from "./program.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";

const program = asOnWindowsCommand();

function startedIn(space: Workspace): { cwd: string; env: Record<string, string> } {
  return { cwd: space.path, env: { TICKERLOCK_DB: space.db, LOCK_DIR: space.lockDir } };
}

function run(space: Workspace, ...args: readonly string[]): Promise<Outcome> {
  return runProgram(args, { ...startedIn(space), program });
}

async function listed(space: Workspace): Promise<Record<string, LockJson>> {
  const { code, stdout, stderr } = await run(space, "locks", "list", "--all", "--json");
  assertEquals([code, stderr], [0, ""]);
  const { locks } = JSON.parse(stdout) as { locks: readonly LockJson[] };
  return Object.fromEntries(locks.map((lock) => [lock.name, lock]));
}

function prices(space: Workspace): string[] {
  const text = "date,ticker,close\n2024-01-02,PETR4.SA,37.5\n2024-01-02,VALE3.SA,70\n";
  return ["ingest", "--source", "csv", "--file", space.write("prices.csv", text)];
}

Deno.test("the program's locks, as on Windows: shown, refused, waited for, left by a kill", async () => {
  await using space = await Workspace.create();
  await using peer = await Peer.start({ asOnWindows: true });
  await peer.hold("PETR4.SA", space.lockDir);
  const held = (await listed(space))["PETR4.SA"];
  assertHas(held, { state: "held", stale: false });
  assertEquals(held?.holder?.pid, peer.pid);
  const status = await run(space, "locks", "status", "PETR4.SA");
  assertEquals(status.code, 75);
  assertStringIncludes(status.stdout, `PETR4.SA is held by pid ${peer.pid}`);
  const refused = await run(space, "locks", "release", "PETR4.SA");
  assertEquals(refused.code, 75);
  assertMatch(refused.stderr, new RegExp(`is locked by pid ${peer.pid} `));
  const only = ["--ticker", "PETR4.SA", "--on-locked", "exit", "--json"];
  const left = await run(space, ...prices(space), ...only);
  assertEquals(left.code, 75);
  assertStringIncludes(left.stdout, `pid ${peer.pid} `);

  await using waiting = new Running([...prices(space), "--job-lock", "nightly", "--json"], {
    ...startedIn(space),
    program,
  });
  // Its own job lock shows while it waits for the ticker's.
  await waitFor(
    "the other ticker",
    () => space.query("SELECT 1 AS there FROM prices WHERE ticker = 'VALE3.SA'").length === 1,
  );
  const job = (await listed(space))[".nightly"];
  assertEquals([job?.state, job?.holder?.pid], ["held", waiting.pid]);
  peer.kill("SIGKILL");
  await peer.end();
  const { code, stdout } = await waiting.outcome();
  assertEquals(code, 0, stdout);
  const [petr] = space.query(
    "SELECT lock_action FROM ingest_logs WHERE ticker = 'PETR4.SA' " +
      "AND status = 'success'",
  );
  assertEquals(petr?.lock_action, "waited");
  for (const [name, { state, stale }] of Object.entries(await listed(space))) {
    assertEquals([state, stale], ["free", false], name);
  }
});

Deno.test("a lock is taken by force from a living holder, as on Windows", async () => {
  await using space = await Workspace.create();
  assertEquals((await run(space, ...prices(space))).code, 0);
  await using peer = await Peer.start({ asOnWindows: true });
  await peer.hold("PETR4.SA", space.lockDir);
  const { code, stdout, stderr } = await run(space, "locks", "release", "PETR4.SA", "--force");
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, `${peer.pid}`);
  const { state, stale, holder } = (await listed(space))["PETR4.SA"] ?? {};
  assertEquals({ state, stale, holder }, { state: "free", stale: false, holder: null });
  const again = await run(space, ...prices(space), "--force-refresh", "--on-locked", "exit");
  assertEquals(again.code, 0, again.stderr);
  // What the old holder still does to its lock touches nobody's record.
  await peer.release("PETR4.SA");
  assert((await listed(space))["PETR4.SA"]?.state === "free");
  assertEquals((await peer.end()).code, 0);
});
