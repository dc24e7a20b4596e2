import {
  acquireAll,
  acquireTickerLock,
  LockBusyError,
  LockTimeoutError,
} from "../../src/lock/mod.ts";
import { UsageError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { fakeClock } from "./fake_clock.ts";
import { test } from "./lock_folder.ts";
import { within } from "./peer.ts";

test("several locks are held together, each once, sorted", async ({ folder, lockDir }) => {
  {
    using locks = await acquireAll(new Set(["c", "A", "b", " a "]), { lockDir, jobId: "j" });
    assertEquals(locks.guards.map(({ name }) => name), ["A", "B", "C"]);
    assertEquals(locks.waitedSeconds, 0);
    for (const { name, holder } of locks.guards) {
      assertEquals([folder.isFree(name), holder.jobId], [false, "j"]);
    }
  }
  assertEquals(["A", "B", "C"].map((name) => folder.isFree(name)), [true, true, true]);
  await using none = await acquireAll([], { lockDir });
  assertEquals([none.guards.length, none.waitedSeconds], [0, 0]);
  none.release();
  none.release();
});

test("all or none: a bad name, a busy lock, a timeout or an abort leaves nothing held", async ({ folder, lockDir }) => {
  await assertRejects(() => acquireAll(["A", "no,ticker"], { lockDir }), UsageError);
  using held = folder.hold("C");
  assertEquals(folder.names(), ["C.lock"], "refused before any lock");
  const names = ["D", "A", "C", "B"];
  const busy = await assertRejects(
    () => acquireAll(names, { lockDir, wait: false }),
    LockBusyError,
  );
  assertEquals(busy.lockName, "C");
  const late = await assertRejects(
    () => acquireAll(names, { lockDir, timeoutSeconds: 0 }),
    LockTimeoutError,
  );
  assertEquals(late.lockName, "C");
  const controller = new AbortController();
  const onWait = (): void => controller.abort(new Error("enough"));
  const { signal } = controller;
  await assertRejects(() => acquireAll(names, { lockDir, signal, onWait }), Error, "enough");
  await assertRejects(() => acquireAll(names, { lockDir, signal }), Error, "enough");
  for (const name of ["A", "B"]) assert(folder.isFree(name), name);
  assertEquals(
    folder.names(),
    ["A.lock", "B.lock", "C.lock"],
    "taken in order: D was not reached",
  );
  held.release();
  using locks = await acquireAll(names, { lockDir });
  assertEquals(locks.guards.length, 4);
});

test("each lock that has to be waited for is announced, and counts", async ({ folder, lockDir }) => {
  const holders = { A: folder.hold("A"), C: folder.hold("C") };
  const announced: unknown[] = [];
  const onWait = (holder: unknown): void => {
    announced.push(holder);
    holders[announced.length === 1 ? "A" : "C"].release();
  };
  using locks = await acquireAll(["A", "B", "C"], { lockDir, onWait });
  assertEquals(announced, [undefined, undefined]);
  assertEquals(locks.guards.map(({ action }) => action), ["waited", "acquired", "waited"]);
  const longest = Math.max(...locks.guards.map(({ waitedSeconds }) => waitedSeconds));
  assert(longest > 0);
  assertEquals(locks.waitedSeconds, longest);
});

test("the time is for all of them together", async ({ folder, lockDir }) => {
  using clock = fakeClock();
  using _last = folder.hold("B");
  const first = folder.hold("A");
  // Of 1000 s the first takes 600, and the second would take 500: neither is too long by itself.
  const waits: (() => void)[] = [
    () => {
      clock.advance(600);
      first.release();
    },
    () => clock.advance(500),
  ];
  const onWait = (): void => waits.shift()?.();
  const taken = acquireAll(["A", "B"], { lockDir, timeoutSeconds: 1000, onWait });
  const late = await assertRejects(() => within("the end of the time", taken), LockTimeoutError);
  assertEquals([late.lockName, waits.length, folder.isFree("A")], ["B", 0, true]);
  assert(late.waitedSeconds >= 500 && late.waitedSeconds < 900);
});

test("crossing sets never wait for each other in a circle", async ({ folder, lockDir }) => {
  const names = ["A", "B", "C", "D"];
  const inside = new Set<string>();
  let rounds = 0;
  const work = async (start: number): Promise<void> => {
    for (let round = 0; round < 10; round++) {
      // In every order, and each set crossing its neighbours'.
      const wanted = [0, 1, 2].map((step) => names[(start + round + step) % names.length] ?? "");
      if (round % 2 === 0) wanted.reverse();
      using locks = await acquireAll(wanted, { lockDir, task: {}, timeoutSeconds: 60 });
      for (const { name } of locks.guards) {
        assert(!inside.has(name), name);
        inside.add(name);
      }
      await Deno.lstat(lockDir);
      for (const name of wanted) inside.delete(name);
      rounds++;
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, index) => work(index)));
  assertEquals(rounds, 80);
  for (const name of names) assert(folder.isFree(name), name);
});

test("a set releases the last it took first", async ({ lockDir }) => {
  const locks = await acquireAll(["A", "B"], { lockDir });
  const order: string[] = [];
  const waiting = ["A", "B"].map(async (name) => {
    using guard = await acquireTickerLock(name, { lockDir, task: {} });
    order.push(guard.name);
  });
  locks[Symbol.dispose]();
  await Promise.all(waiting);
  assertEquals(order, ["B", "A"]);
  await locks[Symbol.asyncDispose]();
});
