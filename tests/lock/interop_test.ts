import { acquireTickerLock, inspectLock } from "../../src/lock/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { FOREIGN, ForeignLock, foreignTry, isInstalled } from "./foreign.ts";
import { busyHolder, LockFolder, recordOf, recordText } from "./lock_folder.ts";
import { within } from "./peer.ts";
import { testNeeding } from "../system.ts";

/** The lock's file as a person in the folder above types it. */
const PATH = "locks/PETR4.SA.lock";

for (const program of FOREIGN) {
  const { name, hold } = program;

  testNeeding("utilLinux", `${name} excludes us`, async () => {
    if (!await isInstalled(program)) return;
    await using folder = await LockFolder.create();
    const { lockDir, path } = folder;
    // The file may be made by either.
    Deno.mkdirSync(lockDir);
    await using holder = new ForeignLock(hold(PATH), path);
    await holder.held;
    assertEquals(inspectLock("PETR4.SA", { lockDir }).state, "held");
    assertEquals(await busyHolder("PETR4.SA", { lockDir }), undefined);

    let told = 0;
    const waiting = acquireTickerLock("PETR4.SA", { lockDir, onWait: () => told++ });
    await waitFor("the wait", () => told === 1);
    await holder.end();
    using guard = await waiting;
    assertEquals([guard.action, guard.isCurrent()], ["waited", true]);
  });

  testNeeding("utilLinux", `${name} is excluded by us`, async () => {
    if (!await isInstalled(program)) return;
    await using folder = await LockFolder.create();
    const { lockDir, path } = folder;
    using guard = await acquireTickerLock("PETR4.SA", { lockDir });
    assertEquals(await foreignTry(program, PATH, path), false);
    await using waiter = new ForeignLock(hold(PATH), path);
    let obtained = false;
    const obtaining = waiter.held.then(() => obtained = true);
    assertEquals(await foreignTry(program, PATH, path), false);
    assertEquals([obtained, guard.isCurrent()], [false, true]);
    // filelock empties the file that it opens, whether it gets the lock or not.
    guard.refresh("2024-01-02T03:04:05.678Z");
    assertEquals(recordOf(guard.path), recordText(guard.holder));
    guard.release();
    await within("its turn", obtaining);
    assertEquals(inspectLock("PETR4.SA", { lockDir }).state, "held");
    await waiter.end();
    assert(folder.isFree("PETR4.SA"));
    assertEquals(await foreignTry(program, PATH, path), true);
    using again = await acquireTickerLock("PETR4.SA", { lockDir, wait: false });
    assertEquals(again.action, "acquired");
  });
}

testNeeding("utilLinux", "a foreign holder that is killed leaves the lock free", async () => {
  const [, fcntl] = FOREIGN;
  assert(fcntl !== undefined);
  if (!await isInstalled(fcntl)) return;
  await using folder = await LockFolder.create();
  const { lockDir, path } = folder;
  Deno.mkdirSync(lockDir);
  await using holder = new ForeignLock(fcntl.hold(PATH), path);
  await holder.held;
  let told = 0;
  const waiting = acquireTickerLock("PETR4.SA", { lockDir, onWait: () => told++ });
  await waitFor("the wait", () => told === 1);
  await holder.kill();
  using guard = await waiting;
  assertEquals(guard.action, "waited");
});
