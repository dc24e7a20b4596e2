import { acquireTickerLock, inspectLock, listLocks, releaseLock } from "../../src/lock/mod.ts";
import { assert, assertEquals, assertHas } from "../assert.ts";
import { fakeClock } from "./fake_clock.ts";
import { busyHolder, recordText, someRecord, test } from "./lock_folder.ts";

test("a record of a living process that is not the holder is stale: never held", async ({ folder, lockDir }) => {
  // Process 1 of a container, a pid that another process has now, and our own parent and self.
  for (const pid of [1, Deno.ppid, Deno.pid]) {
    const record = someRecord({ pid, host: Deno.hostname() });
    folder.writeRecord("A", recordText(record));
    assertHas(
      inspectLock("A", { lockDir }),
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

test("a clock that was set back: times in the future are no error, and no sign of life", async ({ folder, lockDir }) => {
  const future = "2999-12-31T23:59:59.999Z";
  const record = someRecord({
    acquiredAt: future,
    heartbeatAt: future,
    processStartedAt: future,
  });
  folder.writeRecord("A", recordText(record));
  folder.age("A", 60);
  const held = folder.hold("A");
  assertHas(inspectLock("A", { lockDir }), { state: "held", silent: true, holder: record });
  assertEquals(await busyHolder("A", { lockDir }), record);
  held.release();
  assertEquals(inspectLock("A", { lockDir }).stale, true);
  using guard = await acquireTickerLock("A", { lockDir, wait: false });
  assert(guard.holder.acquiredAt < future);
});

test("a clock that is set during a wait changes neither deadline nor what was waited", async ({ folder, lockDir }) => {
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

test("times that are none are shown as they are", ({ folder, lockDir }) => {
  folder.writeRecord("A", '{"pid": 5, "acquired_at": "yesterday", "heartbeat_at": "never"}');
  using _held = folder.hold("A");
  const { holder, silent } = inspectLock("A", { lockDir });
  assertHas(holder, { acquiredAt: "yesterday", heartbeatAt: "never" });
  assertEquals(silent, false);
});
