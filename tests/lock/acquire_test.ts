import {
  acquireJobLock,
  acquireTickerLock,
  type HolderRecord,
  LockBusyError,
  LockTimeoutError,
} from "../../src/lock/mod.ts";
import { assert, assertEquals, assertHas, assertRejects, assertStrictEquals } from "../assert.ts";
import { captureLog } from "../store/sqlite/leaks.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { fakeClock } from "./fake_clock.ts";
import { busyHolder, needing, recordText, someRecord, test, untilQueued } from "./lock_folder.ts";

const kernelQueue = needing("kernelQueue");

test("exit mode leaves at once, and carries the holder", async ({ folder, lockDir }) => {
  const holder = someRecord({ jobId: "01a1fcf6-6195-7537-b9f9-7ae91a5c17c5" });
  folder.writeRecord("A", recordText(holder));
  using _held = folder.hold("A");
  let announced = false;
  const error = await assertRejects(
    () => acquireTickerLock("A", { lockDir, wait: false, onWait: () => announced = true }),
    LockBusyError,
  );
  assertHas(error, { lockName: "A", holder });
  assertEquals(announced, false);
  const job = folder.hold(".nightly");
  const unknown = await assertRejects(
    () => acquireJobLock("nightly", { lockDir, wait: false }),
    LockBusyError,
  );
  assertEquals([unknown.lockName, unknown.holder], [".nightly", undefined]);
  job.release();
});

test("a timeout of 0 is one try, another one is a wait that is announced; both carry the holder", async ({ folder, lockDir }) => {
  folder.writeRecord("A", recordText(someRecord()));
  using _held = folder.hold("A");
  using clock = fakeClock();
  for (const timeoutSeconds of [0, 100]) {
    const announced: unknown[] = [];
    const error = await assertRejects(
      () =>
        acquireTickerLock("A", {
          lockDir,
          timeoutSeconds,
          onWait: (holder) => {
            announced.push(holder);
            clock.advance(timeoutSeconds);
          },
        }),
      LockTimeoutError,
    );
    assertEquals([error.lockName, error.holder], ["A", someRecord()]);
    assert(error.waitedSeconds >= timeoutSeconds, `${error.waitedSeconds} of ${timeoutSeconds}`);
    assertEquals(announced, timeoutSeconds === 0 ? [] : [someRecord()]);
  }
  const short = { lockDir, timeoutSeconds: 0.15 };
  const error = await assertRejects(() => acquireTickerLock("A", short), LockTimeoutError);
  assert(error.waitedSeconds >= 0.15, `${error.waitedSeconds}`);
});

kernelQueue.test("without a limit a wait goes on until the lock is free", async ({ folder, lockDir }) => {
  using clock = fakeClock();
  const held = folder.hold("A");
  const path = folder.file("A");
  let waits = 0;
  const onWait = (): void => void waits++;
  const waiting = acquireTickerLock("A", { lockDir, timeoutSeconds: Infinity, onWait });
  await untilQueued(path);
  clock.advance(400 * 24 * 3600);
  await new Promise((resolve) => setTimeout(resolve, 0));
  await untilQueued(path);
  held.release();
  using guard = await waiting;
  assertHas(guard, { action: "waited", held: true });
  assertEquals(waits, 1);
  assert(guard.waitedSeconds >= 400 * 24 * 3600);
  assert(!folder.isFree("A"));
  guard.release();
  assert(folder.isFree("A"), "the lock of a waiting thread is free when release returns");
});

test("by default a ticker is waited for 120 s, a job 300 s", async ({ folder, lockDir }) => {
  using clock = fakeClock();
  using _ticker = folder.hold("A");
  using _job = folder.hold(".nightly");
  for (const [name, seconds] of [["A", 120], [".nightly", 300]] as const) {
    const take = name === "A" ? acquireTickerLock : acquireJobLock;
    const outcome = (over: number): Promise<unknown> => {
      const stop = new AbortController();
      const onWait = (): void => {
        clock.advance(seconds + over);
        // Where the time is not over the wait goes on, until it is ended.
        if (over < 0) stop.abort("not over");
      };
      return take(name, { lockDir, task: {}, signal: stop.signal, onWait }).catch((error) => error);
    };
    assertEquals(await outcome(-1), "not over");
    assert(await outcome(0) instanceof LockTimeoutError);
  }
});

test("onWait is called once, with the holder at that moment", async ({ folder, lockDir }) => {
  const holder = someRecord({ pid: 99 });
  folder.writeRecord("A", recordText(holder));
  const held = folder.hold("A");
  const queue = await acquireTickerLock("B", { lockDir });
  const announced: (HolderRecord | undefined)[] = [];
  const onWait = (found: HolderRecord | undefined): void => void announced.push(found);
  const first = acquireTickerLock("A", { lockDir, task: {}, onWait });
  await untilQueued(folder.file("A"));
  // Again for the next file that takes its place, it is still the same wait.
  folder.writeRecord("new", recordText(someRecord({ pid: 100 })));
  using heldNext = folder.hold("new");
  Deno.renameSync(folder.file("new"), folder.file("A"));
  held.release();
  await untilQueued(folder.file("A"));
  assertEquals(announced, [holder]);
  heldNext.release();
  (await first).release();

  // First behind a task of the same process, then behind another process.
  const second = acquireTickerLock("B", { lockDir, task: {}, onWait });
  assertEquals(announced, [holder, queue.holder]);
  queue.release();
  (await second).release();
  assertEquals(announced.length, 2);
});

test("what onWait throws ends the acquisition, and nothing stays behind", async ({ folder, lockDir }) => {
  const onWait = (): never => {
    throw new Error("not today");
  };
  const held = folder.hold("A");
  for (let time = 0; time < 2; time++) {
    await assertRejects(() => acquireTickerLock("A", { lockDir, onWait }), Error, "not today");
  }
  held.release();
  using _guard = await acquireTickerLock("A", { lockDir });
  const task = {};
  await assertRejects(
    () => acquireTickerLock("A", { lockDir, onWait, task }),
    Error,
    "not today",
  );
});

test("an abort rejects with the signal's reason, whatever it is", async ({ folder, lockDir }) => {
  using _held = folder.hold("A");
  for (const reason of [new Error("stop"), "a text", null, 0]) {
    const before = AbortSignal.abort(reason);
    const polling = new AbortController();
    const inKernel = new AbortController();
    const attempts = [
      acquireTickerLock("B", { lockDir, task: {}, signal: before }),
      acquireTickerLock("A", {
        lockDir,
        signal: polling.signal,
        onWait: () => queueMicrotask(() => polling.abort(reason)),
      }),
    ];
    for (const attempt of attempts) {
      assertStrictEquals(await attempt.then(() => "acquired", (error) => error), reason);
    }
    const waiting = acquireTickerLock("A", { lockDir, signal: inKernel.signal });
    await untilQueued(folder.file("A"));
    inKernel.abort(reason);
    assertStrictEquals(await waiting.then(() => "acquired", (error) => error), reason);
  }
  assertEquals(folder.names(), ["A.lock"], "an aborted signal touches nothing");
});

test("a wait that was aborted releases the lock when the kernel grants it", async ({ folder, lockDir }) => {
  const held = folder.hold("A");
  const controller = new AbortController();
  const waiting = acquireTickerLock("A", { lockDir, signal: controller.signal }).catch(() => {});
  await untilQueued(folder.file("A"));
  controller.abort();
  await waiting;
  held.release();
  await waitFor("the lock to be free", () => folder.isFree("A"));
});

test("an asynchronous onWait that rejects is logged, and the lock is obtained", async ({ folder, lockDir }) => {
  using log = captureLog();
  const held = folder.hold("A");
  const onWait = (): Promise<void> => Promise.reject(new Error("no such {channel}"));
  const waiting = acquireTickerLock("A", { lockDir, onWait });
  await waitFor("the log", () => log.lines().length > 0);
  assertEquals(log.lines(), ["error: onWait failed: no such {channel}"]);
  held.release();
  using guard = await waiting;
  assert(guard.held);
});

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
  folder.writeRecord("A", recordText(someRecord()));
  using _held = folder.hold("A");
  const stop = new AbortController();
  const options = { lockDir, task: {}, signal: stop.signal };
  const ahead = acquireTickerLock("A", options).catch(() => {});
  assertEquals(await busyHolder("A", { lockDir, task: {} }), someRecord());
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
