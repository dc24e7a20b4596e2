import { MIGRATIONS } from "../../src/store/sqlite/migrations/mod.ts";
import { assert, assertEquals, assertHas, assertMatch, assertStringIncludes } from "../assert.ts";
import { logLines, problemAndRemedy, SAMPLE, SAMPLE_TICKERS } from "./program.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

const INGEST = ["--source", "cotahist", "--file", SAMPLE];

/** All rows of the sample once, each ticker brought in whole by exactly one of the runs. */
function assertSampleOnce(space: Workspace, runs: number): void {
  assertEquals(space.prices().length, 80);
  for (const ticker of SAMPLE_TICKERS) {
    const logs = space.logs(ticker);
    assertEquals(logs.length, runs, ticker);
    for (const { status } of logs) assert(["success", "skipped"].includes(status), status);
    const inserted = logs.map((row) => row.rows_inserted).filter((rows) => rows !== 0);
    assertEquals(inserted, [10], ticker);
  }
  assertEquals(space.value("PRAGMA integrity_check"), "ok");
}

Deno.test("exit mode leaves out what is locked: 75, lock_busy, the others are in", async () => {
  for (const way of ["option", "environment"]) {
    await using space = await Workspace.create();
    using _held = space.hold("EXMD4.SA");
    const { code, stdout, stderr } = way === "option"
      ? await space.ingest([...INGEST, "--on-locked", "exit"])
      : await space.ingest(INGEST, { env: { INGEST_LOCK_MODE: "exit" } });
    assertEquals(code, 75);
    assertMatch(stdout, /^EXMD4\.SA +lock_busy +busy /m);
    const [error, ...more] = logLines(stderr);
    assertEquals(more, []);
    assertMatch(problemAndRemedy(error), /EXMD4\.SA is locked by .* Try: .*--on-locked wait/);
    const [row] = space.logs("EXMD4.SA");
    assertHas(row, {
      status: "lock_busy",
      lock_action: "busy",
      lock_waited_seconds: 0,
      error_code: "lock_busy",
    });
    assert(row?.finished_at !== null);
    assertEquals(space.prices().length, 70);
    assertEquals(space.value("SELECT count(*) FROM ingest_logs WHERE status = 'success'"), 7);
  }
});

Deno.test("wait mode brings in the others, waits, and then the rest", async () => {
  await using space = await Workspace.create();
  using held = space.hold("EXMA3.SA");
  await using running = space.start(INGEST);
  await running.says("waiting for EXMA3.SA");
  await waitFor("the other tickers", () => space.hasDatabase() && space.prices().length === 70);
  assert(running.alive);
  held.release();
  const { code, stdout } = await running.outcome();
  assertEquals(code, 0);
  assertMatch(stdout, /^EXMA3\.SA +success +waited /m);
  assertEquals(space.prices().length, 80);
  const [row, ...more] = space.logs("EXMA3.SA");
  assertHas(row, { status: "success", lock_action: "waited" });
  assertEquals(more.length, 0);
  assert((row?.lock_waited_seconds ?? 0) > 0);
  assertEquals(space.logs().filter((each) => each.lock_action === "acquired").length, 7);
});

Deno.test("a lock that stays held is lock_timeout: 75, the others are in", async () => {
  for (const seconds of [0, 1]) {
    await using space = await Workspace.create();
    using _held = space.hold("EXMH4.SA");
    const { code, stdout, stderr } = seconds === 0
      ? await space.ingest([...INGEST, "--lock-timeout", "0"])
      : await space.ingest(INGEST, { env: { INGEST_LOCK_TIMEOUT_SECONDS: `${seconds}` } });
    assertEquals(code, 75);
    assertMatch(stdout, /^EXMH4\.SA +lock_timeout +timed_out /m);
    assertMatch(problemAndRemedy(logLines(stderr).at(-1)), /Try: .*--lock-timeout SECONDS/);
    const [row] = space.logs("EXMH4.SA");
    assertHas(row, {
      status: "lock_timeout",
      lock_action: "timed_out",
      error_code: "lock_timeout",
    });
    assert((row?.lock_waited_seconds ?? -1) >= seconds);
    assertEquals(space.prices().length, 70);
  }
});

Deno.test("two at once in wait mode: one succeeds, the other finds nothing to do", async () => {
  await using space = await Workspace.create();
  // Both are under way before either can do this one.
  using held = space.hold("EXMA3.SA");
  await using one = space.start(INGEST);
  await using other = space.start(INGEST);
  await one.says("waiting for EXMA3.SA");
  await other.says("waiting for EXMA3.SA");
  held.release();
  assertEquals([(await one.outcome()).code, (await other.outcome()).code], [0, 0]);
  assertSampleOnce(space, 2);
  const logs = space.logs("EXMA3.SA");
  assertEquals(logs.map(({ status }) => status).sort(), ["skipped", "success"]);
  for (const { lock_action } of logs) assertEquals(lock_action, "waited");
  const skipped = logs.find(({ status }) => status === "skipped");
  assertEquals([skipped?.rows_fetched, skipped?.rows_inserted], [10, 0]);
  assertEquals(new Set(logs.map(({ payload_sha256 }) => payload_sha256)).size, 1);
});

testNeeding(
  "signals",
  "two at once in exit mode: the other leaves with 75 and names the holder",
  async () => {
    await using space = await Workspace.create();
    assertEquals((await space.cotahist(SAMPLE, "--to", "2024-01-02")).code, 0);
    const args = [...INGEST, "--ticker", "EXMC3.SA", "--on-locked", "exit"];
    // The first gets as far as its claim, with the lock in hand, and there it is stopped.
    const writing = space.holdDatabase();
    await using first = space.start(args);
    try {
      await waitFor("the first to hold the lock", () => space.holderPid("EXMC3.SA") !== undefined);
      first.kill("SIGSTOP");
    } finally {
      writing[Symbol.dispose]();
    }
    const pid = space.holderPid("EXMC3.SA");

    const second = await space.ingest(args);
    assertEquals(second.code, 75);
    assertStringIncludes(second.stderr, `locked by pid ${pid} (tickerlock ingest)`);
    const [, busy, ...more] = space.logs("EXMC3.SA");
    assertHas(busy, { status: "lock_busy", lock_action: "busy" });
    assertEquals(more.length, 0);

    first.kill("SIGCONT");
    assertEquals((await first.outcome()).code, 0);
    const last = space.logs("EXMC3.SA").at(-1);
    assertHas(last, { status: "success", rows_inserted: 9, pid });
    assertEquals(space.prices().length, 8 + 9);
  },
);

Deno.test("six at once on a database that is not there yet all succeed", async () => {
  await using space = await Workspace.create();
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, () => space.spawn(["ingest", ...INGEST])),
  );
  for (const { code, stderr } of outcomes) assertEquals(code, 0, stderr);
  assertSampleOnce(space, 6);
  assertEquals(space.value("SELECT count(*) FROM schema_migrations"), MIGRATIONS.length);
  assertEquals(space.value("SELECT count(DISTINCT run_id) FROM ingest_logs"), 6);
  assertEquals(space.value("SELECT count(DISTINCT job_id) FROM ingest_logs"), 48);
});

Deno.test("runs on different tickers of one file do not wait for each other", async () => {
  await using space = await Workspace.create();
  using _held = space.hold("EXMA3.SA");
  const outcomes = await Promise.all(
    SAMPLE_TICKERS.slice(1).map((ticker) => space.spawn(["ingest", ...INGEST, "--ticker", ticker])),
  );
  for (const { code, stderr } of outcomes) assertEquals([code, stderr], [0, ""]);
  assertEquals(space.prices().length, 70);
  for (const row of space.logs()) {
    assertEquals([row.status, row.lock_action], ["success", "acquired"]);
  }
});

Deno.test("a database that another program writes to is waited for", async () => {
  await using space = await Workspace.create();
  assertEquals((await space.cotahist(SAMPLE, "--to", "2024-01-02")).code, 0);
  const writing = space.holdDatabase();
  await using running = space.start([...INGEST, "--ticker", "EXMB4.SA"]);
  try {
    await waitFor("the lock", () => space.holderPid("EXMB4.SA") === running.pid);
    assertEquals(space.logs("EXMB4.SA").length, 1);
  } finally {
    writing[Symbol.dispose]();
  }
  const { code, stderr } = await running.outcome();
  assertEquals([code, stderr], [0, ""]);
  assertEquals(space.logs("EXMB4.SA").map((row) => row.rows_inserted), [1, 9]);
});
