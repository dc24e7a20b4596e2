import {
  acquireTickerLock,
  inspectLock,
  listLocks,
  LockBusyError,
  releaseLock,
} from "../../src/lock/mod.ts";
import { assert, assertEquals, assertHas, assertRejects } from "../assert.ts";
import { fakeClock } from "./fake_clock.ts";
import { LockFolder, recordText, someRecord } from "./lock_folder.ts";

Deno.test("a record of a living process that is not the holder is stale: never held", async () => {
  await using folder = await LockFolder.create();
  const { lockDir } = folder;
  // Process 1 of a container, a pid that another process has now, and our own parent and self.
  for (const pid of [1, Deno.ppid, Deno.pid]) {
    const record = someRecord({ pid, host: Deno.hostname() });
    folder.writeRecord("A", recordText(record));
    const { state, stale, holder } = inspectLock("A", { lockDir });
    assertEquals(
      { state, stale, holder },
      { state: "free", stale: true, holder: record },
      `pid ${pid}`,
    );
    assertEquals(listLocks({ lockDir }).map((lock) => lock.state), ["free"]);
    using guard = await acquireTickerLock("A", { lockDir, wait: false });
    assertEquals([guard.action, guard.holder.pid], ["acquired", Deno.pid]);
    guard.release();
    folder.writeRecord("A", recordText(record));
    assertEquals(await releaseLock("A", { lockDir }), { outcome: "cleared", holder: record });
  }
});

Deno.test("a holder that calls itself process 1, as in a container, is held by its lock", async () => {
  await using folder = await LockFolder.create();
  const { lockDir } = folder;
  const record = someRecord({ pid: 1, host: "a-container", heartbeatAt: new Date().toISOString() });
  folder.writeRecord("A", recordText(record));
  using _held = folder.hold("A");
  assertEquals(inspectLock("A", { lockDir }).state, "held");
  const busy = await assertRejects(
    () => acquireTickerLock("A", { lockDir, wait: false }),
    LockBusyError,
  );
  assertEquals(busy.holder, record);
});

Deno.test("a foreign holder that writes no record leaves that of a dead one: silent, not free", async () => {
  await using folder = await LockFolder.create();
  const { lockDir } = folder;
  folder.writeRecord("A", recordText(someRecord()));
  using _held = folder.hold("A");
  const { state, stale, silent } = inspectLock("A", { lockDir });
  assertEquals({ state, stale, silent }, { state: "held", stale: false, silent: true });
});

Deno.test("a clock that was set back: times in the future are no error, and not silent", async () => {
  await using folder = await LockFolder.create();
  const { lockDir } = folder;
  const future = "2999-12-31T23:59:59.999Z";
  const record = someRecord({
    acquiredAt: future,
    heartbeatAt: future,
    processStartedAt: future,
  });
  folder.writeRecord("A", recordText(record));
  const held = folder.hold("A");
  const { state, silent, holder } = inspectLock("A", { lockDir });
  assertEquals({ state, silent, holder }, { state: "held", silent: false, holder: record });
  const busy = await assertRejects(
    () => acquireTickerLock("A", { lockDir, wait: false }),
    LockBusyError,
  );
  assertEquals(busy.message, `A is locked by pid 4711 (a test) on elsewhere since ${future}`);
  held.release();
  assertEquals(inspectLock("A", { lockDir }).stale, true);
  using guard = await acquireTickerLock("A", { lockDir, wait: false });
  assert(guard.holder.acquiredAt < future);
});

Deno.test("a clock that is set while somebody waits changes neither deadline nor what was waited", async () => {
  await using folder = await LockFolder.create();
  const { lockDir } = folder;
  using clock = fakeClock();
  const RealDate = Date;
  const held = folder.hold("A");
  try {
    const onWait = (): void => {
      // A year back; meanwhile 60 s have passed on the clock that counts.
      globalThis.Date = class extends RealDate {
        constructor() {
          super(RealDate.now() - 365 * 86_400_000);
        }
      } as DateConstructor;
      clock.advance(60);
      held.release();
    };
    using guard = await acquireTickerLock("A", { lockDir, timeoutSeconds: 100, onWait });
    assert(guard.waitedSeconds >= 60 && guard.waitedSeconds < 100);
    assert(guard.holder.acquiredAt < new RealDate().toISOString());
    assertEquals(inspectLock("A", { lockDir }).state, "held");
  } finally {
    globalThis.Date = RealDate;
  }
});

Deno.test("times that are none are shown as they are", async () => {
  await using folder = await LockFolder.create();
  const { lockDir } = folder;
  folder.writeRecord("A", '{"pid": 5, "acquired_at": "yesterday", "heartbeat_at": "never"}');
  using _held = folder.hold("A");
  const { holder, silent } = inspectLock("A", { lockDir });
  assertHas(holder, { acquiredAt: "yesterday", heartbeatAt: "never" });
  assertEquals(silent, false);
});
