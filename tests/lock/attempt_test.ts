import {
  acquireAll,
  acquireTickerLock,
  inspectLock,
  LockBusyError,
  LockTimeoutError,
  releaseLock,
} from "../../src/lock/mod.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../assert.ts";
import { busyHolder, recordText, someRecord, test } from "./lock_folder.ts";
import { Peer } from "./peer.ts";

/** A shared lock, as in the middle of a look. Dispose it to end the look. */
function look(path: string): Disposable {
  const file = Deno.openSync(path, { read: true });
  assert(file.tryLockSync(false));
  return file;
}

test("a lock that is only looked at is not busy, whatever its record says", async ({ folder, lockDir }) => {
  for (const content of ["", "garbage", recordText(someRecord())]) {
    const path = folder.writeRecord("A", content);
    const attempts = [
      () => acquireTickerLock("A", { lockDir, wait: false }),
      () => acquireTickerLock("A", { lockDir, timeoutSeconds: 0 }),
      () => acquireAll(["A", "B"], { lockDir, wait: false }),
    ];
    for (const attempt of attempts) {
      const looking = look(path);
      // The first try is made before this returns, and it is in vain.
      const attempted = attempt();
      looking[Symbol.dispose]();
      (await attempted).release();
    }
    folder.writeRecord("A", content);
    const looking = look(path);
    const released = releaseLock("A", { lockDir, force: true });
    looking[Symbol.dispose]();
    assertEquals((await released).outcome, content.startsWith("{") ? "cleared" : "free");
  }
});

test("a look does not disturb another look", ({ folder, lockDir }) => {
  using _looking = look(folder.write("A", ""));
  assertEquals(inspectLock("A", { lockDir }).state, "free");
});

test("who keeps a shared lock is a holder after all, and an unknown one", async ({ folder, lockDir }) => {
  // The record of a dead holder must not be taken for that of the one who is there.
  using _shared = look(folder.writeRecord("A", recordText(someRecord())));
  assertEquals(await busyHolder("A", { lockDir }), undefined);
  await assertRejects(
    () => acquireTickerLock("A", { lockDir, timeoutSeconds: 0 }),
    LockTimeoutError,
  );
  const reason = new Error("enough");
  const controller = new AbortController();
  const attempt = acquireTickerLock("A", { lockDir, wait: false, signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await attempt.catch((error) => error), reason);
});

/** Does something just before the next file is locked, after it was opened. */
function beforeLocking(act: () => void): void {
  const { prototype } = Deno.FsFile;
  const real = prototype.tryLockSync;
  prototype.tryLockSync = function (exclusive?: boolean): boolean {
    prototype.tryLockSync = real;
    act();
    return real.call(this, exclusive);
  };
}

test("a file that is replaced between opening and locking is not taken for the lock", async ({ folder, lockDir }) => {
  const path = folder.write("A", "");
  for (const act of ["replace", "remove", "replace by a held one"]) {
    folder.write("NEW", "");
    using held = act.endsWith("held one") ? folder.hold("NEW") : undefined;
    beforeLocking(() => {
      if (act === "remove") Deno.removeSync(path);
      else Deno.renameSync(folder.file("NEW"), path);
    });
    const attempt = acquireTickerLock("A", { lockDir, wait: false });
    if (held === undefined) {
      using guard = await attempt;
      assert(guard.isCurrent(), act);
    } else {
      await assertRejects(() => attempt, LockBusyError);
    }
  }
});

test("a holder that has not written its record yet is waited for a moment", async ({ folder, lockDir }) => {
  using _held = folder.hold("A");
  const attempt = acquireTickerLock("A", { lockDir, wait: false });
  const holder = someRecord();
  folder.writeRecord("A", recordText(holder));
  const busy = await attempt.catch((error) => error);
  assert(busy instanceof LockBusyError);
  assertEquals(busy.holder, holder);
});

test("many looks by one process spoil no attempt of another, nor the other way round", async ({ folder, lockDir }) => {
  // A stale record makes every look read one.
  folder.writeRecord("A", recordText(someRecord()));
  await using looking = await Peer.start();
  await using trying = await Peer.start();
  await looking.order({ do: "inspect", name: "A", options: { lockDir }, times: 4000 });
  await trying.order({ do: "try", name: "A", options: { lockDir, wait: false }, times: 800 });
  assertEquals((await trying.tells("repeated", "A")).failures, 0);
  assertEquals((await looking.tells("repeated", "A")).failures, 0);
});
