import { resultOf } from "../../src/ingest/result.ts";
import { followJobLock, TickerProgress } from "../../src/ingest/progress.ts";
import type { IngestProgress, TickerResult } from "../../src/ingest/types.ts";
import { type HolderRecord, selfRecord } from "../../src/lock/holder.ts";
import type { SourceRun } from "../../src/sources/source.ts";
import { assert, assertEquals, assertHas } from "../assert.ts";
import { fakeSource } from "./fake_source.ts";

const REQUEST = {
  files: [],
  tickers: null,
  from: null,
  to: null,
  signal: new AbortController().signal,
};

function result(
  status: TickerResult["status"],
  rowsFetched: number,
  ticker = "T",
): TickerResult {
  return resultOf({ ticker, jobId: "job", status, rowsFetched });
}

/** Counts timers that run, in place of waiting for them. */
function watchTimers(): Disposable & { readonly running: Map<number, () => void> } {
  const { setInterval: set, clearInterval: clear } = globalThis;
  const running = new Map<number, () => void>();
  let next = 1;
  Object.assign(globalThis, {
    setInterval: (tick: () => void) => {
      running.set(next, tick);
      return next++;
    },
    clearInterval: (id: number) => running.delete(id),
  });
  return {
    running,
    [Symbol.dispose]: () => {
      Object.assign(globalThis, { setInterval: set, clearInterval: clear });
    },
  };
}

/** A holder that has had its lock for a minute. */
function holderOf(pid: number): HolderRecord {
  const acquiredAt = new Date(Date.now() - 60_000).toISOString();
  return { ...selfRecord({}), pid, acquiredAt };
}

type Writing = Extract<IngestProgress, { readonly phase: "writing" }>;

/** A run of some tickers, and what is told of it. */
async function following(
  total: number,
  over: Partial<SourceRun> = {},
): Promise<{ readonly progress: TickerProgress; readonly told: Writing[] }> {
  const told: Writing[] = [];
  const opened = await fakeSource({}, over).open(REQUEST);
  const progress = new TickerProgress(opened, total, (each) => {
    if (each.phase === "writing") told.push(each);
  });
  return { progress, told };
}

Deno.test("each ticker is told of, with the sums so far", async () => {
  const { progress, told } = await following(7);
  using _progress = progress;
  const ends = [["success", 10], ["failed", 0], ["skipped", 0], ["dry_run", 5], ["lock_busy", 0]];
  for (const [status, rows] of ends as [TickerResult["status"], number][]) {
    progress.done(result(status, rows));
  }
  assertEquals(told.map((each) => [each.tickersDone, each.tickersTotal, each.rows, each.failed]), [
    [1, 7, 10, 0],
    [2, 7, 10, 1],
    [3, 7, 10, 1],
    [4, 7, 15, 1],
    [5, 7, 15, 2],
  ]);
});

Deno.test("the time left falls with the clock between two tickers of a slow rate", async () => {
  using timers = watchTimers();
  const realNow = performance.now;
  let now = realNow.call(performance);
  performance.now = () => now;
  try {
    const begun: number[] = [];
    const leastMs = (requests: number): number => {
      const next = Math.max(now, (begun.at(-1) ?? -Infinity) + 5000);
      return requests < 1 ? 0 : next - now + (requests - 1) * 5000;
    };
    const { progress, told } = await following(4, { leastMs });
    using _progress = progress;
    const left: number[] = [];
    const look = (): void => {
      for (const tick of timers.running.values()) tick();
      left.push(Math.round((told.at(-1)?.leftMs ?? NaN) / 1000));
    };
    look();
    for (const ticker of ["A", "B", "C"]) {
      begun.push(now);
      progress.asked(ticker);
      now += 100;
      progress.done(result("success", 1, ticker));
      for (const ms of [900, 2000, 1900]) {
        now += ms;
        look();
      }
      now += 100;
    }
    // 5 s a request, the last of which is made after 15 s.
    assertEquals(left, [15, 14, 12, 10, 9, 7, 5, 4, 2, 0]);
  } finally {
    performance.now = realNow;
  }
});

Deno.test("what is waited for is told until it is over", async () => {
  const wait = { reason: "rate", ms: 12_000 } as const;
  const { progress, told } = await following(9, { wait });
  using _progress = progress;
  progress.locked("A", holderOf(7));
  progress.locked("B", undefined);
  progress.retrying("C", { attempt: 2, attempts: 5, pauseMs: 60_000 }, "status 429");
  progress.retrying("D", { attempt: 3, attempts: 5, pauseMs: 0 }, "over already");
  progress.done(result("success", 1));
  const [rate, retry, a, b, ...more] = told[0]?.waits ?? [];
  assertEquals([rate, more], [wait, []]);
  assert(retry?.reason === "retry" && a?.reason === "lock");
  assertHas(retry, { ticker: "C", attempt: 2, attempts: 5, why: "status 429" });
  assertHas(a, { name: "A", pid: 7 });
  assert(retry.ms > 0 && (a.heldMs ?? 0) >= 60_000);
  assertEquals(b, { reason: "lock", name: "B", pid: null, heldMs: null });
  progress.resumed("C");
  progress.resumed("A");
  progress.done(result("success", 1, "B"));
  assertEquals(told[1]?.waits, [wait]);
});

Deno.test("the time left is by the rate and the time so far, and none where nobody can know", async () => {
  const left = async (
    over: Partial<SourceRun>,
    before: (progress: TickerProgress) => void,
  ): Promise<number | null | undefined> => {
    using timers = watchTimers();
    const { progress, told } = await following(4, over);
    using _progress = progress;
    before(progress);
    for (const tick of timers.running.values()) tick();
    return told.at(-1)?.leftMs;
  };
  const done = (progress: TickerProgress): void => progress.done(result("success", 1));
  const leastMs = (requests: number): number => requests * 1000;
  assertEquals(await left({}, () => {}), null);
  assertEquals(await left({ leastMs }, () => {}), 4000);
  assertEquals(await left({ leastMs }, done), 3000);
  // The turn of a request that has begun is no more to come.
  assertEquals(await left({ leastMs }, (progress) => progress.asked("A")), 3000);
  const soFar = await left({}, done);
  assert(typeof soFar === "number" && soFar > 0);
  assertEquals(await left({ paged: true, leastMs }, done), null);
  assertEquals(
    await left({}, (progress) => {
      for (const ticker of ["A", "B"]) progress.locked(ticker, undefined);
      progress.retrying("C", { attempt: 2, attempts: 3, pauseMs: 1 }, "status 500");
      done(progress);
    }),
    null,
  );
  assertEquals(await left({}, (progress) => [1, 2, 3, 4].forEach(() => done(progress))), 0);
});

Deno.test("what waits is told again and again, and no timer outlasts it", async () => {
  using timers = watchTimers();
  const { progress, told } = await following(1);
  {
    using _progress = progress;
    for (const tick of timers.running.values()) tick();
    assertEquals([timers.running.size, told.length], [1, 1]);
  }
  const waits: IngestProgress[] = [];
  {
    using _lock = followJobLock(".nightly", holderOf(7), (each) => waits.push(each));
    for (const tick of timers.running.values()) tick();
  }
  assertEquals([timers.running.size, waits.length], [0, 2]);
  const [first] = waits;
  assert(first?.phase === "waiting" && first.wait.reason === "lock");
  assertHas(first.wait, { name: ".nightly", pid: 7 });
});

Deno.test("no timer runs where nobody listens", async () => {
  using timers = watchTimers();
  const opened = await fakeSource({}).open(REQUEST);
  using _progress = new TickerProgress(opened, 1, undefined);
  using _lock = followJobLock(".nightly", undefined, undefined);
  assertEquals(timers.running.size, 0);
});
