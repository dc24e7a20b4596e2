import { acquireJobLock, acquireTickerLock } from "../../src/lock/mod.ts";
import { assert, assertEquals, assertHas, assertRejects } from "../assert.ts";
import { recordOf, recordText, test } from "./lock_folder.ts";
import { has } from "../system.ts";

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

test("a guard says what it holds, and since when", async ({ folder, lockDir }) => {
  const before = new Date().toISOString();
  using guard = await acquireTickerLock("petr4.sa", { lockDir, jobId: "j-1", command: "nightly" });
  assertHas(guard, {
    name: "PETR4.SA",
    path: folder.file("PETR4.SA"),
    action: "acquired",
    waitedSeconds: 0,
    held: true,
  });
  assertEquals(guard.isCurrent(), true);
  const { pid, host, jobId, command, acquiredAt, heartbeatAt, processStartedAt } = guard.holder;
  assertEquals({ pid, jobId, command }, { pid: Deno.pid, jobId: "j-1", command: "nightly" });
  assertEquals(host, Deno.hostname());
  for (const time of [acquiredAt, heartbeatAt, processStartedAt]) assert(TIME.test(time), time);
  assert(acquiredAt >= before && acquiredAt === heartbeatAt && processStartedAt < acquiredAt);
  assertEquals(recordOf(guard.path), recordText(guard.holder));
});

test("without a command the record names the program", async ({ folder }) => {
  using guard = await acquireTickerLock("A", { lockDir: folder.lockDir });
  const file = Deno.mainModule.slice(Deno.mainModule.lastIndexOf("/") + 1);
  assertEquals([guard.holder.command, guard.holder.jobId], [file, null]);
});

test("a guard releases once, however often it is disposed", async ({ folder, lockDir }) => {
  const first = await acquireTickerLock("A", { lockDir });
  first.release();
  assertEquals([first.held, first.isCurrent(), folder.isFree("A")], [false, false, true]);
  assertEquals(recordOf(first.path), `${" ".repeat(511)}\n`);

  // What comes after a first release does not touch the next holder.
  using second = await acquireTickerLock("A", { lockDir });
  first.release();
  first[Symbol.dispose]();
  await first[Symbol.asyncDispose]();
  first.refresh("2000-01-01T00:00:00.000Z");
  assertEquals([second.held, second.isCurrent(), folder.isFree("A")], [true, true, false]);
  assertEquals(recordOf(second.path), recordText(second.holder));
});

test("using and await using release on every way out of the block", async ({ folder, lockDir }) => {
  {
    using _guard = await acquireTickerLock("A", { lockDir });
    assert(!folder.isFree("A"));
  }
  assert(folder.isFree("A"));
  {
    await using _guard = await acquireTickerLock("A", { lockDir });
    assert(!folder.isFree("A"));
  }
  assert(folder.isFree("A"));
  const failing = async (): Promise<void> => {
    using _guard = await acquireJobLock("nightly", { lockDir });
    throw new Error("the work failed");
  };
  await assertRejects(failing, Error, "the work failed");
  assert(folder.isFree(".nightly"));
});

test("a guard notices that its file was replaced, or is gone", async ({ lockDir }) => {
  using replaced = await acquireTickerLock("A", { lockDir });
  Deno.writeTextFileSync(`${lockDir}/new`, "");
  Deno.renameSync(`${lockDir}/new`, replaced.path);
  assertEquals([replaced.held, replaced.isCurrent()], [true, false]);

  using removed = await acquireTickerLock("B", { lockDir });
  Deno.removeSync(removed.path);
  assertEquals([removed.held, removed.isCurrent()], [true, false]);

  using linked = await acquireTickerLock("C", { lockDir });
  Deno.removeSync(linked.path);
  if (!has("links")) return;
  Deno.symlinkSync(`${lockDir}/A.lock`, linked.path);
  assertEquals([linked.held, linked.isCurrent()], [true, false]);
});
