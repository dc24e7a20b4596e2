/**
 * What every engine promises, as tests. An engine's own test file hands itself to
 * {@linkcode testStore}.
 *
 * @module
 */
import { ClaimLostError } from "../../src/store/errors.ts";
import type {
  ClaimedJob,
  JobToTake,
  Store,
  TakenTicker,
  TakeOptions,
  TickerWrite,
  Written,
} from "../../src/store/store.ts";
import { LockBusyError, LockTimeoutError } from "../../src/lock/mod.ts";
import { columnOf, type FinishedJob, JOB_COLUMNS } from "../../src/model/job.ts";
import type { MarketBatch } from "../../src/model/markets.ts";
import { newJob } from "../../src/model/new_job.ts";
import type { PriceRow, Reject } from "../../src/model/prices.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "../assert.ts";

/** A database of its own for one test. */
export interface Place extends AsyncDisposable {
  /** Opens it, also several times at once. */
  open(): Promise<Store>;
  /** All rows of a table, in the order in which they were written. */
  rows(table: string): Promise<Record<string, unknown>[]>;
}

/** An engine under test. */
export interface Engine {
  readonly name: string;
  place(): Promise<Place>;
}

const RUN = { runId: "run-1", source: "csv", command: "test" };

/** Before any time stamp, and behind all of them. */
const [LONG_AGO, FAR_AHEAD] = ["2000-01-01T00:00:00.000Z", "9999-01-01T00:00:00.000Z"];

let jobs = 0;

function jobOf(ticker: string): JobToTake {
  const jobId = `job-${++jobs}`;
  return { jobId, ticker, startedAt: new Date().toISOString(), attempts: { count: 1 } };
}

function how(over: Partial<TakeOptions> = {}): TakeOptions {
  const { signal } = new AbortController();
  return { run: RUN, wait: false, timeoutSeconds: 0, claim: true, signal, ...over };
}

function row(date: string, close: number, over: Partial<PriceRow> = {}): PriceRow {
  return { date, open: null, high: null, low: null, close, adjClose: null, volume: null, ...over };
}

function reject(reason: string): Reject {
  return { origin: "a.csv", line: 3, date: null, code: "bad_number", reason, raw: "x" };
}

/** A job that was taken, and all that is needed to write of it. */
interface Claimed extends Disposable {
  readonly taken: TakenTicker;
  readonly job: ClaimedJob;
}

async function claim(store: Store, ticker: string, over: Partial<TakeOptions> = {}) {
  const [claimed] = await claimAll(store, [ticker], over);
  assert(claimed !== undefined);
  return claimed;
}

async function claimAll(
  store: Store,
  tickers: readonly string[],
  over: Partial<TakeOptions> = {},
): Promise<Claimed[]> {
  const wanted = tickers.map(jobOf);
  const options = how(over);
  const takes = await store.take(wanted, options);
  return takes.map((taken, index) => {
    const job = wanted[index];
    if (!taken.taken) throw taken.error;
    assert(taken.id !== null && job !== undefined);
    const { jobId, ticker, attempts } = job;
    return {
      taken,
      job: { id: taken.id, jobId, ticker, attempts, source: options.run.source },
      [Symbol.dispose]: () => taken[Symbol.dispose](),
    };
  });
}

function write({ job }: Claimed, prices: readonly PriceRow[], over: Partial<TickerWrite> = {}) {
  return {
    job,
    prices,
    actions: [],
    rejects: [],
    keepKnown: false,
    restated: false,
    unlessSince: null,
    repeated: 0,
    end: { rowsFetched: prices.length, payloadSha256: "ab" },
    startedMs: performance.now(),
    ...over,
  } satisfies TickerWrite;
}

function outcomes(written: readonly Written[]): string[] {
  return written.map(({ outcome }) => outcome);
}

function countsOf(written: Written | undefined): number[] {
  assert(written !== undefined && "counts" in written, JSON.stringify(written));
  const { inserted, updated, unchanged } = written.counts;
  return [inserted, updated, unchanged];
}

/** Some columns of each row of a table. */
async function outline(place: Place, table: string, ...columns: string[]): Promise<unknown[][]> {
  return (await place.rows(table)).map((each) => columns.map((name) => each[name]));
}

/** The statuses of the log, in order. */
async function statuses(place: Place): Promise<unknown[]> {
  return (await outline(place, "ingest_logs", "status")).flat();
}

const PAGE: MarketBatch = {
  events: [],
  markets: [market("M-1"), market("M-2")],
  settled: [],
  snapshots: [],
  takenAt: null,
};

function market(ticker: string): MarketBatch["markets"][number] {
  return {
    ticker,
    eventTicker: "E",
    marketType: null,
    yesSubTitle: null,
    noSubTitle: null,
    createdTime: null,
    updatedTime: null,
    openTime: null,
    closeTime: null,
    expectedExpirationTime: null,
    latestExpirationTime: null,
    settlementTs: null,
    status: "active",
    result: null,
    settlementValueDollars: null,
    yesBidDollars: null,
    yesAskDollars: null,
    noBidDollars: null,
    noAskDollars: null,
    lastPriceDollars: null,
    yesBidSizeFp: null,
    yesAskSizeFp: null,
    volumeFp: null,
    volume24hFp: null,
    openInterestFp: null,
    raw: "{}",
  };
}

/** Registers the tests of all promises of a {@linkcode Store}. */
export function testStore(engine: Engine): void {
  const promise = (name: string, test: (place: Place, store: Store) => Promise<void>): void =>
    Deno.test(`${engine.name}: ${name}`, async () => {
      await using place = await engine.place();
      await using store = await place.open();
      await test(place, store);
    });

  promise("a ticker is taken by one run at a time", async (place, store) => {
    await using other = await place.open();
    const first = await claim(store, "A");
    const refusal = async (options: TakeOptions): Promise<unknown> => {
      const [refused] = await other.take([jobOf("A")], options);
      assert(refused?.taken === false && refused.lock === null);
      return refused.error;
    };
    assertInstanceOf(await refusal(how()), LockBusyError);
    const waited: string[] = [];
    assertInstanceOf(
      await refusal(how({ wait: true, timeoutSeconds: 0.01, onWait: (name) => waited.push(name) })),
      LockTimeoutError,
    );
    assertEquals(waited, ["A"]);
    assertEquals(first.taken.lock.isCurrent(), true);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    assertEquals(first.taken.lock.isCurrent(), false);
    using second = await claim(other, "A");
    assertEquals(second.taken.lock.action, "acquired");
  });

  promise("a run that waits obtains the ticker when it is let go", async (place, store) => {
    await using other = await place.open();
    const first = await claim(store, "A");
    const { promise: waits, resolve } = Promise.withResolvers<void>();
    const later = claim(other, "A", { wait: true, timeoutSeconds: 60, onWait: () => resolve() });
    await waits;
    first[Symbol.dispose]();
    using second = await later;
    assertEquals(second.taken.lock.action, "waited");
  });

  promise("an aborted wait ends with the reason of its signal", async (place, store) => {
    await using other = await place.open();
    using _first = await claim(store, "A");
    const stop = new AbortController();
    const reason = new Error("stopped");
    const options = how({
      wait: true,
      timeoutSeconds: 60,
      signal: stop.signal,
      onWait: () => stop.abort(reason),
    });
    const [refused] = await other.take([jobOf("A")], options);
    assertEquals(refused?.taken === false && refused.error, reason);
  });

  promise("one ticker's refusal leaves the others of the group alone", async (place, store) => {
    await using other = await place.open();
    using _held = await claim(other, "B");
    const takes = await store.take(["A", "B", "C"].map(jobOf), how());
    assertEquals(takes.map(({ taken }) => taken), [true, false, true]);
    for (const each of takes) if (each.taken) each[Symbol.dispose]();
    const logged = await outline(place, "ingest_logs", "ticker", "status");
    assertEquals(logged, [["B", "running"], ["A", "running"], ["C", "running"]]);
  });

  promise(
    "a claim ends what a dead run has left, of its own ticker alone",
    async (place, store) => {
      for (const ticker of ["A", "B"]) (await claim(store, ticker))[Symbol.dispose]();
      using again = await claim(store, "A");
      assertEquals(again.taken.abandoned, 1);
      const logged = await outline(place, "ingest_logs", "ticker", "status", "error_code");
      assertEquals(logged, [
        ["A", "abandoned", "abandoned"],
        ["B", "running", null],
        ["A", "running", null],
      ]);
    },
  );

  promise("a dry run locks and leaves no row", async (place, store) => {
    const [taken] = await store.take([jobOf("A")], how({ claim: false }));
    assert(taken?.taken === true && taken.id === null);
    taken[Symbol.dispose]();
    assertEquals(await place.rows("ingest_logs"), []);
  });

  promise("nothing is claimed once the run's own lock is lost", async (place, store) => {
    const jobLock = { name: ".nightly", action: "acquired" as const, waitedSeconds: 0 };
    const [refused] = await store.take(
      [jobOf("A")],
      how({ jobLock: { ...jobLock, isCurrent: () => false } }),
    );
    assert(refused?.taken === false);
    assertInstanceOf(refused.error, ClaimLostError);
    assertEquals(refused.lock?.action, "acquired");
    assertEquals(await place.rows("ingest_logs"), []);
    // Its ticker is free again.
    using _next = await claim(store, "A");
  });

  promise(
    "what is written is counted exactly, and equal rows stay as they are",
    async (place, store) => {
      const days = [row("2024-01-02", 1), row("2024-01-03", 2), row("2024-01-04", 3)];
      using first = await claim(store, "A");
      assertEquals(countsOf((await store.write([write(first, days)]))[0]), [3, 0, 0]);
      first[Symbol.dispose]();
      using second = await claim(store, "A");
      const changed = [...days.slice(0, 2), row("2024-01-04", 4), row("2024-01-05", 5)];
      const [written] = await store.write([write(second, changed, { repeated: 2 })]);
      assertEquals(countsOf(written), [1, 1, 4]);
      assertEquals(await outline(place, "prices", "date", "close", "ingest_id"), [
        ["2024-01-02", 1, first.job.id],
        ["2024-01-03", 2, first.job.id],
        ["2024-01-04", 4, second.job.id],
        ["2024-01-05", 5, second.job.id],
      ]);
      const ends = await outline(
        place,
        "ingest_logs",
        "status",
        "rows_fetched",
        "rows_inserted",
        "rows_updated",
        "rows_unchanged",
        "rows_rejected",
        "payload_sha256",
      );
      assertEquals(ends, [
        ["success", 3, 3, 0, 0, 0, "ab"],
        ["success", 4, 1, 1, 4, 0, "ab"],
      ]);
    },
  );

  promise("sources are kept apart, and a row may name its own", async (place, store) => {
    using a = await claim(store, "A");
    await store.write([
      write(a, [row("2024-01-02", 1), row("2024-01-02", 2, { source: "other" })]),
    ]);
    assertEquals(await outline(place, "prices", "source", "close"), [["csv", 1], ["other", 2]]);
    assertEquals(await store.tickers("other"), ["A"]);
    assertEquals(await store.tickers("nobody"), []);
  });

  promise(
    "values that a service leaves out stay, where that is asked for",
    async (place, store) => {
      using a = await claim(store, "A");
      const full = row("2024-01-02", 1, { adjClose: 0.9, volume: 7 });
      await store.write([write(a, [full])]);
      a[Symbol.dispose]();
      using b = await claim(store, "A");
      await store.write([write(b, [row("2024-01-02", 2)], { keepKnown: true })]);
      b[Symbol.dispose]();
      assertEquals(await outline(place, "prices", "close", "adj_close", "volume"), [[2, 0.9, 7]]);
      using c = await claim(store, "A");
      await store.write([write(c, [row("2024-01-02", 2)])]);
      assertEquals(await outline(place, "prices", "close", "adj_close", "volume"), [[
        2,
        null,
        null,
      ]]);
    },
  );

  promise("actions and rejects go in with the prices", async (place, store) => {
    using a = await claim(store, "A");
    const actions = [{
      date: "2024-01-02",
      kind: "dividend" as const,
      amount: 1.5,
      numerator: null,
      denominator: null,
    }];
    const rejects = [reject("close is x"), reject("close is y")];
    await store.write([write(a, [row("2024-01-02", 1)], { actions, rejects })]);
    assertEquals(await outline(place, "corporate_actions", "kind", "amount"), [["dividend", 1.5]]);
    assertEquals(await outline(place, "ingest_rejects", "ingest_id", "reason"), [
      [a.job.id, "close is x"],
      [a.job.id, "close is y"],
    ]);
    assertEquals(await store.known("A", "csv"), {
      firstDate: "2024-01-02",
      lastDate: "2024-01-02",
      askedFrom: null,
      actions,
    });
  });

  promise("a restated history tells the stored days that it lacks", async (_place, store) => {
    using a = await claim(store, "A");
    await store.write([
      write(a, [row("2024-01-02", 1), row("2024-01-03", 1), row("2024-01-04", 1)]),
    ]);
    a[Symbol.dispose]();
    using b = await claim(store, "A");
    const [written] = await store.write([write(b, [row("2024-01-03", 2)], { restated: true })]);
    assertEquals(written?.outcome === "success" && written.staleDays, ["2024-01-02", "2024-01-04"]);
  });

  promise(
    "the same payload since the run began is skipped, an older one is not",
    async (place, store) => {
      using a = await claim(store, "A");
      await store.write([write(a, [row("2024-01-02", 1)])]);
      a[Symbol.dispose]();
      const again = async (unlessSince: string | null, payloadSha256 = "ab"): Promise<string[]> => {
        using b = await claim(store, "A");
        return outcomes(
          await store.write([
            write(b, [row("2024-01-02", 2)], {
              unlessSince,
              end: { rowsFetched: 1, payloadSha256 },
              rejects: [reject("no")],
            }),
          ]),
        );
      };
      assertEquals(await again(LONG_AGO), ["skipped"]);
      assertEquals(await outline(place, "prices", "close"), [[1]]);
      assertEquals(await place.rows("ingest_rejects"), []);
      assertEquals(await again(FAR_AHEAD), ["success"]);
      assertEquals(await again(LONG_AGO, "cd"), ["success"]);
      assertEquals(await again(null, "cd"), ["success"]);
    },
  );

  promise(
    "a group is one transaction; a lost claim leaves its ticker out",
    async (place, store) => {
      const group = await claimAll(store, ["A", "B", "C"]);
      const { revokedJobs } = await store.locks.release("B", true);
      assertEquals(revokedJobs, [group[1]?.job.jobId ?? ""]);
      assertEquals(group.map(({ taken }) => taken.lock.isCurrent()), [true, false, true]);
      const rejects = [reject("x")];
      const written = await store.write(
        group.map((each) => write(each, [row("2024-01-02", 1)], { rejects })),
      );
      assertEquals(outcomes(written), ["success", "revoked", "success"]);
      assertEquals(written[1], { outcome: "revoked", code: "claim_revoked" });
      assertEquals(await outline(place, "prices", "ticker"), [["A"], ["C"]]);
      assertEquals((await place.rows("ingest_rejects")).length, 2);
      for (const each of group) each[Symbol.dispose]();
    },
  );

  promise(
    "a ticker that cannot be written names itself, and the others go in",
    async (place, store) => {
      const group = await claimAll(store, ["A", "B", "C"]);
      const impossible = [row("2024-01-02", Number.NaN)];
      const written = await store.write(
        group.map((each) =>
          write(each, each.job.ticker === "B" ? impossible : [row("2024-01-02", 1)])
        ),
      );
      assertEquals(outcomes(written), ["success", "failed", "success"]);
      assertEquals(await outline(place, "prices", "ticker"), [["A"], ["C"]]);
      assertEquals(await statuses(place), ["success", "running", "success"]);
      for (const each of group) {
        each[Symbol.dispose]();
      }
    },
  );

  promise("a forced release fences the holder, and leaves an audit row", async (place, store) => {
    using a = await claim(store, "A");
    await assertRejects(() => store.locks.release("A", false), LockBusyError);
    const { outcome, revokedJobs } = await store.locks.release("A", true);
    assertEquals([outcome, revokedJobs], ["revoked", [a.job.jobId]]);
    // In one process tasks queue for a lock, so the old holder lets go; it writes all the same.
    a[Symbol.dispose]();
    using b = await claim(store, "A");
    assertEquals(outcomes(await store.write([write(a, [row("2024-01-02", 1)])])), ["revoked"]);
    assertEquals(outcomes(await store.write([write(b, [row("2024-01-02", 2)])])), ["success"]);
    assertEquals(await outline(place, "prices", "close"), [[2]]);
    assertEquals(await store.end(a.job, { status: "failed", durationMs: 1 }), "claim_revoked");
    const logged = await outline(place, "ingest_logs", "source", "status", "error_code");
    assertEquals(logged, [
      ["csv", "abandoned", "claim_revoked"],
      ["locks", "success", "lock_released"],
      ["csv", "success", null],
    ]);
  });

  promise("the end of a job is written once", async (place, store) => {
    using a = await claim(store, "A");
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
    assertEquals(await outline(place, "ingest_rejects", "ingest_id"), [[logged?.id]]);
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
    using a = await claim(store, "A");
    const finished = (jobId: string): FinishedJob => ({
      job: newJob({ ...RUN, ticker: "A", jobId }),
      end: { finishedAt: LONG_AGO, status: "failed", durationMs: 1 },
    });
    await store.bringIn([finished(a.job.jobId)]);
    assertEquals(await statuses(place), ["failed"]);
    a[Symbol.dispose]();
    using b = await claim(store, "A");
    await store.write([write(b, [row("2024-01-02", 1)])]);
    await store.bringIn([finished(b.job.jobId)]);
    assertEquals(await statuses(place), ["failed", "success"]);
  });

  promise("earlier work is found by its days and by its query", async (_place, store) => {
    const finish = async (ticker: string, end: TickerWrite["end"]): Promise<void> => {
      using a = await claim(store, ticker);
      await store.write([write(a, [row("2024-01-02", 1)], { end })]);
    };
    await finish("A", { windowFrom: "2024-01-10", windowTo: "2024-01-20" });
    await finish("Q", { query: "open" });
    const ask = (ticker: string, work: { from: string | null; to: string } | { query: string }) =>
      store.isFinished({ ticker, source: "csv", since: LONG_AGO, work });
    assertEquals(await ask("A", { from: "2024-01-10", to: "2024-01-20" }), true);
    assertEquals(await ask("A", { from: "2024-01-12", to: "2024-01-15" }), true);
    assertEquals(await ask("A", { from: "2024-01-09", to: "2024-01-15" }), false);
    assertEquals(await ask("A", { from: null, to: "2024-01-15" }), false);
    assertEquals(await ask("B", { from: "2024-01-12", to: "2024-01-15" }), false);
    assertEquals(await ask("Q", { query: "open" }), true);
    assertEquals(await ask("Q", { query: "closed" }), false);
    const later = { ticker: "Q", source: "csv", since: FAR_AHEAD, work: { query: "open" } };
    assertEquals(await store.isFinished(later), false);
    assertEquals((await store.known("A", "csv")).askedFrom, "2024-01-10");
  });

  promise(
    "a ticker that the source does not know is remembered until it is known",
    async (_place, store) => {
      const end = { status: "failed" as const, durationMs: 1, errorCode: "ticker_unknown" };
      using a = await claim(store, "A");
      await store.end(a.job, end);
      a[Symbol.dispose]();
      assert(await store.unknownSince("A", "csv", LONG_AGO) !== null);
      assertEquals(await store.unknownSince("A", "csv", FAR_AHEAD), null);
      using b = await claim(store, "A");
      await store.write([write(b, [row("2024-01-02", 1)])]);
      assertEquals(await store.unknownSince("A", "csv", LONG_AGO), null);
    },
  );

  promise("a page goes in behind its fence, with its checkpoint", async (place, store) => {
    using a = await claim(store, "KALSHI.MARKETS");
    const page = { markets: PAGE, rejects: [reject("r")], checkpoint: { query: "q", value: "1" } };
    const counts = await store.writePage(a.job, page);
    assertEquals(counts.reduce((sum, { inserted }) => sum + inserted, 0), 2);
    assertEquals(await store.checkpoint("KALSHI.MARKETS", "csv", "q"), "1");
    assertEquals(await store.checkpoint("KALSHI.MARKETS", "csv", "other"), null);
    // The event that both name and that is not there is made as a placeholder.
    assertEquals(await outline(place, "events", "event_ticker"), [["E"]]);
    await store.locks.release("KALSHI.MARKETS", true);
    const next = { ...page, checkpoint: { query: "q", value: "2" } };
    await assertRejects(() => store.writePage(a.job, next), ClaimLostError);
    assertEquals(await store.checkpoint("KALSHI.MARKETS", "csv", "q"), "1");
    assertEquals((await place.rows("ingest_rejects")).length, 1);
  });

  promise("a rehearsal counts and leaves nothing", async (place, store) => {
    const prices = [row("2024-01-02", 1)];
    const rehearsed = { ticker: "A", source: "csv", prices, keepKnown: false };
    assertEquals(await store.rehearse(rehearsed), [{ inserted: 1, updated: 0, unchanged: 0 }]);
    const counts = await store.rehearse({ source: "csv", markets: PAGE });
    assertEquals(counts.reduce((sum, { inserted }) => sum + inserted, 0), 2);
    for (const table of ["prices", "markets", "events"]) assertEquals(await place.rows(table), []);
  });

  promise(
    "locks are listed with their holders, and a job's is one of them",
    async (place, store) => {
      await using other = await place.open();
      using _a = await claim(store, "A");
      const options = { wait: false, timeoutSeconds: 0, command: "test", runId: "run-1" };
      {
        using job = await store.locks.holdJob("nightly", options);
        assertEquals([job.name, job.isCurrent()], [".nightly", true]);
        await assertRejects(() => other.locks.holdJob("nightly", options), LockBusyError);
        const held = (await other.locks.list()).filter(({ state }) => state === "held");
        assertEquals(held.map(({ name }) => name).sort(), [".nightly", "A"]);
        assertEquals((await other.locks.status("A")).holder?.command, "test");
      }
      using _again = await other.locks.holdJob("nightly", options);
      assertEquals((await store.locks.status("B")).state, "free");
    },
  );

  promise("releasing a job's lock by force revokes every job of its run", async (place, store) => {
    await using other = await place.open();
    const options = { wait: false, timeoutSeconds: 0, command: "test", runId: RUN.runId };
    using job = await store.locks.holdJob("nightly", options);
    using a = await claim(store, "A");
    using _foreign = await claim(other, "B", { run: { ...RUN, runId: "run-2" } });
    const { revokedJobs } = await other.locks.release(".nightly", true);
    assertEquals([revokedJobs, job.isCurrent()], [[a.job.jobId], false]);
    assertEquals(outcomes(await store.write([write(a, [row("2024-01-02", 1)])])), ["revoked"]);
    assertEquals(await statuses(place), ["abandoned", "running", "success"]);
  });

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
  });

  promise("what is committed is there for the next who opens it", async (place, store) => {
    using a = await claim(store, "A");
    await store.write([write(a, [row("2024-01-02", 1)])]);
    await using other = await place.open();
    assertEquals((await other.known("A", "csv")).lastDate, "2024-01-02");
    assertEquals(await other.tickers("csv"), ["A"]);
  });
}
