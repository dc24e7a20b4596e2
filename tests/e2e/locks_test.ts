import { localZone } from "../../src/cli/output/time.ts";
import { assert, assertEquals, assertHas, assertMatch, assertStringIncludes } from "../assert.ts";
import { listed, locks, statusOf } from "./lock_tools.ts";
import { assertKilled, type Running, SAMPLE } from "./program.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Starts a run that holds the job lock until the ticker EXMA3.SA is released. */
async function startHolder(space: Workspace): Promise<Running> {
  const args = ["--source", "cotahist", "--file", SAMPLE, "--ticker", "EXMA3.SA", "--job-lock"];
  const running = space.start(args);
  await running.says("waiting for EXMA3.SA");
  await waitFor("the job lock's record", () => space.holderPid(".job_running") === running.pid);
  return running;
}

const PLAIN = "--log-format=pretty";

Deno.test("no folder, or an empty one: no locks, and none is made by looking", async () => {
  await using space = await Workspace.create();
  for (const args of [["list"], [], ["list", "--held"]]) {
    const { code, stdout, stderr } = await locks(space, ...args);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout, `0 locks in ${space.lockDir}: 0 held, 0 not held\n`);
  }
  assertEquals(await listed(space), []);
  for (const name of ["PETR4.SA", ".job_running"]) {
    assertEquals(await statusOf(space, name), {
      name,
      path: space.lockPath(name),
      state: "free",
      stale: false,
      silent: false,
      holder: null,
      problem: null,
      hint: null,
    });
    const { code, stdout } = await locks(space, "release", name, "--force");
    assertEquals([code, stdout], [0, `${name} is free; there was nothing to release\n`]);
  }
  assertEquals(space.names(), []);
});

Deno.test("the list shows every lock and who holds it", async () => {
  await using space = await Workspace.create();
  using held = space.hold("EXMA3.SA");
  space.hold("VALE3.SA").release();
  Deno.writeTextFileSync(`${space.lockDir}/README.txt`, "no lock");
  Deno.writeTextFileSync(`${space.lockDir}/not a ticker.lock`, "no lock");
  await using running = await startHolder(space);

  const { code, stdout, stderr } = await locks(space, "list", "--all");
  assertEquals([code, stderr], [0, ""]);
  const [title = "", job = "", unknown = "", free = "", empty, sum, ...more] = stdout.split("\n");
  assertMatch(
    title,
    /^LOCK +STATE +PID +STARTED +HOST +JOB +COMMAND +SINCE +HEARTBEAT$/,
  );
  assertMatch(
    job,
    new RegExp(
      String.raw`^\.job_running +held +${running.pid} +\d{4}-\S+ [\d:]{8} +${Deno.hostname()} +` +
        String.raw`[0-9a-f-]{36} +tickerlock ingest +\d{4}-\S+ [\d:]{8} +\d+ s ago$`,
    ),
  );
  assertMatch(unknown, /^EXMA3\.SA +held +- +- +- +- +- +- +-$/);
  assertMatch(free, /^VALE3\.SA +free +-/);
  assertEquals({ empty, sum, more }, {
    empty: "",
    sum: `3 locks in ${space.lockDir}: 2 held, 1 not held; times in ${localZone()}`,
    more: [""],
  });

  const all = await listed(space);
  assertEquals(all.map(({ name, state }) => [name, state]), [
    [".job_running", "held"],
    ["EXMA3.SA", "held"],
    ["VALE3.SA", "free"],
  ]);
  assertEquals((await listed(space, "--held")).map(({ name }) => name), [
    ".job_running",
    "EXMA3.SA",
  ]);
  for (const args of [[], ["--held"]]) {
    const { stdout } = await locks(space, "list", ...args);
    assertMatch(
      stdout,
      /\n3 locks in .*: 2 held, 1 not held; 1 not shown, see --all; times in \S+\n$/,
    );
    assert(!stdout.includes("VALE3.SA"));
  }
  const { hidden } = JSON.parse((await locks(space, "list", "--json")).stdout);
  assertEquals(hidden, 1);
  const holder = all[0]?.holder;
  assertHas(holder, {
    pid: running.pid,
    host: Deno.hostname(),
    command: "tickerlock ingest",
  });
  const times = [holder?.process_started_at, holder?.acquired_at, holder?.heartbeat_at];
  for (const time of times) assertMatch(time ?? "", TIME);
  assertEquals([...times].sort(), times);
  assertEquals([all[1]?.holder, all[2]?.holder], [null, null]);

  held.release();
  assertEquals((await running.outcome()).code, 0);
  // The run's id is in the job lock's record, so that the record leads to the rows of the run.
  assertEquals(space.value("SELECT DISTINCT run_id FROM ingest_logs"), holder?.job_id);
  assertEquals((await listed(space)).map(({ state, stale }) => [state, stale]), [
    ["free", false],
    ["free", false],
    ["free", false],
  ]);
});

Deno.test("status tells with its exit code, and names the holder", async () => {
  await using space = await Workspace.create();
  using held = space.hold("EXMA3.SA");
  await using running = await startHolder(space);
  const job = await locks(space, "status", ".job_running");
  assertHas(job, { code: 75, stderr: "" });
  assertMatch(
    job.stdout,
    new RegExp(
      String.raw`^\.job_running is held by pid ${running.pid} \(tickerlock ingest\) on ` +
        String.raw`${Deno.hostname()} since \d{4}-\S+ [\d:]{8} \S+\n$`,
    ),
  );
  const unknown = await locks(space, "status", " exma3.sa ");
  assertHas(unknown, { code: 75, stdout: "EXMA3.SA is held by an unknown holder\n" });
  const free = await locks(space, "status", "VALE3.SA");
  assertHas(free, { code: 0, stdout: "VALE3.SA is free\n" });
  held.release();
  assertEquals((await running.outcome()).code, 0);
  assertEquals((await statusOf(space, ".job_running")).state, "free");
});

testNeeding(
  "signals",
  "a held lock is not released, and its holder is named with how to stop it",
  async () => {
    await using space = await Workspace.create();
    using held = space.hold("EXMA3.SA");
    await using running = await startHolder(space);
    const refused = await locks(space, "release", ".job_running", PLAIN);
    assertHas(refused, { code: 75, stdout: "" });
    assertMatch(
      refused.stderr,
      new RegExp(
        String
          .raw`^Error: another run holds the job lock \.job_running: pid ${running.pid} \(tickerlock ingest\).*\n` +
          String
            .raw`Try: It is at work: let it finish, or, to stop it, find its process with .*job_running.* and end it with kill .*\n$`,
      ),
    );
    const foreign = await locks(space, "release", "EXMA3.SA", "--json", PLAIN);
    assertHas(foreign, { code: 75, stdout: "" });
    assertMatch(foreign.stderr, /^Error: EXMA3\.SA is locked by an unknown holder\nTry: .*fuser/);
    assertEquals((await statusOf(space, ".job_running")).state, "held");
    assertEquals((await statusOf(space, "EXMA3.SA")).state, "held");
    // What the refusal says works.
    running.kill("SIGTERM");
    assertEquals((await running.outcome()).code, 143);
    assertEquals((await statusOf(space, ".job_running")).state, "free");
    held.release();
  },
);

Deno.test("what a killed holder left is shown as stale, and cleared by release", async () => {
  await using space = await Workspace.create();
  using held = space.hold("EXMA3.SA");
  await using running = await startHolder(space);
  running.kill("SIGKILL");
  assertKilled(await running.outcome());
  await space.untilFree(".job_running");
  held.release();

  const left = await statusOf(space, ".job_running");
  assertHas(left, { state: "free", stale: true });
  assertEquals(left.holder?.pid, running.pid);
  const { stdout } = await locks(space, "status", ".job_running");
  assertStringIncludes(stdout, `free; a stale record is left of pid ${running.pid} (`);
  const list = await locks(space, "list");
  assertMatch(list.stdout, /^\.job_running +free \(stale record\) +\d+ /m);
  assertMatch(
    list.stdout,
    /: 0 held, 2 not held, 1 with a stale record; 1 not shown, see --all; times in \S+\n$/,
  );
  assertEquals(await listed(space, "--held"), []);

  const released = await locks(space, "release", ".job_running", "--json");
  assertEquals(released.code, 0);
  assertEquals(JSON.parse(released.stdout), {
    name: ".job_running",
    outcome: "cleared",
    holder: left.holder as unknown,
    revoked_jobs: [],
    audited: false,
  });
  const lock = await statusOf(space, ".job_running");
  assertHas(lock, { state: "free", stale: false, holder: null });
  assertEquals(Deno.readTextFileSync(space.lockPath(".job_running")).trim(), "");
  const again = await locks(space, "release", ".job_running");
  assertHas(again, {
    code: 0,
    stdout: ".job_running is free; there was nothing to release\n",
  });
});
