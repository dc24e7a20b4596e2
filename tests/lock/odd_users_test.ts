import { inspectLock, releaseLock } from "../../src/lock/mod.ts";
import { assert, assertEquals, assertHas, assertMatch, fail } from "../assert.ts";
import { unprivileged } from "../e2e/unprivileged.ts";
import { LockFolder, needing, recordOf, recordText, someRecord } from "./lock_folder.ts";
import { Peer } from "./peer.ts";
import { testNeeding } from "../system.ts";

const modes = needing("modes");
const shell = needing("shell");

/** The user `nobody`, or another of that number. */
const SOMEBODY_ELSE = 65534;

/** A peer that file permissions bind; undefined where there is no way to have one. */
async function bound(): Promise<Peer | undefined> {
  const prefix = await unprivileged();
  if (prefix !== undefined) return await Peer.start({ prefix });
  if (Deno.env.get("CI")) fail("root cannot give up its rights here: the test could not run");
  // deno-lint-ignore no-console
  console.log("left out: root cannot give up its rights here");
  return undefined;
}

/** Gives a file to another user, as far as this user may. */
function giveAway(path: string, mode: number): void {
  if (Deno.uid() === 0) {
    Deno.chownSync(path, SOMEBODY_ELSE, SOMEBODY_ELSE);
    Deno.chmodSync(path, mode);
  } else {
    // Our own, but closed to us as well.
    Deno.chmodSync(path, mode & 0o444);
  }
}

modes.test("a file of another user that cannot be written is refused, and names the remedy", async ({ folder, lockDir }) => {
  await using peer = await bound();
  if (peer === undefined) return;
  const path = folder.writeRecord("A", recordText(someRecord()));
  giveAway(path, 0o200);
  await peer.order({ do: "acquire", name: "A", options: { lockDir } });
  const { code, message, hint } = await peer.tells("refused", "A");
  assertEquals(code, "lock_file_unusable");
  assertMatch(
    hint ?? "",
    /^Give this user the right to write it, .*, or choose another folder/,
  );
  assertMatch(
    message ?? "",
    /LockError: lock file .*\/A\.lock cannot be opened: permission denied/,
  );

  // Who may read it may lock it, and leaves the record as it is.
  Deno.chmodSync(path, 0o444);
  assertEquals(recordOf(path), recordText(someRecord()));
  await peer.hold("A", lockDir);
  assertEquals(inspectLock("A", { lockDir }).state, "held");
  assertEquals(recordOf(path), recordText(someRecord()));
  await peer.release("A");

  // A user who may write it may lock it, and need not have made it.
  Deno.chmodSync(path, 0o666);
  await peer.hold("A", lockDir);
  assertEquals(inspectLock("A", { lockDir }).holder?.pid, peer.pid);
});

modes.test("a folder of another user is refused, and names the remedy", async ({ lockDir }) => {
  await using peer = await bound();
  if (peer === undefined) return;
  Deno.mkdirSync(lockDir);
  giveAway(lockDir, 0o755);
  for (const below of ["", "/below"]) {
    const options = { lockDir: `${lockDir}${below}` };
    await peer.order({ do: "acquire", name: "A", options });
    const { code, message, hint } = await peer.tells("refused", "A");
    assertEquals(code, "lock_dir_unusable");
    assertMatch(
      hint ?? "",
      /^Give this user the right .* or choose another folder with --lock-dir/,
    );
    assertMatch(message ?? "", /LockError: lock folder .* (written|created): permission denied$/);
  }
  Deno.chmodSync(lockDir, 0o777);
});

testNeeding("modes", "a file that is replaced by force stays its owner's", async () => {
  if (Deno.uid() !== 0) {
    // deno-lint-ignore no-console
    console.log("left out: only root can give files away");
    return;
  }
  await using folder = await LockFolder.create();
  const { lockDir } = folder;
  using _held = folder.hold("A");
  giveAway(folder.file("A"), 0o640);
  assertEquals((await releaseLock("A", { lockDir, force: true })).outcome, "revoked");
  const { uid, gid, mode } = Deno.statSync(folder.file("A"));
  assertEquals([uid, gid, (mode ?? 0) & 0o777], [SOMEBODY_ELSE, SOMEBODY_ELSE, 0o640]);
});

shell.test("on a full disk the lock is held all the same, without a record", async ({ folder, lockDir }) => {
  // No file may grow: writing fails as it does on a full disk. Ignoring the signal makes it an error.
  const script = 'trap "" XFSZ; ulimit -f 0; exec "$@"';
  await using peer = await Peer.start({ prefix: ["sh", "-c", script, "sh"] });
  await peer.hold("A", lockDir);
  assertHas(inspectLock("A", { lockDir }), { state: "held", holder: null });
  assertEquals(Deno.statSync(folder.file("A")).size, 0);
  assert(!folder.isFree("A"));
  await peer.release("A");
  assert(folder.isFree("A"));

  // The record of a dead one that cannot be overwritten stays; its heartbeat shows its age.
  folder.writeRecord("B", recordText(someRecord()));
  folder.age("B", 60);
  await peer.hold("B", lockDir);
  const b = inspectLock("B", { lockDir });
  assertHas(b, { state: "held", holder: someRecord(), silent: true });
  assertEquals((await peer.end()).code, 0);
  assert(folder.isFree("B"));
});
