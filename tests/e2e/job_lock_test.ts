import { assert, assertEquals, assertHas, assertMatch, assertStringIncludes } from "../assert.ts";
import {
  assertAllFree,
  ForeignHolder,
  type HolderJson,
  locks,
  statusOf,
  untilWaitingInKernel,
} from "./lock_tools.ts";
import { logLines, problemAndRemedy, type Running, SAMPLE } from "./program.ts";
import { reportOf } from "./report_json.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

const FILE = ["--source", "cotahist", "--file", SAMPLE];
const INGEST = [...FILE, "--ticker", "EXMA3.SA"];

/** Starts a run that holds its job lock for as long as the ticker EXMA3.SA is locked. */
async function startHolder(space: Workspace, ...args: readonly string[]): Promise<Running> {
  const running = space.start(args);
  await running.says("waiting for EXMA3.SA");
  return running;
}

/** Runs a command, and tells its exit code. */
async function exitCode(space: Workspace, command: string, ...args: string[]): Promise<number> {
  const options = { args, cwd: space.path, stdout: "null", stderr: "null" } as const;
  return (await new Deno.Command(command, options).output()).code;
}

Deno.test("a run takes the job lock for its whole time, and frees it", async () => {
  const name = ".nightly";
  await using space = await Workspace.create();
  using held = space.hold("EXMA3.SA");
  await using running = await startHolder(space, ...INGEST, "--job-lock", "nightly");
  const { state, holder } = await statusOf(space, name);
  assertEquals(state, "held");
  assertHas(holder, { pid: running.pid, command: "tickerlock ingest" });
  held.release();
  assertEquals((await running.outcome()).code, 0);
  const after = await statusOf(space, name);
  assertEquals([after.state, after.stale], ["free", false]);
  await assertAllFree(space);
});

Deno.test("a second run says at once who runs since when, waits, and works after the first", async () => {
  await using space = await Workspace.create();
  using held = space.hold("EXMA3.SA");
  await using first = await startHolder(space, ...INGEST, "--job-lock");
  const holder = (await statusOf(space, ".job_running")).holder;

  await using second = space.start([...FILE, "--job-lock", "--json"]);
  await second.says("another run holds the job lock");
  await untilWaitingInKernel(second.pid);
  assertEquals(space.logs(), []);
  held.release();
  assertEquals((await first.outcome()).code, 0);
  const { code, stdout, stderr } = await second.outcome();
  assertEquals(code, 0);

  const [line, ...more] = logLines(stderr);
  assertEquals([line?.level, more], ["INFO", []]);
  assertEquals(
    line?.message,
    `another run holds the job lock .job_running: pid ${first.pid} (tickerlock ingest) on ` +
      `${Deno.hostname()} since ${holder?.acquired_at}`,
  );
  const properties = line?.properties as { job_lock: string; holder: Record<string, unknown> };
  assertEquals(properties.job_lock, ".job_running");
  assertHas(properties.holder, { pid: first.pid, acquiredAt: holder?.acquired_at });
  // The wait for the job lock is not that of a ticker, and the work began after it.
  const report = reportOf(stdout);
  assertEquals(report.tickers.map((each) => each.lock_action), Array(8).fill("acquired"));
  const [one, ...others] = space.logs();
  assertEquals([one?.pid, one?.status], [first.pid, "success"]);
  assertEquals(others.map(({ pid }) => pid), Array(8).fill(second.pid));
  for (const { started_at } of others) assert(started_at >= (one?.finished_at ?? "?"), started_at);
  await assertAllFree(space);
});

Deno.test("in exit mode a second run leaves with 75, with the holder and a row that says so", async () => {
  for (const tickers of [[], ["EXMB4.SA", "EXMC3.SA"]]) {
    await using space = await Workspace.create();
    using held = space.hold("EXMA3.SA");
    await using first = await startHolder(space, ...INGEST, "--job-lock", "nightly");
    const named = tickers.flatMap((ticker) => ["--ticker", ticker]);
    const args = [...FILE, ...named, "--job-lock", "nightly", "--on-locked", "exit", "--json"];
    const { code, stdout, stderr } = await space.ingest(args);
    assertEquals(code, 75);
    const [error, ...more] = logLines(stderr);
    const message = problemAndRemedy(error);
    assertEquals([error?.level, more], ["ERROR", []]);
    assertStringIncludes(
      message,
      `another run holds the job lock .nightly: pid ${first.pid} (tickerlock ingest)`,
    );
    assertMatch(message, / since \d{4}-\S+Z( \(2 times\))? Try: .*--on-locked wait/);
    // One row for the run; where it was asked for tickers, one for each.
    const expected = tickers.length === 0 ? [null] : tickers;
    assertEquals(reportOf(stdout).tickers.map((each) => each.ticker), expected);
    assertEquals(reportOf(stdout).totals.by_status, { lock_busy: expected.length });
    assertEquals(
      space.logs().map((row) => [row.ticker, row.status, row.lock_action, row.error_code]),
      expected.map((ticker) => [ticker, "lock_busy", "busy", "lock_busy"]),
    );
    assert(space.logs().every(({ finished_at }) => finished_at !== null));
    assertEquals(space.prices(), []);
    held.release();
    assertEquals((await first.outcome()).code, 0);
  }
});

testNeeding(
  "utilLinux",
  "a command under flock(1) and a run exclude each other on a ticker",
  async () => {
    await using space = await Workspace.create();
    assertEquals((await space.cotahist(SAMPLE, "--to", "2024-01-02")).code, 0);
    // As it is documented: the path as an operator types it.
    const path = "locks/EXMA3.SA.lock";
    {
      await using foreign = await ForeignHolder.start(path, space.path);
      const busy = await space.ingest([...INGEST, "--on-locked", "exit"]);
      assertEquals(busy.code, 75);
      assertStringIncludes(busy.stderr, "EXMA3.SA is locked by an unknown holder");
      await using waiting = space.start(INGEST);
      await waiting.says("waiting for EXMA3.SA, locked by an unknown holder");
      await foreign.end();
      assertEquals((await waiting.outcome()).code, 0);
      assertEquals(space.logs("EXMA3.SA").at(-1)?.lock_action, "waited");
    }
    // The other way round: the run has the ticker's lock, and must wait for the database.
    const held = space.hold("EXMA3.SA");
    await using running = await startHolder(space, ...INGEST, "--force-refresh");
    const writing = space.holdDatabase();
    try {
      held.release();
      await waitFor("the run's lock", () => space.holderPid("EXMA3.SA") === running.pid);
      assertEquals(await exitCode(space, "flock", "--nonblock", path, "true"), 1);
    } finally {
      writing[Symbol.dispose]();
    }
    // One that waits gets its turn, and its command's exit code is its own.
    assertEquals(await exitCode(space, "flock", path, "sh", "-c", "exit 7"), 7);
    assertEquals((await running.outcome()).code, 0);
    assertEquals(await exitCode(space, "flock", "--nonblock", path, "true"), 0);
  },
);

testNeeding(
  "utilLinux",
  "a command under flock(1) and a run exclude each other on a job",
  async () => {
    await using space = await Workspace.create();
    Deno.mkdirSync(space.lockDir);
    const path = "locks/.job_running.lock";
    const args = [...INGEST, "--job-lock"];
    {
      await using foreign = await ForeignHolder.start(path, space.path);
      assertEquals((await space.ingest([...args, "--on-locked", "exit"])).code, 75);
      const { code, stdout } = await locks(space, "status", ".job_running");
      assertEquals([code, stdout], [75, ".job_running is held by an unknown holder\n"]);
      await using waiting = space.start(args);
      await waiting.says("another run holds the job lock .job_running: an unknown holder");
      await foreign.end();
      assertEquals((await waiting.outcome()).code, 0);
    }
    using held = space.hold("EXMA3.SA");
    await using running = await startHolder(space, ...args);
    const holder: HolderJson | null = (await statusOf(space, ".job_running")).holder;
    assertEquals(holder?.pid, running.pid);
    assertEquals(await exitCode(space, "flock", "--nonblock", path, "true"), 1);
    held.release();
    assertEquals(await exitCode(space, "flock", path, "true"), 0);
    assertEquals((await running.outcome()).code, 0);
  },
);
