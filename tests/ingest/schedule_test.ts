import { resultOf } from "../../src/ingest/result.ts";
import { followTickers } from "../../src/ingest/schedule.ts";
import type { IngestProgress, TickerResult } from "../../src/ingest/types.ts";
import { assertEquals } from "../assert.ts";
import { fakeSource } from "./fake_source.ts";

const REQUEST = {
  files: [],
  tickers: null,
  from: null,
  to: null,
  signal: new AbortController().signal,
};

function result(status: TickerResult["status"], rowsFetched: number): TickerResult {
  return resultOf({ ticker: "T", jobId: "job", status, rowsFetched });
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

Deno.test("each ticker is told of, with the sums so far", async () => {
  await using opened = await fakeSource({}, { pausedMs: 7 }).open(REQUEST);
  const told: IngestProgress[] = [];
  {
    using progress = followTickers(opened, 7, (each) => told.push(each));
    progress.done(result("success", 10), 2);
    progress.done(result("failed", 0), 1);
    progress.done(result("skipped", 0), 1);
    progress.done(result("dry_run", 5), 0);
    progress.done(result("lock_busy", 0), 0);
    progress.done(result("interrupted", 1), 0);
  }
  const sums = told.map((each) =>
    each.phase === "writing"
      ? [each.tickersDone, each.tickersTotal, each.rows, each.failed, each.waiting, each.pausedMs]
      : []
  );
  assertEquals(sums, [
    [1, 7, 10, 0, 2, 7],
    [2, 7, 10, 1, 1, 7],
    [3, 7, 10, 1, 1, 7],
    [4, 7, 15, 1, 0, 7],
    [5, 7, 15, 2, 0, 7],
    [6, 7, 16, 3, 0, 7],
  ]);
});

Deno.test("while the service wants silence the line goes on, and no timer outlasts the run", async () => {
  using timers = watchTimers();
  await using quiet = await fakeSource({}, { pausedMs: 9 }).open(REQUEST);
  const told: IngestProgress[] = [];
  {
    using _progress = followTickers(quiet, 1, (each) => told.push(each));
    assertEquals(timers.running.size, 1);
    for (const tick of timers.running.values()) tick();
    assertEquals(told.length, 1);
  }
  assertEquals(timers.running.size, 0);
});

Deno.test("no timer runs where nobody listens, or where the source never pauses", async () => {
  using timers = watchTimers();
  await using pausing = await fakeSource({}, { pausedMs: 0 }).open(REQUEST);
  await using plain = await fakeSource({}).open(REQUEST);
  using silent = followTickers(pausing, 1, undefined);
  using file = followTickers(plain, 1, () => {});
  assertEquals(timers.running.size, 0);
  silent.done(result("success", 1), 0);
  file.done(result("success", 1), 0);
});
