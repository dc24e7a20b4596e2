/**
 * Removing lock files while others use them.
 *
 * @module
 */
import { attemptLock } from "../../src/lock/attempt.ts";
import { isStillAt } from "../../src/lock/lock_file.ts";
import { acquireTickerLock } from "../../src/lock/mod.ts";
import { pruneLocks } from "../../src/lock/prune.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { test, TestLock, untilQueued } from "./lock_folder.ts";

const DAY_MS = 86_400_000;

async function use(name: string, lockDir: string): Promise<void> {
  (await acquireTickerLock(name, { lockDir })).release();
}

function age(path: string): void {
  Deno.utimeSync(path, 1000, 1000);
}

test("what is free and long unused is removed, all else stays", async ({ folder, lockDir }) => {
  for (const name of ["OLD", "HELD", "NEW", "OTHER"]) await use(name, lockDir);
  using _held = await acquireTickerLock("HELD", { lockDir });
  using _other = new TestLock(folder.file("OTHER"));
  for (const name of ["OLD", "HELD", "OTHER"]) age(folder.file(name));
  Deno.symlinkSync("/dev/null", folder.file("LINK"));
  Deno.writeTextFileSync(`${lockDir}/notes.txt`, "");
  age(`${lockDir}/notes.txt`);
  const options = { lockDir, beforeMs: Date.now() - DAY_MS };
  const before = [...Deno.readDirSync(lockDir)].length;
  const planned = await pruneLocks({ ...options, dryRun: true });
  assertEquals([planned.removed, [...Deno.readDirSync(lockDir)].length], [["OLD"], before]);
  assertEquals(await pruneLocks({ ...options, dryRun: false }), { removed: ["OLD"], kept: 4 });
  assertEquals(
    [...Deno.readDirSync(lockDir)].map(({ name }) => name).sort(),
    ["HELD.lock", "LINK.lock", "NEW.lock", "OTHER.lock", "notes.txt"],
  );
  assertEquals(await pruneLocks({ ...options, lockDir: `${lockDir}/none`, dryRun: false }), {
    removed: [],
    kept: 0,
  });
  const stop = AbortSignal.abort(new Error("stopped"));
  await assertRejects(
    () => pruneLocks({ ...options, dryRun: false, signal: stop }),
    Error,
    "stopped",
  );
});

test("who waits for a file that is removed gets the lock of the next one", async ({ folder, lockDir }) => {
  await use("A", lockDir);
  const path = folder.file("A");
  const first = new TestLock(path);
  const waiting = acquireTickerLock("A", { lockDir, timeoutSeconds: 60 });
  await untilQueued(path);
  // As prune removes it: while the lock is held.
  Deno.removeSync(path);
  first.release();
  using guard = await waiting;
  assert(guard.isCurrent());
  assertEquals(Deno.statSync(path).size > 0, true);
});

test("never do two hold a lock while its file is removed again and again", async ({ folder, lockDir }) => {
  const path = folder.file("A");
  const options = { lockDir, beforeMs: Infinity, dryRun: false };
  const pause = () => new Promise((resolve) => setTimeout(resolve, 0));
  let holders = 0;
  let runs = 3;
  let removed = 0;
  // Below what keeps the tasks of a process in order: each is as another process would be.
  const run = async (): Promise<void> => {
    for (let turn = 0; turn < 100;) {
      const attempted = await attemptLock(path);
      if (attempted.held === undefined) {
        attempted.opened.file.close();
        await pause();
        continue;
      }
      turn++;
      assertEquals(++holders, 1);
      await pause();
      assert(isStillAt(attempted.held.opened, path));
      holders--;
      attempted.held.release();
      await pause();
    }
    runs--;
  };
  const prune = async (): Promise<void> => {
    while (runs > 0) {
      removed += (await pruneLocks(options)).removed.length;
      await pause();
    }
  };
  await Promise.all([run(), run(), run(), prune()]);
  assert(removed > 0, `${removed}`);
  assertEquals(holders, 0);
});
