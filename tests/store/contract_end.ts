/**
 * Promises about the log, earlier work and collectors.
 *
 * @module
 */
import { columnOf, type FinishedJob, JOB_COLUMNS } from "../../src/model/job.ts";
import { newJob } from "../../src/model/new_job.ts";
import { type TickerWrite } from "../../src/store/store.ts";
import { assert, assertEquals } from "../assert.ts";
import {
  claim,
  FAR_AHEAD,
  LONG_AGO,
  outline,
  type Promising,
  reject,
  row,
  RUN,
  statuses,
  write,
} from "./contract_tools.ts";
import { DAY_MS } from "../set_clock.ts";

/** Registers these promises. */
export function testLog(promise: Promising): void {
  promise("the end of a job is written once", async (place, store) => {
    await using a = await claim(store, "A");
    a.job.attempts.count = 3;
    const end = { status: "failed" as const, durationMs: 5, errorCode: "x", errorMessage: "y" };
    assertEquals(await store.end(a.job, end, [reject("r")]), null);
    assertEquals(await store.end(a.job, { ...end, status: "success" }, [reject("s")]), "x");
    const [logged] = await place.rows("ingest_logs");
    assertEquals([logged?.status, logged?.attempts, logged?.error_message], ["failed", 3, "y"]);
    assertEquals((await place.rows("ingest_rejects")).length, 1);
  });

  promise("a job without a row is recorded whole", async (place, store) => {
    const job = newJob({ ...RUN, ticker: null });
    await store.record(job, { status: "failed", durationMs: 1, errorCode: "e" }, { count: 2 }, [
      reject("r"),
    ]);
    const [logged] = await place.rows("ingest_logs");
    assertEquals(
      [logged?.job_id, logged?.ticker, logged?.status, logged?.attempts, logged?.error_code],
      [job.jobId, null, "failed", 2, "e"],
    );
    assert(String(logged?.finished_at) >= job.startedAt);
    assertEquals(await outline(place, "ingest_rejects", "ingest_id", "ticker", "line", "reason"), [
      [logged?.id, null, 3, "r"],
    ]);
  });

  promise("finished jobs are brought in with every column, once or twice", async (place, store) => {
    const finished: FinishedJob = {
      job: newJob({ ...RUN, ticker: "A", lockAction: "waited", lockWaitedSeconds: 1.5 }),
      end: {
        finishedAt: "2024-01-02T10:00:05.000Z",
        status: "failed",
        durationMs: 5,
        rowsFetched: 1,
        rowsInserted: 2,
        rowsUpdated: 3,
        rowsUnchanged: 4,
        rowsRejected: 5,
        payloadSha256: "ab",
        attempts: 6,
        requests: 7,
        windowFrom: "2024-01-01",
        windowTo: "2024-01-31",
        query: "q",
        history: "contradicted",
        restated: 8,
        restatedBy: "prices",
        restatedFrom: "2024-01-02",
        restatedTo: "2024-01-30",
        restatedFactor: 1.5,
        errorCode: "e",
        errorMessage: "m",
      },
    };
    await store.bringIn([finished]);
    await store.bringIn([finished]);
    const [logged, ...more] = await place.rows("ingest_logs");
    assertEquals(more, []);
    const wanted = { ...finished.job, ...finished.end };
    assertEquals(
      JOB_COLUMNS.map(({ key }) => [key, logged?.[columnOf(key)]]),
      JOB_COLUMNS.map(({ key }) => [key, wanted[key]]),
    );
  });

  promise("only a running or abandoned row is told how it really ended", async (place, store) => {
    await using a = await claim(store, "A");
    const finished = (jobId: string): FinishedJob => ({
      job: newJob({ ...RUN, ticker: "A", jobId }),
      end: { finishedAt: LONG_AGO, status: "failed", durationMs: 1 },
    });
    await store.bringIn([finished(a.job.jobId)]);
    assertEquals(await statuses(place), ["failed"]);
    await a[Symbol.asyncDispose]();
    await using b = await claim(store, "A");
    await store.write([write(b, [row("2024-01-02", 1)])]);
    await store.bringIn([finished(b.job.jobId)]);
    assertEquals(await statuses(place), ["failed", "success"]);
  });

  promise("earlier work is found by its days and by its query", async (_place, store) => {
    const finish = async (ticker: string, end: TickerWrite["end"]): Promise<void> => {
      await using a = await claim(store, ticker);
      await store.write([write(a, [row("2024-01-02", 1)], { end })]);
    };
    await finish("A", { windowFrom: "2024-01-10", windowTo: "2024-01-20" });
    await finish("Q", { query: "open" });
    await using failed = await claim(store, "F");
    const days = { windowFrom: "2024-01-10", windowTo: "2024-01-20" };
    await store.end(failed.job, { status: "failed", durationMs: 1, ...days });
    const ask = (ticker: string, work: { from: string | null; to: string } | { query: string }) =>
      store.isFinished({ ticker, source: "csv", since: LONG_AGO, work });
    assertEquals(await ask("A", { from: "2024-01-10", to: "2024-01-20" }), true);
    assertEquals(await ask("A", { from: "2024-01-12", to: "2024-01-15" }), true);
    assertEquals(await ask("A", { from: "2024-01-09", to: "2024-01-15" }), false);
    assertEquals(await ask("A", { from: "2024-01-12", to: "2024-01-21" }), false);
    assertEquals(await ask("A", { from: null, to: "2024-01-15" }), false);
    assertEquals(await ask("F", { from: "2024-01-12", to: "2024-01-15" }), false);
    assertEquals(await ask("B", { from: "2024-01-12", to: "2024-01-15" }), false);
    assertEquals(await ask("Q", { query: "open" }), true);
    assertEquals(await ask("Q", { query: "closed" }), false);
    const later = { ticker: "Q", source: "csv", since: FAR_AHEAD, work: { query: "open" } };
    assertEquals(await store.isFinished(later), false);
    assertEquals((await store.known("A", "csv")).askedFrom, "2024-01-10");
  });

  promise("what says that it was done in the future proves nothing", async (_place, store) => {
    const days = { from: "2024-01-10", to: "2024-01-20" };
    const work = { ticker: "A", source: "csv", since: LONG_AGO, work: days };
    const known = async (): Promise<unknown[]> => [
      await store.isFinished(work),
      await store.unknownSince("B", "csv", LONG_AGO) !== null,
      (await store.known("A", "csv")).askedFrom,
      (await store.known("A", "csv")).lastDate,
      (await store.known("C", "csv")).wholeAt,
    ];
    const logAt = async (ms: number): Promise<string> => {
      const at = new Date(Date.now() + ms).toISOString();
      const start = (ticker: string) => newJob({ ...RUN, ticker, startedAt: at });
      const success = { windowFrom: "2024-01-10", windowTo: "2024-01-20" };
      await store.bringIn([
        { job: start("A"), end: { finishedAt: at, status: "success", durationMs: 1, ...success } },
        {
          job: start("B"),
          end: { finishedAt: at, status: "failed", durationMs: 1, errorCode: "ticker_unknown" },
        },
        {
          job: start("C"),
          end: { finishedAt: at, status: "success", durationMs: 1, history: "whole" },
        },
      ]);
      return at;
    };
    const ahead = await logAt(40 * DAY_MS);
    await using a = await claim(store, "A");
    await store.write([write(a, [row("2024-01-15", 1), row(ahead.slice(0, 10), 1)])]);
    assertEquals(await known(), [false, false, null, "2024-01-15", null]);
    assertEquals(await store.newestTime(), ahead);
    const before = await logAt(-DAY_MS);
    assertEquals(await known(), [true, true, "2024-01-10", "2024-01-15", before]);
  });

  promise(
    "a ticker that the source does not know is remembered until it is known",
    async (_place, store) => {
      const end = { status: "failed" as const, durationMs: 1, errorCode: "ticker_unknown" };
      await using a = await claim(store, "A");
      await store.end(a.job, end);
      await a[Symbol.asyncDispose]();
      assert(await store.unknownSince("A", "csv", LONG_AGO) !== null);
      assertEquals(await store.unknownSince("A", "csv", FAR_AHEAD), null);
      assertEquals(await store.unknownSince("A", "other", LONG_AGO), null);
      // What was only skipped has asked nothing.
      await using s = await claim(store, "A");
      await store.end(s.job, { status: "skipped", durationMs: 1 });
      await s[Symbol.asyncDispose]();
      assert(await store.unknownSince("A", "csv", LONG_AGO) !== null);
      await using b = await claim(store, "A");
      await store.write([write(b, [row("2024-01-02", 1)])]);
      assertEquals(await store.unknownSince("A", "csv", LONG_AGO), null);
    },
  );

  promise("a collector beats until it ends or is replaced", async (place, store) => {
    const start = (runId: string) => ({
      runId,
      host: "h",
      pid: 1,
      version: "0",
      startedAt: LONG_AGO,
    });
    const beat = { state: "idle" as const, task: null, nextTurnAt: null, tasks: "[]" };
    assertEquals(await store.beginCollector(start("a"), beat), []);
    assertEquals(await store.beatCollector(start("a"), { ...beat, task: "b3" }), true);
    assertEquals(await outline(place, "collectors", "run_id", "task"), [["a", "b3"]]);
    assertEquals(await store.beginCollector(start("b"), beat), ["a"]);
    assertEquals(await store.beatCollector(start("a"), beat), false);
    await store.endCollector("b", "done");
    await store.endCollector("b", "again");
    const ends = await outline(place, "collectors", "run_id", "state", "stop_reason");
    assertEquals(ends, [
      ["a", "stopped", "found dead by collector b"],
      ["b", "stopped", "done"],
    ]);
    // A row that is not there, as after a restore, is written again.
    assertEquals(await store.beatCollector(start("c"), { ...beat, task: "b3" }), true);
    assertEquals((await outline(place, "collectors", "run_id", "task")).at(-1), ["c", "b3"]);
  });
}
