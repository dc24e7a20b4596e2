import { resetSync } from "@logtape/logtape";
import { configureLog } from "../../src/base/log.ts";
import { assert, assertEquals, assertHas } from "../assert.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { Workspace } from "../e2e/workspace.ts";
import { fakeSource, type FakeTicker, price } from "./fake_source.ts";
import { run } from "./outline.ts";

const SAME: FakeTicker = { prices: [price("2024-01-02", 1)], payloadSha256: "5a".repeat(32) };

Deno.test("work that another run has finished since this one began is skipped", async () => {
  await using space = await Workspace.create();
  // The other run starts and ends after this one has begun and before it asks for its locks.
  const onOpen = async (): Promise<void> => void (await run(space, fakeSource({ A: SAME })));
  const report = await run(space, fakeSource({ A: SAME }, { onOpen }));
  const [a] = report.results;
  assertEquals(report.exitCode, 0);
  assertHas(a, { status: "skipped", rowsFetched: 1 });
  assertHas(a, { rowsInserted: 0, rowsUpdated: 0, rowsUnchanged: 0 });
  assertEquals(space.logs().map(({ status }) => status), ["success", "skipped"]);

  const forced = await run(space, fakeSource({ A: SAME }, { onOpen }), { forceRefresh: true });
  const [again] = forced.results;
  assertEquals([again?.status, again?.rowsUnchanged], ["success", 1]);
});

Deno.test("other work of another run, or older or unfinished work, is not skipped for", async () => {
  const others: readonly Readonly<Record<string, FakeTicker>>[] = [
    { A: { ...SAME, payloadSha256: "00".repeat(32), prices: [price("2024-01-02", 9)] } },
    { B: SAME },
    {
      A: {
        ...SAME,
        before: () => {
          throw new Error("a bug");
        },
      },
    },
  ];
  for (const other of others) {
    await using space = await Workspace.create();
    const onOpen = async (): Promise<void> => void (await run(space, fakeSource(other)));
    const report = await run(space, fakeSource({ A: SAME }, { onOpen }));
    assertEquals(report.results[0]?.status, "success");
    const stored = space.query("SELECT close FROM prices WHERE ticker = 'A'");
    assertEquals(stored.map(Object.values), [[1]]);
  }

  await using space = await Workspace.create();
  await run(space, fakeSource({ A: SAME }));
  space.execute("UPDATE ingest_logs SET finished_at = '2024-01-01T00:00:00.000Z'");
  const report = await run(space, fakeSource({ A: SAME }));
  assertEquals([report.results[0]?.status, report.results[0]?.rowsUnchanged], ["success", 1]);
});

/** A gate that is shut until it is opened, and that tells whether a task has reached it. */
function gate(): { pass: () => Promise<void>; open: () => void; reached: boolean } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const made = {
    reached: false,
    open: resolve,
    pass: (): Promise<void> => {
      made.reached = true;
      return promise;
    },
  };
  return made;
}

/** Collects what the log says of waiting, until it is disposed. */
function waitingLines(): Disposable & { readonly lines: string[] } {
  const lines: string[] = [];
  configureLog({
    level: "info",
    format: "json",
    color: false,
    shown: (line) => line,
    write: (line) => void (line.includes("waiting for ") && lines.push(line)),
  });
  return { lines, [Symbol.dispose]: resetSync };
}

Deno.test("a lock that had to be waited for is kept while its ticker is worked on", async () => {
  await using space = await Workspace.create();
  using waiting = waitingLines();
  using held = space.hold("A");
  const a = gate();
  const b = gate();
  const running = run(space, fakeSource({ A: { before: a.pass }, B: { before: b.pass } }));
  await waitFor("the free ticker", () => b.reached);
  await waitFor("the other to wait", () => waiting.lines.length === 1);
  held.release();
  await waitFor("the ticker that was waited for", () => a.reached);
  b.open();
  await waitFor("the end of the free ticker", () => space.logs("B")[0]?.status === "success");
  // Whatever the run does after that ticker, it has done when its next timer has had a turn.
  await new Promise((resolve) => setTimeout(resolve, 0));
  const free = space.isFree("A");
  a.open();
  const report = await running;
  assert(!free, "the lock was free in the middle of the work");
  assertEquals(report.results.map(({ status }) => status), ["success", "success"]);
  assertEquals(report.results.map(({ lockAction }) => lockAction), ["waited", "acquired"]);
});

Deno.test("more locked tickers than are waited for at a time all go in at last", async () => {
  await using space = await Workspace.create();
  using waiting = waitingLines();
  const names = Array.from({ length: 120 }, (_, index) => `T${100 + index}`);
  const held = names.slice(0, 110).map((name) => space.hold(name));
  try {
    const source = fakeSource(Object.fromEntries(names.map((name) => [name, {}])));
    const running = run(space, source);
    await waitFor("64 tickers that wait", () => waiting.lines.length >= 64);
    // Those behind them are left until some have come through: none of the free ones has begun.
    assertEquals(source.fetched, []);
    for (const lock of held) lock.release();
    const report = await running;
    assertEquals([report.exitCode, report.notStarted], [0, 0]);
    assertEquals(report.results.map(({ ticker }) => ticker), names);
    for (const { status } of report.results) assertEquals(status, "success");
    assert(report.results.filter(({ lockAction }) => lockAction === "waited").length >= 64);
    assertEquals(space.prices().length, 120);
    for (const name of names) assert(space.isFree(name), name);
  } finally {
    for (const lock of held) lock.release();
  }
});

Deno.test("two runs in one process queue for a ticker", async () => {
  await using space = await Workspace.create();
  const first = gate();
  const one = run(space, fakeSource({ A: { ...SAME, before: first.pass } }));
  await waitFor("the first run", () => first.reached);
  const busy = await run(space, fakeSource({ A: SAME }), { onLocked: "exit" });
  assertEquals({
    exitCode: busy.exitCode,
    status: busy.results[0]?.status,
    code: busy.results[0]?.error?.code,
  }, { exitCode: 75, status: "lock_busy", code: "lock_busy" });
  const late = await run(space, fakeSource({ A: SAME }), { lockTimeoutSeconds: 0 });
  assertEquals([late.exitCode, late.results[0]?.status], [75, "lock_timeout"]);
  const other = fakeSource({ A: SAME });
  const two = run(space, other);
  first.open();
  assertEquals((await one).results[0]?.status, "success");
  assertEquals((await two).results[0]?.status, "skipped");
  assertEquals(
    space.logs().map(({ status }) => status).sort(),
    ["lock_busy", "lock_timeout", "skipped", "success"],
  );
});
