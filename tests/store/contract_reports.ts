/**
 * What every engine promises of `Reports`.
 *
 * @module
 */
import type { Care } from "../../src/store/care.ts";
import { LOG_COLUMNS } from "../../src/model/job.ts";
import { StoreError } from "../../src/store/errors.ts";
import type { NameLimits, Reports } from "../../src/store/reports.ts";
import { UsageError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { daysOf, jobIdOf, type Logged } from "./rows.ts";

/** A price of which only the close is told. */
export interface Close {
  readonly date: string;
  readonly close: number;
}

/** A new database, which is gone when it is disposed of. */
export interface Scene extends AsyncDisposable {
  /** An empty folder beside it. */
  readonly folder: string;
  readonly reports: Reports;
  readonly care: Care;
  /** Writes rows of the log in order, those with `rejects` with as many. @returns Their ids. */
  log(rows: readonly Logged[]): Promise<number[]>;
  /** Writes prices of a source, replacing what is there. */
  prices(ticker: string, source: string, rows: readonly Close[]): Promise<void>;
  /** Sets the time of every turn to tell a receiver, in seconds from now. */
  notices(seconds: number): Promise<void>;
  /** Keeps others from writing, until it is disposed of; they can read meanwhile. */
  busy(): Promise<AsyncDisposable>;
  /** Holds the lock of a ticker. */
  hold(ticker: string): Promise<AsyncDisposable>;
}

/** An engine. */
export interface Engine {
  readonly name: string;
  /** Makes a database with all tables. */
  make(): Promise<Scene>;
  /** Names a database that is not there. Only of an engine that can make one. */
  readonly missing?: () => Promise<Scene>;
}

const RUN = "0190f000-0000-7000-9000-00000000beef";
const MOST = { matches: 10, rejects: Infinity };
const LIMITS = { ms: 5000, names: 1000, copyBytes: Infinity };

/** A second of a day of November 2026. */
export function at(day: number, second = 0): string {
  return new Date(Date.UTC(2026, 10, day, 10, 0, second)).toISOString();
}

/** Operations that need every table. */
const READS: readonly ((reports: Reports) => Promise<unknown>)[] = [
  (reports) => reports.logs({}, { limit: 1 }),
  (reports) => reports.follow({}),
  (reports) => reports.runs({}, 1),
  (reports) => reports.job("00000001", MOST),
  (reports) => reports.loggedNames("ticker"),
  (reports) => reports.statistics({}),
  (reports) => reports.gaps({}),
  (reports) => reports.totals({}, "day"),
  (reports) => reports.failures({}),
  (reports) => reports.activity({}),
  (reports) => reports.recent({ from: "2024-01-01" }),
  (reports) => reports.chart("A", "csv", "2024-01-01"),
];

async function assertRefused(
  reports: Reports,
  code: string,
  operations = READS,
): Promise<void> {
  for (const operation of operations) {
    const error = await assertRejects(() => operation(reports), StoreError);
    assertEquals(error.code, code, `${operation}`);
  }
}

/** Registers a test with a new database. */
export function testOf(
  engine: Engine,
): (name: string, run: (scene: Scene) => Promise<void>) => void {
  return (name, run) =>
    Deno.test(`${engine.name}: ${name}`, async () => {
      await using scene = await engine.make();
      await run(scene);
    });
}

/** Registers the tests of an engine. */
export function testReports(engine: Engine): void {
  const test = testOf(engine);

  test("rows of the log come newest or oldest first, page by page, and filters combine", async ({ reports, log }) => {
    assertEquals(await reports.logs({}, { limit: 10 }), []);
    await log([
      { startedAt: at(1) },
      { startedAt: at(2), ticker: "VALE3.SA", status: "failed", runId: RUN },
      { startedAt: at(3), source: "yahoo", status: "lock_busy" },
      { startedAt: at(4), status: "running", ticker: null },
      { startedAt: at(5), runId: RUN, rejects: 3 },
    ]);
    const cases: [Parameters<Reports["logs"]>[0], object, number[]][] = [
      [{}, {}, [5, 4, 3, 2, 1]],
      [{}, { limit: 2 }, [5, 4]],
      [{}, { limit: 0 }, []],
      [{}, { limit: Infinity, before: 4 }, [3, 2, 1]],
      [{}, { after: 2, first: "oldest" }, [3, 4, 5]],
      [{}, { ids: [1, 3, 99] }, [3, 1]],
      [{}, { ids: [] }, []],
      [{ tickers: ["VALE3.SA"] }, {}, [2]],
      [{ tickers: ["VALE3.SA", "PETR4.SA"] }, {}, [5, 3, 2, 1]],
      [{ sources: ["yahoo"] }, {}, [3]],
      [{ statuses: ["failed", "lock_busy"] }, {}, [3, 2]],
      [{ runs: [RUN] }, {}, [5, 2]],
      [{ runs: ["0000beef"] }, {}, [5, 2]],
      [{ runs: ["0190f000"], statuses: ["failed"] }, {}, [2]],
      [{ jobs: [jobIdOf(3)] }, {}, [3]],
      [{ jobs: ["00000003", "00000004"] }, {}, [4, 3]],
      [{ jobs: ["0190f000-0000"] }, {}, [5, 4, 3, 2, 1]],
      [{ jobs: ["%%%%%%%%"] }, {}, []],
      [{ since: at(4) }, {}, [5, 4]],
      [{ until: at(4) }, {}, [3, 2, 1]],
      [{ runs: [RUN], since: at(2, 1) }, {}, [5]],
    ];
    for (const [filter, page, expected] of cases) {
      const rows = await reports.logs(filter, { limit: 10, ...page });
      const values = await reports.logValues(filter, { limit: 10, ...page });
      assertEquals(
        values.map((each) => [...each]),
        rows.map((each) => LOG_COLUMNS.map((name) => each[name])),
      );
      assertEquals(rows.map(({ id }) => id), expected, JSON.stringify([filter, page]));
    }
    assertEquals((await reports.loggedNames("ticker")).toSorted(), ["PETR4.SA", "VALE3.SA"]);
    assertEquals((await reports.loggedNames("source")).toSorted(), ["csv", "yahoo"]);
  });

  test("a job is found by its id or its end; of several the matches are told", async ({ reports, log }) => {
    await log([
      { startedAt: at(1), runId: RUN, status: "failed" },
      { startedAt: at(2), runId: RUN, rejects: 3 },
    ]);
    const { matches, detail } = await reports.job("00000002", { matches: 10, rejects: 2 });
    assertEquals(matches.map(({ id }) => id), [2]);
    assertEquals(detail?.job.job_id, jobIdOf(2));
    assertEquals(detail?.run, { failed: 1, success: 1 });
    assertEquals(detail?.counts, { high_below_low: 3 });
    assertEquals(detail?.rejects.map(({ line }) => line), [4, 4]);
    assertEquals((await reports.job(jobIdOf(1), MOST)).detail?.rejects, []);
    const several = await reports.job("0190f000", MOST);
    assertEquals([several.matches.map(({ id }) => id), several.detail], [[2, 1], null]);
    assertEquals(await reports.job("99999999", MOST), { matches: [], detail: null });
  });

  test("a run is one line with what its jobs come to, whole whatever the filter", async ({ reports, log }) => {
    assertEquals(await reports.runs({}, 10), []);
    const of = { runId: RUN, command: "tickerlock ingest A B C" };
    await log([
      { ...of, startedAt: at(1), finishedAt: at(1, 5), ticker: "A", rowsInserted: 3, rejects: 2 },
      { startedAt: at(2), finishedAt: at(2, 1), runId: "other", ticker: "A", source: "yahoo" },
      {
        ...of,
        ...{ startedAt: at(1, 1), finishedAt: at(1, 9), ticker: "B", rowsUpdated: 4 },
        command: "tickerlock ingest later",
      },
      { ...of, startedAt: at(1, 2), finishedAt: at(1, 3), ticker: "C", status: "failed" },
      { ...of, startedAt: at(1, 2), finishedAt: at(1, 3), ticker: "C" },
      { ...of, startedAt: at(1, 4), finishedAt: at(1, 4), ticker: null, status: "skipped" },
      { startedAt: at(3), runId: "at-work", ticker: "A", status: "running" },
      { startedAt: at(3), runId: "at-work", ticker: null, status: "failed" },
      { startedAt: at(3), runId: "at-work", ticker: "B", finishedAt: at(3, 1) },
    ]);
    const [working, whole, other, ...more] = await reports.runs({}, 10);
    assertEquals(more, []);
    assertEquals({ ...whole, host: "", pid: 0 }, {
      run_id: RUN,
      command: "tickerlock ingest A B C",
      host: "",
      pid: 0,
      started_at: at(1),
      finished_at: at(1, 9),
      jobs: 5,
      tickers: 3,
      tickers_ok: 2,
      tickers_failed: 1,
      run_failures: 0,
      rows_inserted: 3,
      rows_updated: 4,
      rows_rejected: 2,
      by_status: { failed: 1, skipped: 1, success: 3 },
    });
    assertEquals(other?.run_id, "other");
    assertEquals(
      [working?.finished_at, working?.tickers, working?.tickers_ok, working?.tickers_failed],
      [null, 2, 1, 0],
    );
    assertEquals(working?.run_failures, 1);
    const cases: [Parameters<Reports["runs"]>[0], number, string[]][] = [
      [{}, 1, ["at-work"]],
      [{}, Infinity, ["at-work", RUN, "other"]],
      [{ statuses: ["failed"] }, 10, ["at-work", RUN]],
      [{ tickers: ["C"] }, 10, [RUN]],
      [{ sources: ["yahoo"] }, 10, ["other"]],
      [{ since: at(2) }, 10, ["at-work", "other"]],
      [{ until: at(2) }, 10, [RUN]],
      [{ tickers: ["NONE"] }, 10, []],
    ];
    for (const [filter, limit, expected] of cases) {
      const found = await reports.runs(filter, limit);
      assertEquals(found.map(({ run_id }) => run_id), expected, JSON.stringify(filter));
      const again = found.find(({ run_id }) => run_id === RUN);
      if (again !== undefined) assertEquals(again, whole);
    }
  });

  test("a job that met a lock names who had it meanwhile", async ({ reports, log }) => {
    await log([
      { startedAt: at(1, -20), finishedAt: at(1, -10) },
      { startedAt: at(1, -20), finishedAt: at(1, 3) },
      { startedAt: at(1, -20), finishedAt: at(1, 3), ticker: "VALE3.SA" },
      { startedAt: at(1), finishedAt: at(1, 5), lockAction: "waited", lockWaitedSeconds: 3.2 },
      { startedAt: at(1, 60), finishedAt: at(1, 61), lockAction: "busy", lockWaitedSeconds: 0 },
      { startedAt: at(1, 2), status: "running" },
    ]);
    const holders = async (number: number) =>
      (await reports.job(jobIdOf(number), MOST)).detail?.meanwhile.map(({ id }) => id);
    assertEquals([await holders(2), await holders(4), await holders(5)], [[], [6, 2], [6]]);
  });

  test("what follows the log sees each row when it begins and when it ends", async ({ reports, log, care }) => {
    await log([{ startedAt: at(1) }, { startedAt: at(2), status: "running" }]);
    await using all = await reports.follow({});
    await using failed = await reports.follow({ statuses: ["failed"] });
    assertEquals((await all.first(1)).map(({ id }) => id), [2]);
    assertEquals(await failed.first(0), []);
    assertEquals(await all.next(), []);
    await log([{ startedAt: at(3), status: "failed" }, { startedAt: at(4), status: "running" }]);
    assertEquals((await all.next()).map(({ id, status }) => [id, status]), [
      [3, "failed"],
      [4, "running"],
    ]);
    assertEquals((await failed.next()).map(({ id }) => id), [3]);
    assertEquals(await all.next(), []);
    // What is pruned has not ended.
    await care.prune({ before: at(2) });
    assertEquals([await all.next(), await failed.next()], [[], []]);
  });

  test("each ticker and source has its runs, failures, durations, waits, rejects, last day", async ({ reports, log, prices }) => {
    await log([
      { startedAt: at(1), finishedAt: at(1, 9), durationMs: 30, rejects: 2 },
      { startedAt: at(2), durationMs: 10, lockAction: "waited", lockWaitedSeconds: 1.5 },
      { startedAt: at(3), finishedAt: at(3, 9), durationMs: 20 },
      { startedAt: at(4), durationMs: 9000, status: "failed", rejects: 1 },
      { startedAt: at(5), status: "lock_timeout", lockAction: "timed_out", lockWaitedSeconds: 120 },
      { startedAt: at(6), status: "dry_run", rejects: 5 },
      { startedAt: at(7), status: "running" },
      { startedAt: at(8), status: "failed", ticker: null, source: "cotahist" },
      { startedAt: at(9), source: "locks" },
    ]);
    await prices("PETR4.SA", "csv", daysOf(2));
    await prices("PETR4.SA", "notebook", daysOf(2));
    await prices("VALE3.SA", "old", daysOf(1));
    const all = await reports.statistics({});
    assertEquals(all.map(({ ticker, source }) => [ticker, source]), [
      [null, "cotahist"],
      ["PETR4.SA", "csv"],
      ["PETR4.SA", "notebook"],
      ["VALE3.SA", "old"],
    ]);
    assertEquals(all[1], {
      ticker: "PETR4.SA",
      source: "csv",
      last_success_at: at(3, 9),
      last_day: "2024-01-02",
      whole_at: null,
      doubted: false,
      failures_in_a_row: 2,
      failing_since: at(4),
      error_code: "lock_timeout",
      error_message: null,
      runs: 5,
      failures: 2,
      failure_rate: 0.4,
      running: 1,
      median_ms: 20,
      p95_ms: 30,
      lock_waits: 2,
      lock_waited_seconds: 121.5,
      longest_wait_seconds: 120,
      rejects: 3,
      by_status: { dry_run: 1, failed: 1, lock_timeout: 1, running: 1, success: 3 },
    });
    const { runs, failure_rate, median_ms, last_day, last_success_at } = all[3] ?? {};
    assertEquals([runs, failure_rate, median_ms], [0, null, null]);
    assertEquals([last_day, last_success_at], ["2024-01-01", null]);
    const [since] = await reports.statistics({ since: at(3), sources: ["csv"] });
    assertEquals([since?.runs, since?.failures, since?.lock_waits], [3, 2, 1]);
    const [vale, ...more] = await reports.statistics({ tickers: ["VALE3.SA"] });
    assertEquals([vale?.source, more], ["old", []]);
    assertEquals(await reports.statistics({ tickers: ["NONE"] }), []);
  });

  test("health: the newest run of each source, runs asked for, what runs without its lock", async ({ reports, log, folder, hold }) => {
    await log([
      { startedAt: at(1), runId: "old", status: "failed" },
      { startedAt: at(2), runId: "new", ticker: "A" },
      {
        startedAt: at(2, 1),
        runId: "new",
        ticker: "B",
        status: "failed",
        errorCode: "http_429",
        errorMessage: "m",
      },
      { startedAt: at(3), finishedAt: at(3, 9), runId: "dry", status: "dry_run" },
      { startedAt: at(3), runId: "k", source: "kalshi", ticker: "C", status: "running" },
      { startedAt: at(3), runId: "k", source: "kalshi", ticker: "D", status: "running" },
    ]);
    await using _lock = await hold("D");
    const found = await reports.health({
      lockDir: folder,
      wanted: [{ source: "csv", tickers: ["A"] }, { source: "csv", tickers: ["NONE"] }],
    });
    assertEquals([found.empty, found.pending, found.collector], [false, [], null]);
    assertEquals(found.newestAt, at(3, 9));
    const [csv, kalshi] = found.lastRuns;
    assertEquals(csv, {
      runId: "new",
      source: "csv",
      startedAt: at(2),
      statuses: { failed: 1, success: 1 },
      error: "http_429: m",
    });
    assertEquals(kalshi?.statuses, { running: 2 });
    assertEquals(found.wanted.map((run) => run?.statuses), [{ success: 1 }, undefined]);
    assertEquals(found.running.map(({ ticker, locked }) => [ticker, locked]), [
      ["C", false],
      ["D", true],
    ]);
  });

  test("health: histories in doubt, but for those of tickers that are unknown", async ({ reports, log, folder }) => {
    const doubted = async () => {
      const found = await reports.health({ lockDir: folder });
      return found.doubted.map(({ ticker, history }) => `${ticker} ${history}`);
    };
    assertEquals(await doubted(), []);
    const [a, b] = ["A", "B"].map((ticker) => ({ startedAt: at(1), source: "yahoo", ticker }));
    await log([
      { ...a, history: "contradicted" },
      { ...a, history: "whole" },
      a!,
      { ...b, history: "whole" },
      { ...b, history: "unmended" },
      b!,
    ]);
    assertEquals(await doubted(), ["B unmended"]);
    await log([{ ...a, status: "failed", history: "contradicted" }]);
    assertEquals(await doubted(), ["A contradicted", "B unmended"]);
    await log([{ ...a, status: "failed", errorCode: "ticker_unknown" }]);
    assertEquals(await doubted(), ["B unmended"]);
  });

  test("names: tickers by their beginning, tables, columns", async ({ reports, log, prices }) => {
    await prices("PETR4.SA", "csv", daysOf(1));
    await prices("PETR3.SA", "yahoo", daysOf(1));
    await log([{ startedAt: at(1), ticker: "PETR9.SA" }]);
    const tickers = (start: string, source?: string) =>
      reports.names({ kind: "ticker", start, source }, LIMITS);
    assertEquals(await tickers("PETR"), ["PETR3.SA", "PETR4.SA", "PETR9.SA"]);
    assertEquals(await tickers("", "csv"), ["PETR4.SA", "PETR9.SA"]);
    assertEquals(await tickers("X"), []);
    const limited = async (limits: Partial<NameLimits>) =>
      (await reports.names({ kind: "ticker", start: "", source: undefined }, {
        ...LIMITS,
        ...limits,
      })).length;
    for (const names of [0, 1, 2, 3]) assertEquals(await limited({ names }), names);
    // A time that is over before the search begins.
    assertEquals(await limited({ ms: -1 }), 0);
    assert((await reports.names({ kind: "table" }, LIMITS)).includes("ingest_logs"));
    assert((await reports.names({ kind: "column", table: "prices" }, LIMITS)).includes("close"));
    const none = () => reports.names({ kind: "column", table: "price" }, LIMITS);
    assertEquals((await assertRejects(none, UsageError)).code, "unknown_table");
  });

  test("a database with an older schema tells its names and its health, and no more", async (scene) => {
    const { reports, care, log, prices } = scene;
    await prices("PETR4.SA", "csv", daysOf(1));
    await log([{ startedAt: at(1), ticker: "PETR9.SA", source: "yahoo" }]);
    const newest = (await care.migrations()).length;
    await care.migrate(1);
    if (newest > 1) await assertRefused(reports, "db_schema_old");
    const tickers = (start: string, source?: string) =>
      reports.names({ kind: "ticker", start, source }, LIMITS);
    assertEquals(await tickers("PETR"), ["PETR4.SA", "PETR9.SA"]);
    assertEquals(await tickers("", "yahoo"), ["PETR9.SA"]);
    assert((await reports.names({ kind: "table" }, LIMITS)).includes("ingest_logs"));
    assert((await reports.names({ kind: "column", table: "prices" }, LIMITS)).includes("close"));
    const { empty, schemaVersion, pending, lastRuns } = await reports.health({
      lockDir: scene.folder,
    });
    assertEquals([empty, schemaVersion, pending.length], [false, 1, newest - 1]);
    assertEquals(lastRuns.find(({ source }) => source === "yahoo")?.statuses, { success: 1 });

    await care.migrate(0);
    await assertRefused(reports, "db_empty");
    assertEquals(await tickers(""), []);
    assertEquals((await reports.health({ lockDir: scene.folder })).empty, true);
    // What was refused is read as soon as it can be.
    await care.migrate("newest");
    assertEquals(await reports.logs({}, { limit: 1 }), []);
  });

  const { missing } = engine;
  if (missing !== undefined) {
    Deno.test(`${engine.name}: a database that is not there is told, and not made`, async () => {
      await using scene = await missing();
      await assertRefused(scene.reports, "db_not_found", [
        ...READS,
        (reports) => reports.health({ lockDir: scene.folder }),
        (reports) => reports.names({ kind: "table" }, LIMITS),
        () => scene.care.info(),
      ]);
      assert(/^\d+\.\d+/.test(await scene.reports.engineVersion()));
    });
  }

  test("what is disposed of can be read again, and nothing is kept open", async ({ reports, care, log }) => {
    await log([{ startedAt: at(1) }]);
    assertEquals((await reports.logs({}, { limit: 2 })).length, 1);
    await reports[Symbol.asyncDispose]();
    await reports[Symbol.asyncDispose]();
    await care[Symbol.asyncDispose]();
    assertEquals((await reports.logs({}, { limit: 2 })).length, 1);
  });
}
