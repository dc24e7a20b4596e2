import { acquireTickerLock, inspectLock, LockError } from "../../src/lock/mod.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import {
  busyHolder,
  needing,
  recordText,
  someRecord,
  test,
  TestLock,
  untilQueued,
} from "./lock_folder.ts";
import { has } from "../system.ts";

const links = needing("links");
const pipes = needing("pipes");
const advisoryLocks = needing("advisoryLocks");

test("another file takes the lock file's place: who waits gets the new one", async ({ folder, lockDir }) => {
  const path = folder.file("A");
  for (const state of ["free", "held"]) {
    using _old = folder.hold("A");
    const waiting = acquireTickerLock("A", { lockDir });
    await untilQueued(path);
    folder.write("NEW", "");
    using held = state === "held" ? folder.hold("NEW") : undefined;
    Deno.renameSync(folder.file("NEW"), path);
    if (held !== undefined) {
      await untilQueued(path);
      held.release();
    }
    using guard = await waiting;
    assertEquals([guard.isCurrent(), folder.isFree("A")], [true, false], state);
  }
});

test("removed with its folder while held: the next one makes both anew", async ({ folder, lockDir }) => {
  using old = await acquireTickerLock("A", { lockDir });
  Deno.removeSync(lockDir, { recursive: true });
  assertEquals([old.held, old.isCurrent()], [true, false]);
  assertEquals(inspectLock("A", { lockDir }).state, "free");

  using other = folder.hold("B");
  Deno.removeSync(lockDir, { recursive: true });
  using guard = await acquireTickerLock("B", { lockDir, wait: false });
  assert(guard.isCurrent());
  // To release what is gone does no harm.
  other.release();
  old.refresh("2024-01-02T03:04:05.678Z");
  old.release();
  assertEquals([folder.names(), folder.isFree("B")], [["B.lock"], false]);
});

test("removed with its folder while waited for: the waiter makes both anew", async ({ folder, lockDir }) => {
  const remove = (): void => Deno.removeSync(lockDir, { recursive: true });
  for (const stage of ["at first", "in the kernel"]) {
    using _held = folder.hold("A");
    const onWait = stage === "at first" ? remove : (): void => {};
    const waiting = acquireTickerLock("A", { lockDir, onWait });
    if (stage === "in the kernel") {
      await untilQueued(folder.file("A"));
      remove();
    }
    using guard = await waiting;
    // Where no system tells who is in the queue, it may have had to wait for nothing.
    if (has("kernelQueue")) assertEquals(guard.action, "waited", stage);
    assertEquals(guard.isCurrent(), true, stage);
  }
});

links.test("a symbolic link is refused, and what it points to is neither made nor changed", async ({ folder, lockDir, path }) => {
  Deno.mkdirSync(lockDir);
  Deno.writeTextFileSync(`${path}/target`, "mine");
  Deno.writeTextFileSync(`${path}/locked`, recordText(someRecord()));
  using _locked = new TestLock(`${path}/locked`);
  for (const target of ["target", "nowhere", "locked", "locks", "locks/A.lock"]) {
    Deno.symlinkSync(`${path}/${target}`, folder.file("A"));
    for (const options of [{ wait: false }, { timeoutSeconds: 0 }, {}, {}]) {
      // Whether the last file was there or missing decides what is tried first: in turns.
      await acquireTickerLock("OTHER", { lockDir }).then((guard) => guard.release());
      const error = await assertRejects(
        () => acquireTickerLock("A", { lockDir, ...options }),
        LockError,
      );
      assertEquals(error.code, "lock_not_a_file", target);
      assertMatch(error.message, /A\.lock is a symbolic link, and so it is refused$/);
      assertEquals(error.hint, `Find out who put it there, then remove ${folder.file("A")}.`);
    }
    Deno.removeSync(folder.file("A"));
    Deno.removeSync(folder.file("OTHER"));
  }
  assertEquals(Deno.readTextFileSync(`${path}/target`), "mine");
  assertThrows(() => Deno.lstatSync(`${path}/nowhere`), Deno.errors.NotFound);
});

links.test("a link put in its place while held or waited for is noticed", async ({ folder, lockDir, path }) => {
  using _held = folder.hold("A");
  const waiting = acquireTickerLock("A", { lockDir }).catch((error) => error);
  await untilQueued(folder.file("A"));
  Deno.removeSync(folder.file("A"));
  Deno.symlinkSync(`${path}/nowhere`, folder.file("A"));
  const error = await waiting;
  assert(error instanceof LockError);
  assertEquals(error.code, "lock_not_a_file");
  assertThrows(() => Deno.lstatSync(`${path}/nowhere`), Deno.errors.NotFound);

  using guard = await acquireTickerLock("B", { lockDir });
  Deno.removeSync(guard.path);
  Deno.symlinkSync(`${path}/nowhere`, guard.path);
  assert(!guard.isCurrent());
});

links.test("a link to the folder of locks is as good as the folder", async ({ lockDir, path }) => {
  Deno.mkdirSync(lockDir);
  Deno.symlinkSync(lockDir, `${path}/link`);
  using guard = await acquireTickerLock("A", { lockDir: `${path}/link` });
  assertEquals(await busyHolder("A", { lockDir, task: {} }), guard.holder);
});

pipes.test("a folder, a pipe or a device in its place is refused", async ({ folder, lockDir }) => {
  Deno.mkdirSync(folder.file("A"), { recursive: true });
  const { success } = await new Deno.Command("mkfifo", { args: [folder.file("B")] }).output();
  assert(success);
  for (const [name, kind] of [["A", "a folder"], ["B", "not a file"]] as const) {
    const error = await assertRejects(() => acquireTickerLock(name, { lockDir }), LockError);
    assertEquals(
      error.message,
      `lock file ${folder.file(name)} is ${kind}, and so it is refused`,
    );
    assertEquals(inspectLock(name, { lockDir }).state, "unusable");
  }
});

test("a file where the folder should be is said of the folder", async ({ folder }) => {
  Deno.writeTextFileSync(folder.lockDir, "");
  for (const lockDir of [folder.lockDir, `${folder.lockDir}/below`]) {
    const error = await assertRejects(() => acquireTickerLock("A", { lockDir }), LockError);
    assertEquals(error.code, "lock_dir_unusable");
  }
});

advisoryLocks.test("garbage is an unknown holder while held, and overwritten by the next one", async ({ folder, lockDir }) => {
  const garbage = crypto.getRandomValues(new Uint8Array(4096));
  const path = folder.write("A", garbage);
  const { ino } = Deno.statSync(path);
  assertEquals(inspectLock("A", { lockDir }), {
    name: "A",
    path,
    state: "free",
    holder: null,
    stale: false,
    silent: false,
    clockAheadMs: 0,
    problem: null,
    hint: null,
  });
  const held = folder.hold("A");
  assertEquals([inspectLock("A", { lockDir }).state, inspectLock("A", { lockDir }).holder], [
    "held",
    null,
  ]);
  assertEquals(await busyHolder("A", { lockDir }), undefined);
  held.release();
  using guard = await acquireTickerLock("A", { lockDir });
  const bytes = Deno.readFileSync(path);
  assertEquals(new TextDecoder().decode(bytes.subarray(0, 512)), recordText(guard.holder));
  // The file is neither truncated nor made anew: what is beyond the record stays.
  assertEquals([bytes.subarray(512), Deno.statSync(path).ino], [garbage.subarray(512), ino]);
});
