import { assert, assertEquals, assertHas, assertMatch, assertStringIncludes } from "../assert.ts";
import { CollectSpace, FakeManager } from "./collect_tools.ts";
import { assertAllFree, locks, statusOf } from "./lock_tools.ts";
import { isOfDeno27, logLines, problemAndRemedy } from "./program.ts";
import { waitFor } from "./wait_for.ts";
import { testNeeding } from "../system.ts";

/** Far away: after the initial sync nothing happens. */
const RARELY = "10h";

function task(name: string, every: string, ...tickers: readonly string[]) {
  return { name, every, tickers };
}

testNeeding(
  "signals",
  "an initial sync in order, then turns, until SIGTERM: 143, and all is told",
  async () => {
    await using live = await CollectSpace.create();
    live.configure([task("a", "1s", "PETR4.SA"), task("b", RARELY, "VALE3.SA")]);
    await using running = live.start();
    const begun = await live.state(running, "idle");
    assertEquals([begun.stopped_at, begun.task], [null, null]);
    await live.rows("a", "success", 3);
    await running.says("the initial sync is done");
    running.kill("SIGTERM");
    const { code, stdout, stderr } = await running.outcome();
    assertEquals([code, stdout], [143, ""]);
    const lines = logLines(stderr);
    assertStringIncludes(problemAndRemedy(lines.at(-1)), "stopped by SIGTERM Try: Start it");
    const begins = lines.map(({ message }) => String(message)).filter((text) =>
      / begins$/.test(text)
    );
    assertEquals(begins.slice(0, 3), [
      "a: initial sync begins",
      "b: initial sync begins",
      "a: turn begins",
    ]);
    const [row] = live.collectors();
    assertEquals([row?.state, row?.stop_reason], ["stopped", "stopped by SIGTERM"]);
    const logs = live.space.logs();
    assertEquals(new Set(logs.map(({ run_id }) => run_id)), new Set([row?.run_id]));
    assertEquals(logs.filter(({ status }) => status === "running"), []);
    assert(live.space.prices().length > 0);
    await assertAllFree(live.space);
  },
);

for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  testNeeding(
    "signals",
    `${signal} in the middle of a ticker rolls it back and ends: ${code}`,
    async () => {
      await using live = await CollectSpace.create();
      live.configure([task("a", RARELY, "STALL.SA"), task("b", RARELY, "PETR4.SA")]);
      await using running = live.start();
      await waitFor("the request", () => live.yahoo.requests.length > 0);
      assertEquals((await live.state(running, "syncing")).pid, running.pid);
      running.kill(signal);
      assertEquals((await running.outcome()).code, code);
      assertEquals(
        live.space.logs().map(({ ticker, status }) => [ticker, status]),
        [["STALL.SA", "interrupted"]],
      );
      assertEquals(live.collectors()[0]?.stop_reason, `stopped by ${signal}`);
      await assertAllFree(live.space);
    },
  );
}

testNeeding(
  "signals",
  "what cannot end within the grace is ended: 143, the locks are free",
  async () => {
    await using live = await CollectSpace.create();
    live.configure([task("a", RARELY, "PETR4.SA")]);
    await using running = live.start(["--grace", "0.2"]);
    await live.state(running, "idle");
    using _held = live.space.holdDatabase();
    running.kill("SIGTERM");
    const { code, stderr } = await running.outcome();
    assertEquals(code, 143);
    assertStringIncludes(stderr, "not over 0.2 s after the signal");
    await assertAllFree(live.space);
  },
);

testNeeding(
  "signals",
  "SIGHUP reads the configuration again; a bad one is refused and the old one stays",
  async () => {
    await using live = await CollectSpace.create();
    live.configure([task("a", "1s", "PETR4.SA")]);
    await using running = live.start();
    await live.rows("a", "success", 2);
    live.configure([task("a", "1x", "PETR4.SA"), task("b", "1s", "VALE3.SA")]);
    running.kill("SIGHUP");
    await running.says("the configuration is refused, the old one stays");
    await running.says('tasks[0].every \\"1x\\": is not a length of time');
    const before = live.space.logs().length;
    await live.rows("a", "success", before + 1);
    assertEquals(live.yahoo.count("VALE3.SA"), 0);
    live.configure([task("b", "1s", "VALE3.SA")]);
    running.kill("SIGHUP");
    await running.says("read the configuration: b");
    await live.rows("b", "success", 2);
    const tasks = JSON.parse(live.collectors()[0]?.tasks ?? "[]") as { name: string }[];
    assertEquals(tasks.map(({ name }) => name), ["b"]);
    running.kill("SIGTERM");
    assertEquals((await running.outcome()).code, 143);
  },
);

testNeeding(
  "signals",
  "a turn that comes while the task still runs leaves a row that says so",
  async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => release = resolve);
    await using live = await CollectSpace.create({
      onRequest: ({ symbol }) =>
        symbol === "SLOW.SA" && live.yahoo.count(symbol) > 1 ? held : undefined,
    });
    live.configure([{ ...task("slow", "1s", "SLOW.SA"), timeout: 60 }]);
    await using running = live.start();
    await live.rows("slow", "skipped", 2);
    release();
    await live.rows("slow", "success", 2);
    running.kill("SIGTERM");
    assertEquals((await running.outcome()).code, 143);
    const skipped = live.space.logs().filter(({ status }) => status === "skipped");
    for (const row of skipped) {
      assertHas(row, { ticker: null, source: "yahoo", error_code: "task_still_running" });
      assertMatch(row.error_message ?? "", /^the task is still running, since 20/);
    }
  },
);

testNeeding(
  "signals",
  "a second collector says who runs, and leaves or waits as it is told",
  async () => {
    await using live = await CollectSpace.create();
    live.configure([task("a", RARELY, "PETR4.SA")]);
    await using first = live.start();
    await live.state(first, "idle");

    await using leaving = live.start(["--on-locked", "exit"]);
    const left = await leaving.outcome();
    assertEquals(left.code, 75);
    assertStringIncludes(left.stderr, `pid ${first.pid} (tickerlock collect)`);
    await using late = live.start(["--job-lock-timeout", "0.2"]);
    assertEquals((await late.outcome()).code, 75);

    await using second = live.start();
    await second.says(`another run holds the job lock .job_running: pid ${first.pid}`);
    assertEquals(live.collectors().length, 1);
    first.kill("SIGTERM");
    assertEquals((await first.outcome()).code, 143);
    await live.state(second, "idle");
    assertEquals((await statusOf(live.space, ".job_running")).holder?.pid, second.pid);
    second.kill("SIGTERM");
    assertEquals((await second.outcome()).code, 143);
  },
);

Deno.test("a collector that was killed is found dead by the next one", async () => {
  await using live = await CollectSpace.create();
  live.configure([task("a", RARELY, "PETR4.SA")]);
  {
    await using running = live.start();
    await live.state(running, "idle");
    running.kill("SIGKILL");
    await running.outcome();
  }
  assertEquals(live.collectors()[0]?.state, "idle");
  await using next = live.start();
  await live.state(next, "idle");
  await next.says("an earlier collector ended without recording it");
  const [dead, alive] = live.collectors();
  assertEquals([dead?.state, dead?.stop_reason], [
    "stopped",
    `found dead by collector ${alive?.run_id}`,
  ]);
});

Deno.test("a collector whose job lock is taken away ends, and what it had at work is not written", async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => release = resolve);
  await using live = await CollectSpace.create({ onRequest: () => held });
  live.configure([{ ...task("a", RARELY, "PETR4.SA"), timeout: 60 }]);
  await using running = live.start();
  await waitFor("the request", () => live.yahoo.requests.length > 0);
  const released = await locks(live.space, "release", ".job_running", "--force");
  assertEquals(released.code, 0, released.stderr);
  release();
  const { code, stderr } = await running.outcome();
  assertEquals(code, 1);
  assertStringIncludes(stderr, "was taken away from this collector");
  assertEquals(live.space.prices(), []);
  assertEquals(live.space.logs("PETR4.SA").map(({ status }) => status), ["abandoned"]);
  assertStringIncludes(live.collectors()[0]?.stop_reason ?? "", "taken away");
});

Deno.test("a second collector with another lock folder is refused, and the first goes on", async () => {
  await using live = await CollectSpace.create();
  live.configure([task("a", RARELY, "PETR4.SA")]);
  await using first = live.start();
  await live.state(first, "syncing", "idle");
  await using second = live.start(["--lock-dir", "other"]);
  const { code, stderr } = await second.outcome();
  assertEquals(code, 2);
  assertStringIncludes(stderr, "the lock folder other (");
  assertStringIncludes(stderr, live.space.lockDir);
  assert(!live.space.names().includes("other"));
  await live.state(first, "idle");
});

for (const kind of ["path", "abstract"] as const) {
  testNeeding("systemd", `systemd hears of it, at a socket with ${kind} address`, async () => {
    await using live = await CollectSpace.create();
    live.configure([task("a", RARELY, "PETR4.SA")]);
    const name = `@tickerlock-test-${crypto.randomUUID()}`;
    const address = kind === "path" ? `${live.space.path}/notify` : name;
    await using manager = await FakeManager.start(address);
    await using running = live.start([], {
      env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: "400000" },
    });
    if (kind === "abstract" && await isOfDeno27()) {
      // That Deno sends to no abstract address: it is said once, and the work goes on.
      await running.says("systemd could not be told");
      await live.state(running, "idle");
      return;
    }
    await manager.hears("STATUS=idle; next turn 20");
    await manager.hears("WATCHDOG=1", 3);
    running.kill("SIGHUP");
    await manager.hears("READY=1", 2);
    running.kill("SIGTERM");
    assertEquals((await running.outcome()).code, 143);
    await manager.hears("STOPPING=1");
    const order = manager.messages.filter((each) => !/^(STATUS|WATCHDOG)/.test(each));
    assertEquals(order, ["listening", "READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]);
    // The address to send from is no file.
    assertEquals(
      live.space.names().filter((each) => !/^(prices|locks|tickerlock|\.prices)/.test(each)),
      kind === "path" ? ["notify"] : [],
    );
  });
}
