import {
  acquireTickerLock,
  type HolderRecord,
  inspectLock,
  LockBusyError,
  LockError,
  releaseLock,
} from "../../src/lock/mod.ts";
import { UsageError } from "../../src/base/errors.ts";
import {
  assert,
  assertEquals,
  assertHas,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "../assert.ts";
import { recordOf, recordPath, recordText, someRecord, test, untilQueued } from "./lock_folder.ts";
import { has, modeOf, wantedMode } from "../system.ts";

test("on a free lock there is nothing to do, and nothing is made", async ({ folder, lockDir }) => {
  const free = { outcome: "free" as const, holder: undefined };
  assertEquals(await releaseLock("A", { lockDir }), free);
  assertThrows(() => Deno.statSync(lockDir), Deno.errors.NotFound);
  folder.write("A", "garbage that is no record");
  assertEquals(await releaseLock("a", { lockDir, force: true }), free);
  assertEquals(Deno.readTextFileSync(folder.file("A")), "garbage that is no record");
});

test("the record of a dead holder is cleared, with force or without", async ({ folder, lockDir }) => {
  for (const force of [false, true]) {
    const path = folder.writeRecord(".nightly", recordText(someRecord()));
    const { ino } = Deno.statSync(path);
    let revoked = false;
    const revoke = (): void => void (revoked = true);
    const released = await releaseLock(".nightly", { lockDir, force, revoke });
    assertEquals(released, { outcome: "cleared", holder: someRecord() });
    assertEquals(recordOf(path), `${" ".repeat(511)}\n`);
    assertEquals([Deno.statSync(path).ino, revoked], [ino, false]);
  }
});

test("a held lock is refused, and its holder named", async ({ lockDir }) => {
  using guard = await acquireTickerLock("A", { lockDir });
  let revoked = false;
  const revoke = (): void => void (revoked = true);
  const error = await assertRejects(() => releaseLock("A", { lockDir, revoke }), LockBusyError);
  assertHas(error, { lockName: "A", holder: guard.holder });
  assertEquals(revoked, false);
  assert(guard.isCurrent());
});

test("with force the claim is revoked first, then the file is replaced", async ({ folder, lockDir }) => {
  const guard = await acquireTickerLock("A", { lockDir });
  if (has("modes")) Deno.chmodSync(guard.path, 0o660);
  const { ino } = Deno.statSync(guard.path);
  const steps: unknown[] = [];
  const revoke = async (holder: HolderRecord | undefined): Promise<void> => {
    steps.push(holder, guard.isCurrent());
    await Deno.lstat(lockDir);
    steps.push(Deno.statSync(guard.path).ino === ino);
  };
  const released = await releaseLock("A", { lockDir, force: true, revoke });
  assertEquals(released, { outcome: "revoked", holder: guard.holder });
  assertEquals(steps, [guard.holder, true, true]);
  assertEquals([guard.held, guard.isCurrent()], [true, false]);
  const { ino: newIno, size } = Deno.statSync(guard.path);
  assertNotEquals(newIno, ino);
  assertEquals([modeOf(guard.path), size], [wantedMode(0o660), 0]);
  assertEquals(folder.names(), ["A.lock"], "no temporary file stays");

  // The next one has it, and the old holder does not disturb it.
  using _next = folder.hold("A");
  Deno.writeTextFileSync(recordPath(guard.path), recordText(someRecord()));
  guard.refresh("2024-01-02T03:04:05.678Z");
  guard.release();
  assert(!folder.isFree("A"));
  assertEquals(inspectLock("A", { lockDir }).holder, someRecord());
});

test("a claim that cannot be revoked leaves the lock with its holder", async ({ lockDir }) => {
  using guard = await acquireTickerLock("A", { lockDir });
  const revoke = (): never => {
    throw new Error("no database");
  };
  await assertRejects(
    () => releaseLock("A", { lockDir, force: true, revoke }),
    Error,
    "no database",
  );
  assert(guard.isCurrent());
});

test("who waits on the file that was taken away gets the new one", async ({ folder, lockDir }) => {
  // Held as if by another process that never releases it.
  using _held = folder.hold("A");
  const path = folder.file("A");
  const waiting = acquireTickerLock("A", { lockDir });
  await untilQueued(path);
  assertEquals((await releaseLock("A", { lockDir, force: true })).outcome, "revoked");
  using guard = await waiting;
  assertEquals([guard.action, guard.isCurrent()], ["waited", true]);
});

test("who came by the lock in its own right meanwhile keeps it", async ({ folder, lockDir }) => {
  const path = folder.writeRecord("A", recordText(someRecord()));
  const held = folder.hold("A");
  const { ino } = Deno.statSync(path);
  let successor: Disposable | undefined;
  const revoke = (): void => {
    held.release();
    successor = folder.hold("A");
    folder.writeRecord("A", recordText(someRecord({ pid: 99 })));
  };
  try {
    const { outcome, holder } = await releaseLock("A", { lockDir, force: true, revoke });
    assertEquals([outcome, holder], ["revoked", someRecord()]);
    assertEquals(Deno.statSync(path).ino, ino);
    assertEquals(inspectLock("A", { lockDir }).holder?.pid, 99);
  } finally {
    successor?.[Symbol.dispose]();
  }
});

test("a holder that went by itself meanwhile leaves a free lock and no record", async ({ folder, lockDir }) => {
  const path = folder.writeRecord("A", recordText(someRecord()));
  const held = folder.hold("A");
  const { ino } = Deno.statSync(path);
  const revoke = (): void => held.release();
  assertEquals((await releaseLock("A", { lockDir, force: true, revoke })).outcome, "revoked");
  assertHas(inspectLock("A", { lockDir }), { state: "free", stale: false });
  assertEquals(Deno.statSync(path).ino, ino);
});

test("what is no lock file is refused, and so is what is no name", async ({ folder, lockDir, path }) => {
  Deno.writeTextFileSync(`${path}/target`, "mine");
  Deno.mkdirSync(lockDir);
  if (has("links")) Deno.symlinkSync(`${path}/target`, folder.file("A"));
  else Deno.mkdirSync(folder.file("A"));
  for (const force of [false, true]) {
    const error = await assertRejects(() => releaseLock("A", { lockDir, force }), LockError);
    assertEquals(error.code, "lock_not_a_file");
  }
  assertEquals(Deno.readTextFileSync(`${path}/target`), "mine");
  const dir = await assertRejects(
    () => releaseLock("A", { lockDir: `${path}/target` }),
    LockError,
  );
  assertEquals(dir.code, "lock_dir_unusable");
  await assertRejects(() => releaseLock("a,b", { lockDir }), UsageError);
});
