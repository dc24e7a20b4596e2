import { acquireTickerLock } from "../../src/lock/mod.ts";
import { type OpenLockFile, openLockFile } from "../../src/lock/lock_file.ts";
import { MAX_WAITING_THREADS, requestKernelLock } from "../../src/lock/waiting_thread.ts";
import { assert, assertEquals, assertExists, assertRejects } from "../assert.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { kernelWaiters, needing, test, untilQueued } from "./lock_folder.ts";
import { within } from "./peer.ts";

const kernelQueue = needing("kernelQueue");

/** Opens a lock file until the end of the block. */
function open(path: string): OpenLockFile & Disposable {
  const opened = openLockFile(path);
  return { ...opened, [Symbol.dispose]: () => opened.file.close() };
}

test("a thread waits in the kernel, holds what it is granted, and releases it at once", async ({ folder }) => {
  const held = folder.hold("A");
  const path = folder.file("A");
  using opened = open(path);
  for (let time = 0; time < 3; time++) {
    const again = time === 0 ? held : folder.hold("A");
    const request = requestKernelLock(path, opened);
    assertExists(request);
    await untilQueued(path);
    again.release();
    await within("the grant", request.granted);
    assert(!folder.isFree("A"));
    assertEquals(request.giveUp(), false, "it is held");
    request.release();
    assert(folder.isFree("A"), "free when release returns");
  }
});

kernelQueue.test("a request that was given up releases what it is granted", async ({ folder }) => {
  const held = folder.hold("A");
  const path = folder.file("A");
  using opened = open(path);
  const request = requestKernelLock(path, opened);
  await untilQueued(path);
  assertEquals([request?.giveUp(), request?.giveUp()], [true, true]);
  // The kernel knows nothing of it.
  await untilQueued(path);
  held.release();
  await waitFor("the lock to be free", () => folder.isFree("A"));
});

kernelQueue.test("the next request for a file takes over one that was given up, with its place", async ({ folder }) => {
  const held = folder.hold("A");
  const path = folder.file("A");
  using opened = open(path);
  for (let time = 0; time < 2 * MAX_WAITING_THREADS; time++) {
    const request = requestKernelLock(path, opened);
    await untilQueued(path);
    assertEquals(request?.giveUp(), true);
  }
  const last = requestKernelLock(path, opened);
  assertExists(last);
  held.release();
  await within("the grant", last.granted);
  assert(!folder.isFree("A"));
  last.release();
  assert(folder.isFree("A"));
});

kernelQueue.test("no more threads than a few; a request that was given up occupies its own", async ({ folder }) => {
  const names = Array.from({ length: MAX_WAITING_THREADS }, (_, index) => `T${index}`);
  const held = names.map((name) => folder.hold(name));
  using more = folder.hold("MORE");
  const requests = names.map((name) => {
    using opened = open(folder.file(name));
    return requestKernelLock(folder.file(name), opened);
  });
  using opened = open(folder.file("MORE"));
  assertEquals(requestKernelLock(folder.file("MORE"), opened), undefined);
  for (const name of names) {
    await waitFor(`the wait for ${name}`, () => kernelWaiters(folder.file(name)) === 1);
  }
  for (const request of requests) assertEquals(request?.giveUp(), true);
  assertEquals(requestKernelLock(folder.file("MORE"), opened), undefined);
  for (const lock of held) lock.release();
  const request = await waitFor(
    "a thread",
    () => requestKernelLock(folder.file("MORE"), opened),
  );
  more.release();
  await within("the grant", request.granted);
  request.release();
});

test("a thread locks the file that was opened, and no other in its place", async ({ folder }) => {
  const path = folder.write("A", "");
  using opened = open(path);
  folder.write("new", "");
  Deno.renameSync(folder.file("new"), path);
  const other = requestKernelLock(path, opened);
  assertExists(other);
  const failure = await assertRejects(() => within("an answer", other.granted), Error);
  assertEquals(
    failure.message,
    "a waiting thread failed: Error: another file has taken its place",
  );
  assertEquals(other.giveUp(), true);
  assert(folder.isFree("A"));

  Deno.removeSync(path);
  const missing = requestKernelLock(path, opened);
  assertExists(missing);
  await assertRejects(
    () => within("an answer", missing.granted),
    Error,
    "a waiting thread failed: NotFound",
  );
});

kernelQueue.test("two hundred waiters leave the process its other file operations", async ({ folder, lockDir }) => {
  const text = `${folder.path}/text`;
  const names = Array.from({ length: 200 }, (_, index) => `T${index}`);
  // Half of them each for a lock of its own, the other half all for one.
  const nameOf = (index: number): string => index < 100 ? names[index] ?? "" : "ONE";
  const held = [...names.slice(0, 100), "ONE"].map((name) => folder.hold(name));
  let settled = 0;
  const waiting = names.map(async (_, index) => {
    using guard = await acquireTickerLock(nameOf(index), { lockDir, task: {} });
    settled++;
    return guard.action;
  });
  const inKernel = (): number =>
    folder.names().reduce((sum, file) => sum + kernelWaiters(`${lockDir}/${file}`), 0);
  await waitFor("as many waits in the kernel as there are threads", () => {
    return inKernel() >= MAX_WAITING_THREADS;
  });

  const started = performance.now();
  for (let round = 0; round < 50; round++) {
    await Deno.writeTextFile(text, String(round));
    assertEquals(await Deno.readTextFile(text), String(round));
    await Promise.all([Deno.stat(text), Deno.readDir(lockDir)[Symbol.asyncIterator]().next()]);
  }
  const perRound = (performance.now() - started) / 50;
  // deno-lint-ignore no-console
  console.log(`write, read, stat and list with 200 waiters: ${perRound.toFixed(2)} ms`);
  assertEquals(settled, 0, "all were waiting all the while");

  for (const lock of held) lock.release();
  assertEquals(new Set(await Promise.all(waiting)), new Set(["waited"]));
});
