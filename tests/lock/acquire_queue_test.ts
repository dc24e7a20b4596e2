import { acquireTickerLock, LockTimeoutError } from "../../src/lock/mod.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../assert.ts";
import { busyHolder, recordPath, test } from "./lock_folder.ts";
import { has } from "../system.ts";

test("twenty tasks of one process have the lock in order of arrival, one at a time", async ({ folder, lockDir }) => {
  const order: number[] = [];
  let inside = 0;
  const work = async (index: number): Promise<string> => {
    using guard = await acquireTickerLock("A", { lockDir });
    assertEquals(++inside, 1);
    order.push(index);
    // A task that could get in meanwhile would.
    await Deno.lstat(guard.path);
    assert(!folder.isFree("A"));
    inside--;
    return guard.action;
  };
  const actions = await Promise.all(Array.from({ length: 20 }, (_, index) => work(index)));
  assertEquals(order, Array.from({ length: 20 }, (_, index) => index));
  assertEquals(actions, ["acquired", ...Array.from({ length: 19 }, () => "waited")]);
  assert(folder.isFree("A"));
});

test("a task that waits behind another of its process is told who holds the lock", async ({ lockDir }) => {
  using held = await acquireTickerLock("A", { lockDir, task: {} });
  assertEquals(await busyHolder("A", { lockDir, task: {} }), held.holder);
  for (const timeoutSeconds of [0, 0.02]) {
    const late = await assertRejects(
      () => acquireTickerLock("A", { lockDir, task: {}, timeoutSeconds }),
      LockTimeoutError,
    );
    assertEquals(late.holder, held.holder);
    assert(late.waitedSeconds >= timeoutSeconds);
  }
});

test("a task ahead that waits itself does not hide the holder", async ({ folder, lockDir }) => {
  using held = await acquireTickerLock("A", { lockDir });
  // By another name the same file is, for the queue, held by another process.
  const elsewhere = `${folder.path}/elsewhere`;
  Deno.mkdirSync(elsewhere);
  Deno.linkSync(held.path, `${elsewhere}/A.lock`);
  if (!has("advisoryLocks")) {
    Deno.linkSync(recordPath(held.path), recordPath(`${elsewhere}/A.lock`));
  }
  const stop = new AbortController();
  const ahead = acquireTickerLock("A", {
    lockDir: elsewhere,
    task: {},
    signal: stop.signal,
  }).catch(() => {});
  assertEquals(await busyHolder("A", { lockDir: elsewhere, task: {} }), held.holder);
  stop.abort();
  await ahead;
});

test("an abort while queued rejects with the signal's reason, and the queue goes on", async ({ lockDir }) => {
  const held = await acquireTickerLock("A", { lockDir });
  const controller = new AbortController();
  const reason = new Error("the user has left");
  const aborted = acquireTickerLock("A", { lockDir, task: {}, signal: controller.signal })
    .catch((error) => error);
  const behind = acquireTickerLock("A", { lockDir, task: {} });
  controller.abort(reason);
  assertStrictEquals(await aborted, reason);
  held.release();
  using last = await behind;
  assertEquals(last.action, "waited");
});

test("an abort by onWait itself is heeded", async ({ lockDir }) => {
  using _held = await acquireTickerLock("A", { lockDir });
  const controller = new AbortController();
  const reason = new Error("not worth the wait");
  const { signal } = controller;
  const onWait = (): void => controller.abort(reason);
  const options = { lockDir, task: {}, signal, onWait, timeoutSeconds: Infinity };
  const outcome = await acquireTickerLock("A", options).catch((error) => error);
  assertStrictEquals(outcome, reason);
});
