import {
  acquireJobLock,
  acquireTickerLock,
  inspectLock,
  listLocks,
  LockTimeoutError,
  releaseLock,
} from "../../src/lock/mod.ts";
import { besidePath } from "../../src/lock/record.ts";
import { assert, assertEquals, assertHas, assertRejects, assertThrows } from "../assert.ts";
import { waitFor } from "../e2e/wait_for.ts";
import {
  busyHolder,
  kernelWaiters,
  LockFolder,
  needing,
  recordText,
  someRecord,
  test,
} from "./lock_folder.ts";
import { AsOnWindows, MandatoryLocks } from "./mandatory.ts";
import { Peer } from "./peer.ts";

const kernelQueue = needing("kernelQueue");
const linksPipes = needing(["links", "pipes"]);

/** What stands beside a lock. */
function beside(folder: LockFolder, name: string): string {
  return Deno.readTextFileSync(besidePath(folder.file(name)));
}

const BLANK = `${" ".repeat(511)}\n`;

test("the stand-in for Windows refuses what Windows refuses", ({ folder }) => {
  const path = folder.write("A", "content");
  using locks = new MandatoryLocks();
  const bytes = new Uint8Array(1);
  using holder = Deno.openSync(path, { read: true, write: true });
  using other = Deno.openSync(path, { read: true, write: true });
  assertEquals(other.readSync(bytes), 1);
  assert(holder.tryLockSync(true));
  for (const refused of [() => other.readSync(bytes), () => other.writeSync(bytes)]) {
    assertEquals(assertThrows(refused, Error, "os error 33").name, "Error");
  }
  assertEquals([holder.readSync(bytes), other.tryLockSync(false)], [1, false]);
  holder.unlockSync();
  assertEquals([other.readSync(bytes), locks.touched.length], [1, 5]);
});

test("the record is beside the lock file, which is neither read nor written", async ({ folder, lockDir }) => {
  using windows = new AsOnWindows();
  {
    using guard = await acquireTickerLock("A", { lockDir, command: "a test", jobId: "j" });
    using job = await acquireJobLock("nightly", { lockDir });
    assertEquals(folder.allNames(), [
      ".nightly.lock",
      ".nightly.lock.holder",
      "A.lock",
      "A.lock.holder",
    ]);
    assertEquals(Deno.statSync(guard.path).size, 0);
    assertEquals(beside(folder, "A"), recordText(guard.holder));
    guard.refresh("2024-01-02T03:04:05.678Z");
    assertEquals(beside(folder, "A"), recordText(guard.holder));
    folder.age("A", 60);
    const states = listLocks({ lockDir });
    assertEquals(states.map(({ name, state, holder }) => [name, state, holder]), [
      [".nightly", "held", job.holder],
      ["A", "held", guard.holder],
    ]);
    assert(states[1]?.silent);
    const task = {};
    assertEquals(await busyHolder("A", { lockDir, task }), guard.holder);
  }
  assertEquals([beside(folder, "A"), beside(folder, ".nightly")], [BLANK, BLANK]);
  assertHas(inspectLock("A", { lockDir }), { state: "free", stale: false, holder: null });
  assertEquals(windows.locks.touched, []);
});

kernelQueue.test("another process's lock: named, waited for, obtained, stolen, and left by a kill", async ({ folder, lockDir }) => {
  using windows = new AsOnWindows();
  await using peer = await Peer.start({ asOnWindows: true });
  await peer.hold("A", lockDir);
  const held = inspectLock("A", { lockDir });
  assertHas(held, { state: "held", stale: false });
  assertEquals(held.holder?.pid, peer.pid);
  assertEquals(await busyHolder("A", { lockDir }), held.holder);
  const late = await assertRejects(
    () => acquireTickerLock("A", { lockDir, timeoutSeconds: 0.2 }),
    LockTimeoutError,
  );
  assertEquals(late.holder, held.holder);

  // Granted to a thread, whose open file is not the one that the record is written for.
  let told: number | undefined;
  const waiting = acquireTickerLock("A", {
    lockDir,
    onWait: (holder) => void (told = holder?.pid),
  });
  await waitFor("the wait in the kernel", () => kernelWaiters(folder.file("A")) > 0);
  await peer.release("A");
  {
    using guard = await waiting;
    assertEquals([guard.action, told], ["waited", peer.pid]);
    assertEquals(beside(folder, "A"), recordText(guard.holder));
    await peer.order({ do: "acquire", name: "A", options: { lockDir } });
    assertEquals((await peer.tells("waiting", "A")).holder?.pid, Deno.pid);
  }
  assertEquals((await peer.tells("acquired", "A")).action, "waited");
  peer.kill("SIGKILL");
  await peer.end();
  await folder.untilFree("A");
  const left = inspectLock("A", { lockDir });
  assertHas(left, { state: "free", stale: true });
  assertEquals(left.holder?.pid, peer.pid);
  const released = await releaseLock("A", { lockDir });
  assertEquals([released.outcome, released.holder?.pid], ["cleared", peer.pid]);
  assertEquals(beside(folder, "A"), BLANK);
  using _next = await acquireTickerLock("A", { lockDir, wait: false });
  assertEquals(windows.locks.touched, []);
});

test("a forced release leaves the successor's record to the successor", async ({ folder, lockDir }) => {
  using windows = new AsOnWindows();
  const old = await acquireTickerLock("A", { lockDir });
  await using peer = await Peer.start({ asOnWindows: true });
  await peer.order({ do: "acquire", name: "A", options: { lockDir } });
  await peer.tells("waiting", "A");
  const steps: string[] = [];
  const revoke = (): void => void steps.push(beside(folder, "A"));
  const released = await releaseLock("A", { lockDir, force: true, revoke });
  assertEquals([released.outcome, released.holder], ["revoked", old.holder]);
  assertEquals(steps, [recordText(old.holder)]);
  await peer.tells("acquired", "A");
  const record = beside(folder, "A");
  assert(record.includes(`"pid":${peer.pid},`), record);
  // The old holder wakes up: it neither signs nor clears what is not its own.
  old.refresh("2024-01-02T03:04:05.678Z");
  assertEquals([old.isCurrent(), beside(folder, "A")], [false, record]);
  old.release();
  assertEquals(beside(folder, "A"), record);
  const { state, holder } = inspectLock("A", { lockDir });
  assertEquals([state, holder?.pid], ["held", peer.pid]);
  assertEquals(folder.allNames(), ["A.lock", "A.lock.holder"]);
  await peer.release("A");
  assertEquals([(await peer.end()).code, windows.locks.touched], [0, []]);
});

test("a forced release without a waiter leaves a free lock without a record", async ({ folder, lockDir }) => {
  using _windows = new AsOnWindows();
  using old = await acquireTickerLock("A", { lockDir });
  assertEquals((await releaseLock("A", { lockDir, force: true })).outcome, "revoked");
  assertHas(inspectLock("A", { lockDir }), { state: "free", stale: false });
  assertEquals([old.isCurrent(), beside(folder, "A")], [false, BLANK]);
});

test("a record that is missing or half-written is an unknown holder", async ({ lockDir }) => {
  using _windows = new AsOnWindows();
  using guard = await acquireTickerLock("A", { lockDir });
  const path = besidePath(guard.path);
  const half = recordText(guard.holder).slice(0, 100);
  for (const content of ["", half]) {
    Deno.writeTextFileSync(path, content);
    assertHas(inspectLock("A", { lockDir }), { state: "held", holder: null }, content);
    // In the same process the queue knows better.
    assertEquals(await busyHolder("A", { lockDir, task: {} }), guard.holder);
  }
  Deno.removeSync(path);
  assertEquals(inspectLock("A", { lockDir }).holder, null);
  guard.refresh("2024-01-02T03:04:05.678Z");
  assertEquals(inspectLock("A", { lockDir }).holder, guard.holder);
});

test("a stale record is not taken for the holder's of a lock that is free", async ({ folder, lockDir }) => {
  using _windows = new AsOnWindows();
  const path = folder.write("A", "");
  Deno.writeTextFileSync(besidePath(path), recordText(someRecord()));
  assertHas(inspectLock("A", { lockDir }), { state: "free", stale: true, holder: someRecord() });
  using guard = await acquireTickerLock("A", { lockDir, wait: false });
  assertEquals(inspectLock("A", { lockDir }).holder, guard.holder);
});

linksPipes.test("what is no file in the record's place is neither followed nor waited for", async ({ folder, lockDir, path }) => {
  using _windows = new AsOnWindows();
  Deno.mkdirSync(lockDir);
  Deno.writeTextFileSync(`${path}/mine`, "mine");
  const traps: Record<string, (at: string) => void> = {
    LINK: (at) => Deno.symlinkSync(`${path}/mine`, at),
    DANGLING: (at) => Deno.symlinkSync(`${path}/nowhere`, at),
    FOLDER: (at) => Deno.mkdirSync(at),
    PIPE: (at) => {
      const { success } = new Deno.Command("mkfifo", { args: [at] }).outputSync();
      assert(success);
    },
  };
  for (const [name, set] of Object.entries(traps)) {
    set(besidePath(folder.file(name)));
    using _guard = await acquireTickerLock(name, { lockDir, wait: false });
    assertHas(inspectLock(name, { lockDir }), { state: "held", holder: null }, name);
  }
  assertEquals(Deno.readTextFileSync(`${path}/mine`), "mine");
  assertThrows(() => Deno.lstatSync(`${path}/nowhere`), Deno.errors.NotFound);
});

test("a forced release shows, also where Windows does not tell all of a file's number", async ({ folder, lockDir }) => {
  const { lstatSync } = Deno;
  const { statSync } = Deno.FsFile.prototype;
  // Numbered as they come, and the lowest two bits are not told: neighbours look alike.
  const seen = new Map<number | null, number>();
  const blur = (info: Deno.FileInfo): Deno.FileInfo => {
    const number = seen.get(info.ino) ?? seen.size + 4;
    seen.set(info.ino, number);
    return { ...info, ino: number - number % 4 };
  };
  Deno.lstatSync = (path) => blur(lstatSync(path));
  Deno.FsFile.prototype.statSync = function () {
    return blur(Reflect.apply(statSync, this, []));
  };
  try {
    for (let time = 0; time < 8; time++) {
      using old = await acquireTickerLock("A", { lockDir, task: {} });
      assert(old.isCurrent());
      assertEquals((await releaseLock("A", { lockDir, force: true })).outcome, "revoked");
      assert(!old.isCurrent());
      assertEquals(folder.allNames(), ["A.lock"], "what was made in vain is gone");
    }
  } finally {
    Deno.lstatSync = lstatSync;
    Deno.FsFile.prototype.statSync = statSync;
  }
});
