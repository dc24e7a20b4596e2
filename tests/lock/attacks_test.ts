/**
 * Lock files that another user has put in the place, and those that can only be read.
 *
 * @module
 */
import process from "node:process";
import { acquireTickerLock, inspectLock, LockError, releaseLock } from "../../src/lock/mod.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { ANA, as, BIA, ownerOf, TEAM, testAsRoot } from "../users.ts";
import { modeOf, wantedMode } from "../system.ts";
import { needing, recordText, someRecord, test, TestLock } from "./lock_folder.ts";

const modes = needing("modes");

test("a lock file with another name is refused, and what it is stays as it is", async ({ folder, lockDir, path }) => {
  Deno.mkdirSync(lockDir);
  Deno.writeTextFileSync(`${path}/mine`, recordText(someRecord()));
  Deno.linkSync(`${path}/mine`, folder.file("A"));
  for (const options of [{ wait: false }, { timeoutSeconds: 0 }, {}]) {
    const error = await assertRejects(
      () => acquireTickerLock("A", { lockDir, ...options }),
      LockError,
    );
    assertEquals(error.code, "lock_not_a_file");
    assertMatch(error.message, /A\.lock has 2 names \(hard links\), and so it is refused$/);
    assertMatch(error.hint ?? "", /-samefile, or remove .*A\.lock\.$/);
  }
  const error = await assertRejects(() => releaseLock("A", { lockDir, force: true }), LockError);
  assertEquals(error.code, "lock_not_a_file");
  assertEquals(inspectLock("A", { lockDir }).problem, "it has 2 names (hard links)");
  assertEquals(Deno.readTextFileSync(`${path}/mine`), recordText(someRecord()));
  Deno.removeSync(`${path}/mine`);
  using guard = await acquireTickerLock("A", { lockDir });
  assert(guard.isCurrent());
});

test("a link is refused before anything is opened for writing", async ({ folder, lockDir, path }) => {
  Deno.mkdirSync(lockDir);
  Deno.writeTextFileSync(`${path}/mine`, "");
  Deno.symlinkSync(`${path}/mine`, folder.file("A"));
  const { openSync } = Deno;
  const opened: string[] = [];
  Deno.openSync = (name, options) => {
    if (options?.createNew !== true) opened.push(String(name));
    return openSync(name, options);
  };
  try {
    for (let turn = 0; turn < 2; turn++) {
      await assertRejects(() => acquireTickerLock("A", { lockDir }), LockError);
    }
  } finally {
    Deno.openSync = openSync;
  }
  assertEquals(opened, []);
});

modes.test("new folders and files are for their owner; in a group's folder for the group", async ({ folder, lockDir, path }) => {
  const umask = Deno.umask(0o022);
  try {
    (await acquireTickerLock("A", { lockDir: `${lockDir}/below` })).release();
    assertEquals([lockDir, `${lockDir}/below`, `${lockDir}/below/A.lock`].map(modeOf), [
      wantedMode(0o700),
      wantedMode(0o700),
      wantedMode(0o600),
    ]);
    const shared = `${path}/shared`;
    (await acquireTickerLock("A", { lockDir: shared, lockMode: "group" })).release();
    (await acquireTickerLock("B", { lockDir: shared })).release();
    assertEquals([shared, `${shared}/A.lock`, `${shared}/B.lock`].map(modeOf), [
      wantedMode(0o2770),
      wantedMode(0o660),
      wantedMode(0o660),
    ]);
    const error = await assertRejects(
      () => acquireTickerLock("A", { lockDir, lockMode: "group" }),
      LockError,
    );
    assertEquals(error.code, "lock_dir_unusable");
    assert(!folder.names().includes("A.lock"));
  } finally {
    Deno.umask(umask);
  }
});

testAsRoot("a lock file that can only be read is locked all the same", async (folder) => {
  const lockDir = folder.make("locks", ANA, TEAM, 0o750);
  const path = folder.put(`${lockDir}/A.lock`, "", ANA, 0o644);
  await as(BIA, async () => {
    using guard = await acquireTickerLock("A", { lockDir });
    assert(guard.isCurrent());
    assertEquals(inspectLock("A", { lockDir }).state, "held");
    guard.release();
    using held = Deno.openSync(path, { read: true });
    held.lockSync(true);
    const waiting = acquireTickerLock("A", { lockDir, timeoutSeconds: 30 });
    setTimeout(() => held.unlockSync(), 300);
    using waited = await waiting;
    assertEquals([waited.action, waited.isCurrent()], ["waited", true]);
  }, { gid: TEAM });
  assertEquals([ownerOf(path), Deno.readTextFileSync(path)], [`${ANA}:${ANA} 0644`, ""]);
});

testAsRoot("a lock that root takes by force keeps owner, group and mode", async (folder) => {
  const lockDir = folder.make("locks", ANA, TEAM, 0o2770);
  const path = folder.put(`${lockDir}/A.lock`, "", ANA, 0o640);
  Deno.chownSync(path, BIA, TEAM);
  using _held = new TestLock(path);
  assertEquals((await releaseLock("A", { lockDir, force: true })).outcome, "revoked");
  assertEquals(ownerOf(path), `${BIA}:${TEAM} 0640`);
});

testAsRoot("a file that another member has only just made is waited for", async (folder) => {
  const lockDir = folder.make("locks", ANA, TEAM, 0o2770);
  const path = folder.put(`${lockDir}/A.lock`, "", ANA);
  const { openSync } = Deno;
  let tries = 0;
  await as(BIA, async () => {
    Deno.openSync = (name, options) => {
      // As the one that made it goes on.
      if (++tries === 5) {
        process.seteuid?.(0);
        Deno.chownSync(path, ANA, TEAM);
        Deno.chmodSync(path, 0o660);
        process.seteuid?.(BIA);
      }
      return openSync(name, options);
    };
    try {
      using guard = await acquireTickerLock("A", { lockDir });
      assert(guard.isCurrent());
    } finally {
      Deno.openSync = openSync;
    }
  }, { gid: TEAM });
  assert(tries >= 5, `${tries}`);
});
