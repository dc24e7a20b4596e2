/**
 * Promises about the folder of locks that a database remembers.
 *
 * @module
 */
import { UsageError } from "../../src/base/errors.ts";
import { DEFAULT_JOB_NAME } from "../../src/lock/mod.ts";
import { StoreError } from "../../src/store/errors.ts";
import type { Store } from "../../src/store/store.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import {
  claim,
  how,
  jobOf,
  LONG_AGO,
  outline,
  type Place,
  type Promising,
} from "./contract_tools.ts";

const JOB = { wait: false, timeoutSeconds: 0, command: "test" };

async function claimOnce(store: Store, ticker = "A"): Promise<void> {
  await (await claim(store, ticker))[Symbol.asyncDispose]();
}

async function assertOther(work: () => Promise<unknown>, ...names: string[]): Promise<void> {
  const error = await assertRejects(work, UsageError);
  assertEquals([error.code, error.exitCode], ["other_lock_folder", 2]);
  for (const name of names) assertStringIncludes(error.message, name);
  assertStringIncludes(error.hint ?? "", "tickerlock locks adopt --db ");
}

function folders(place: Place): Promise<unknown[][]> {
  return outline(place, "lock_folders", "path");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Registers these promises. */
export function testLockFolder(promise: Promising): void {
  promise(
    "the folder of the first claim is remembered, any other refused",
    async (place, store) => {
      const { lockDir } = place;
      const other = `${lockDir}-other`;
      // Neither opening nor a dry run says where runs have their locks.
      for (const each of await store.take([jobOf("A")], how({ claim: false }))) {
        if (each.taken) await each[Symbol.asyncDispose]();
      }
      await (await place.open({ lockDir: other }))[Symbol.asyncDispose]();
      assertEquals(await folders(place), []);
      await claimOnce(store);
      assertEquals(await folders(place), [[lockDir]]);
      await assertOther(() => place.open({ lockDir: other }), other, lockDir);
      assertEquals(await exists(other), false);
      await claimOnce(store, "B");
      assertEquals(await folders(place), [[lockDir]]);
    },
  );

  promise("of two first runs with a folder each one claims", async (place, store) => {
    const other = `${place.lockDir}-other`;
    await using second = await place.open({ lockDir: other });
    await claimOnce(store);
    await assertOther(() => claim(second, "A"), other, place.lockDir);
    await assertOther(() => second.locks.holdJob(DEFAULT_JOB_NAME, JOB), other);
    assertEquals((await outline(place, "ingest_logs", "ticker")).length, 1);
  });

  promise(
    "the folder of a collector is remembered, and another one refused",
    async (place, store) => {
      const start = (runId: string) => ({
        runId,
        host: "h",
        pid: 1,
        version: "0",
        startedAt: LONG_AGO,
      });
      const beat = { state: "idle" as const, task: null, nextTurnAt: null, tasks: "[]" };
      await using second = await place.open({ lockDir: `${place.lockDir}-other` });
      await store.beginCollector(start("a"), beat);
      assertEquals(await folders(place), [[place.lockDir]]);
      await assertOther(() => second.beginCollector(start("b"), beat), place.lockDir);
      assertEquals(await outline(place, "collectors", "run_id", "stopped_at"), [["a", null]]);
    },
  );

  promise("a folder that was moved, or made anew, stays the same", async (place, store) => {
    const { lockDir } = place;
    const moved = `${lockDir}-moved`;
    await claimOnce(store);
    await Deno.rename(lockDir, moved);
    {
      await using again = await place.open({ lockDir: moved });
      await claimOnce(again);
    }
    assertEquals(await folders(place), [[moved]]);
    await Deno.remove(moved, { recursive: true });
    await using anew = await place.open({ lockDir: moved });
    await claimOnce(anew);
    assertEquals(await folders(place), [[moved]]);
    // The folder that is now where it was is another one.
    await Deno.mkdir(lockDir);
    await assertOther(() => place.open(), lockDir, moved);
  });

  promise("another folder is adopted while no lock of the first is held", async (place, store) => {
    const { lockDir } = place;
    const other = `${lockDir}-other`;
    await using elsewhere = await place.open({ lockDir: other });
    {
      await using _held = await claim(store, "A");
      const refused = await assertRejects(() => elsewhere.locks.adopt(), StoreError);
      assertEquals(refused.code, "db_in_use");
      assertStringIncludes(refused.message, `held in ${lockDir}: A by `);
      // Of its own folder there is nothing to change.
      assertEquals((await store.locks.adopt()).previous?.path, lockDir);
    }
    {
      await using _job = await store.locks.holdJob(DEFAULT_JOB_NAME, JOB);
      await assertRejects(() => elsewhere.locks.adopt(), StoreError);
    }
    const { path, previous } = await elsewhere.locks.adopt();
    assertEquals([path, previous?.path], [other, lockDir]);
    await claimOnce(elsewhere);
    // Also a run that is open since before.
    await assertOther(() => claim(store, "A"), lockDir, other);
    await assertOther(() => place.open(), lockDir, other);
  });
}
