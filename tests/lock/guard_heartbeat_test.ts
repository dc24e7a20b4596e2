import { HEARTBEAT_MS } from "../../src/lock/guard.ts";
import { acquireTickerLock } from "../../src/lock/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { recordOf, recordText, test } from "./lock_folder.ts";

interface Timer {
  readonly id: unknown;
  readonly beat: () => void;
  readonly ms: number;
  ended: boolean;
}

/** Takes the place of repeated timers, so that the test says when time passes. */
function fakeIntervals(): Disposable & { readonly timers: Timer[] } {
  const { setInterval, clearInterval } = globalThis;
  const timers: Timer[] = [];
  globalThis.setInterval = new Proxy(setInterval, {
    apply(real, self, [beat, ms]: [() => void, number]): unknown {
      const id = Reflect.apply(real, self, [() => {}, 2 ** 30]);
      timers.push({ id, beat, ms, ended: false });
      return id;
    },
  });
  globalThis.clearInterval = new Proxy(clearInterval, {
    apply(real, self, [id]: [unknown]): void {
      for (const timer of timers) if (timer.id === id) timer.ended = true;
      Reflect.apply(real, self, [id]);
    },
  });
  return {
    timers,
    [Symbol.dispose]: () => {
      for (const { id } of timers) Reflect.apply(clearInterval, globalThis, [id]);
      Object.assign(globalThis, { setInterval, clearInterval });
    },
  };
}

test("one timer writes a heartbeat into the record of every lock that is held", async ({ lockDir }) => {
  using intervals = fakeIntervals();
  const { timers } = intervals;
  using a = await acquireTickerLock("A", { lockDir });
  const b = await acquireTickerLock("B", { lockDir });
  const [timer, ...more] = timers;
  assert(timer !== undefined);
  assertEquals([timer.ms, more.length], [HEARTBEAT_MS, 0]);

  // The clock may stand still within a millisecond: an old heartbeat shows that it is rewritten.
  a.refresh("2024-01-02T03:04:05.678Z");
  assertEquals(a.holder.heartbeatAt, "2024-01-02T03:04:05.678Z");
  assertEquals(recordOf(a.path), recordText(a.holder));
  const since = a.holder.acquiredAt;
  timer.beat();
  assert(a.holder.heartbeatAt >= since);
  assertEquals(a.holder.acquiredAt, since);
  assertEquals(b.holder.heartbeatAt, a.holder.heartbeatAt);
  for (const { path, holder } of [a, b]) {
    assertEquals(recordOf(path), recordText(holder));
  }

  // A lock that was released has none, and its file stays as it is.
  b.release();
  const left = recordOf(b.path);
  timer.beat();
  assertEquals(recordOf(b.path), left);
  assert(!timer.ended);

  // Locks one after the other share the timer; it ends before the event loop's next turn.
  a.release();
  (await acquireTickerLock("A", { lockDir })).release();
  using d = await acquireTickerLock("D", { lockDir });
  assertEquals([timers.length, timer.ended], [1, false]);
  d.release();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert(timer.ended);
  using _e = await acquireTickerLock("E", { lockDir });
  assertEquals(timers.length, 2);
});
