import {
  acquireAll,
  acquireJobLock,
  acquireTickerLock,
  LockBusyError,
  LockError,
  type LockGuard,
} from "../../src/lock/mod.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { test } from "./lock_folder.ts";

/** The error of a task that asks for what it has, which must come at once: it waits for nothing. */
async function nested(acquire: () => Promise<unknown>): Promise<string> {
  const error = await assertRejects(acquire, LockError);
  assertEquals([error.code, error.retryable], ["lock_nested", false]);
  return error.message;
}

test("a task that asks for what it holds is refused at once", async ({ lockDir }) => {
  const options = { lockDir, timeoutSeconds: Infinity };
  const guard = await acquireTickerLock("PETR4.SA", { lockDir });
  assertEquals(
    await nested(() => acquireTickerLock(" petr4.sa", options)),
    "this task already holds or awaits the lock PETR4.SA",
  );
  // In exit mode as well: it is no other run's lock.
  await nested(() => acquireTickerLock("PETR4.SA", { lockDir: `${lockDir}/`, wait: false }));
  await nested(async () => {
    await Deno.lstat(lockDir);
    await nested(() => acquireTickerLock("PETR4.SA", options));
    return await acquireTickerLock("PETR4.SA", options);
  });
  guard.release();
  (await acquireTickerLock("PETR4.SA", options)).release();
});

test("a job's lock is as strict", async ({ lockDir }) => {
  using _job = await acquireJobLock("nightly", { lockDir });
  assertStringIncludes(await nested(() => acquireJobLock(".nightly", { lockDir })), " .nightly");
  using other = await acquireJobLock(undefined, { lockDir });
  using ticker = await acquireTickerLock("NIGHTLY", { lockDir });
  assertEquals([other.name, ticker.action], [".job_running", "acquired"]);
});

test("several locks are refused for the sake of any one, and none is taken", async ({ folder, lockDir }) => {
  using last = await acquireTickerLock("C", { lockDir });
  assertStringIncludes(await nested(() => acquireAll(["A", "B", "C"], { lockDir })), " C");
  assertEquals(folder.names(), ["C.lock"]);
  using both = await acquireAll(["A", "B"], { lockDir });
  await nested(() => acquireTickerLock("B", { lockDir }));
  await nested(() => acquireAll(["B", "D"], { lockDir }));
  both.release();
  using _b = await acquireTickerLock("B", { lockDir });
  assertEquals(last.held, true);
});

test("what a task awaits counts as held", async ({ folder, lockDir }) => {
  const held = folder.hold("A");
  const first = acquireTickerLock("A", { lockDir });
  await Deno.lstat(lockDir);
  await nested(() => acquireTickerLock("A", { lockDir }));
  held.release();
  (await first).release();
});

test("a failed acquisition holds nothing", async ({ folder, lockDir }) => {
  const held = folder.hold("B");
  for (let time = 0; time < 2; time++) {
    const options = { lockDir, wait: false };
    await assertRejects(() => acquireTickerLock("B", options), LockBusyError);
    await assertRejects(() => acquireAll(["A", "B"], options), LockBusyError);
  }
  held.release();
  using set = await acquireAll(["A", "B"], { lockDir });
  assertEquals(set.guards.length, 2);
});

test("tasks that start together are siblings, and queue", async ({ lockDir }) => {
  const work = async (name: string): Promise<string> => {
    using guard = await acquireTickerLock(name, { lockDir });
    await Deno.lstat(guard.path);
    return guard.action;
  };
  assertEquals(await Promise.all([work("A"), work("A"), work("A")]), [
    "acquired",
    "waited",
    "waited",
  ]);
  // Also those that do something else first.
  const { promise: bothReady, resolve } = Promise.withResolvers<void>();
  let ready = 0;
  const later = async (): Promise<string> => {
    await Deno.lstat(lockDir);
    if (++ready === 2) resolve();
    await bothReady;
    return await work("A");
  };
  assertEquals((await Promise.all([later(), later()])).sort(), ["acquired", "waited"]);
});

test("children of a task that holds another lock queue among each other", async ({ lockDir }) => {
  using _job = await acquireJobLock("nightly", { lockDir });
  const child = async (): Promise<string> => {
    using guard = await acquireTickerLock("A", { lockDir });
    await nested(() => acquireTickerLock("A", { lockDir }));
    // The parent's is out of reach for all of them: it would never come.
    await nested(() => acquireJobLock("nightly", { lockDir }));
    return guard.action;
  };
  assertEquals(await Promise.all([child(), child()]), ["acquired", "waited"]);
  await nested(() => acquireJobLock("nightly", { lockDir }));
});

test("a task can be named, and then nothing else tells", async ({ lockDir }) => {
  const [one, other] = [{}, () => {}];
  const first = await acquireTickerLock("A", { lockDir, task: one });
  await nested(() => acquireTickerLock("A", { lockDir, task: one }));
  await nested(() => acquireAll(["B", "A"], { lockDir, task: one }));
  const queued: Promise<LockGuard>[] = [
    acquireTickerLock("A", { lockDir, task: other }),
    acquireTickerLock("A", { lockDir, task: {} }),
  ];
  await Deno.lstat(lockDir);
  await nested(() => acquireTickerLock("A", { lockDir, task: other }));
  first.release();
  for (const guard of queued) (await guard).release();
  (await acquireTickerLock("A", { lockDir, task: one })).release();
});

test("one task after the other, started by a third, needs a name of its own", async ({ lockDir }) => {
  const work = async (
    task: { readonly task?: object },
    until: Promise<void>,
    tell: { readonly held?: () => void; readonly waits?: () => void },
  ): Promise<string> => {
    const onWait = () => tell.waits?.();
    using guard = await acquireTickerLock("A", { lockDir, ...task, onWait });
    tell.held?.();
    await until;
    return guard.action;
  };
  // The documented limit: what was started before is, by the context alone, an ancestor.
  const held = Promise.withResolvers<void>();
  const refused = Promise.withResolvers<void>();
  const first = work({}, refused.promise, { held: held.resolve });
  await held.promise;
  await nested(() => work({}, refused.promise, {}));
  refused.resolve();
  assertEquals(await first, "acquired");

  const heldAgain = Promise.withResolvers<void>();
  const waits = Promise.withResolvers<void>();
  const named = work({ task: {} }, waits.promise, { held: heldAgain.resolve });
  await heldAgain.promise;
  const next = work({ task: {} }, waits.promise, { waits: waits.resolve });
  assertEquals(await Promise.all([named, next]), ["acquired", "waited"]);
});
