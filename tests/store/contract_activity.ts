/**
 * What every engine promises of `Activity`.
 *
 * @module
 */
import type { TotalsBy } from "../../src/store/activity.ts";
import { assertEquals } from "../assert.ts";
import { at, type Engine, testOf } from "./contract_reports.ts";
import { daysOf, jobIdOf, type Logged } from "./rows.ts";

const [ONE, TWO] = ["0190f000-0000-7000-9000-000000000001", "0190f000-0000-7000-9000-000000000002"];

/** Rows of two runs: one on the first day, one on the second. */
const LOGGED: readonly Logged[] = [
  { startedAt: at(1), finishedAt: at(1, 2), runId: ONE, durationMs: 2000, rowsInserted: 3 },
  {
    ...{ startedAt: at(1, 1), finishedAt: at(1, 9), runId: ONE, ticker: "VALE3.SA" },
    ...{ status: "failed", errorCode: "rate_limited", errorMessage: "asked too often" },
  },
  {
    ...{ startedAt: at(2), finishedAt: at(2, 5), runId: TWO, source: "yahoo", durationMs: 10 },
    ...{ lockAction: "waited", lockWaitedSeconds: 1.5, rowsUpdated: 2 },
  },
  {
    ...{ startedAt: at(2, 61), finishedAt: at(2, 62), runId: TWO, ticker: "VALE3.SA" },
    ...{ status: "failed", errorCode: "rate_limited", errorMessage: "asked again" },
  },
  { startedAt: at(2, 70), runId: TWO, ticker: "ABEV3.SA", status: "lock_busy" },
  { startedAt: at(2, 71), runId: TWO, ticker: "WEGE3.SA", status: "running" },
  { startedAt: at(2, 72), source: "locks" },
];

/** Registers the tests of an engine. */
export function testActivity(engine: Engine): void {
  const test = testOf(engine);

  test("totals: by source, by run and by day, of the jobs that fit", async ({ reports, log }) => {
    await log(LOGGED);
    const totals = async (by: TotalsBy, since: string | null = null) =>
      (await reports.totals({ since }, by)).map((each) => [
        ...[each.key, each.first_at, each.tickers, each.runs, each.failures],
        ...[each.running, each.median_ms, each.lock_waited_seconds, each.last_success_at],
      ]);
    assertEquals(await totals("source"), [
      ["csv", at(1), 4, 4, 3, 1, 2000, 0, at(1, 2)],
      ["yahoo", at(2), 1, 1, 0, 0, 10, 1.5, at(2, 5)],
    ]);
    assertEquals(await totals("run"), [
      [TWO, at(2), 4, 3, 2, 1, 10, 1.5, at(2, 5)],
      [ONE, at(1), 2, 2, 1, 0, 2000, 0, at(1, 2)],
    ]);
    assertEquals((await totals("day")).map(([key, , tickers]) => [key, tickers]), [
      ["2026-11-02", 4],
      ["2026-11-01", 2],
    ]);
    assertEquals((await totals("day", at(2))).length, 1);
  });

  test("statistics tell how often a pair has failed since it last did not, and why", async ({ reports, log }) => {
    const failing = async () =>
      (await reports.statistics({})).filter((each) => each.failures_in_a_row > 0).map((each) => [
        ...[each.ticker, each.failures_in_a_row, each.failing_since],
        ...[each.error_code, each.error_message],
      ]);
    await log(LOGGED);
    const busy = ["ABEV3.SA", 1, at(2, 70), "lock_busy", null];
    assertEquals(await failing(), [
      busy,
      ["VALE3.SA", 2, at(1, 1), "rate_limited", "asked again"],
    ]);
    const trial = { startedAt: at(3), ticker: "VALE3.SA", status: "dry_run" } as const;
    await log([trial, { ...trial, ticker: null, status: "failed", errorCode: "no_input" }]);
    assertEquals((await failing()).map(([ticker, n]) => [ticker, n]), [
      [null, 1],
      ["ABEV3.SA", 1],
      ["VALE3.SA", 2],
    ]);
    await log([{ ...trial, status: "skipped" }, { ...trial, ticker: null, status: "success" }]);
    assertEquals(await failing(), [busy]);
    // A file that was not there is over with the next run that brings something in, not with the same.
    const lost = { ...trial, ticker: null, status: "failed", errorCode: "file_not_found" } as const;
    const good = { startedAt: at(3), ticker: "VALE3.SA" };
    const names = async () => (await failing()).map(([ticker]) => ticker);
    await log([{ ...lost, runId: ONE }, { ...good, runId: ONE }]);
    assertEquals(await names(), [null, "ABEV3.SA"]);
    await log([{ ...good, runId: TWO, source: "yahoo" }, {
      ...good,
      runId: TWO,
      status: "failed",
    }]);
    assertEquals(await names(), [null, "ABEV3.SA", "VALE3.SA"]);
    await log([{ ...good, runId: TWO }]);
    assertEquals(await failing(), [busy]);
  });

  test("failures come by code, the most frequent first, with the newest of each", async ({ reports, log }) => {
    await log([...LOGGED, { startedAt: at(3), ticker: null, status: "failed", runId: TWO }]);
    assertEquals(await reports.failures({ statuses: [] }), [
      {
        ...{ code: "rate_limited", jobs: 2, runs: 2, tickers: ["VALE3.SA"], source: "csv" },
        ...{ job_id: jobIdOf(4), newest_at: at(2, 61), message: "asked again" },
      },
      {
        ...{ code: "failed", jobs: 1, runs: 1, tickers: [], source: "csv" },
        ...{ job_id: jobIdOf(8), newest_at: at(3), message: null },
      },
      {
        ...{ code: "lock_busy", jobs: 1, runs: 1, tickers: ["ABEV3.SA"], source: "csv" },
        ...{ job_id: jobIdOf(5), newest_at: at(2, 70), message: null },
      },
    ]);
    assertEquals((await reports.failures({ since: at(2, 62) })).map(({ code }) => code), [
      "failed",
      "lock_busy",
    ]);
    const ids = async (...codes: string[]) =>
      (await reports.logs({ codes }, { limit: 10 })).map(({ id }) => id);
    assertEquals(await ids("rate_limited", "lock_busy"), [5, 4, 2]);
    assertEquals(await ids("failed"), [8]);
  });

  test("activity: jobs of a command that began in one minute are one row", async ({ reports, log }) => {
    await log(LOGGED);
    const rows = await reports.activity({ since: at(1) });
    const command = rows[0]?.command ?? "";
    assertEquals(rows, [
      {
        ...{ run_id: ONE, command, from: at(1), to: at(1, 9), jobs: 2, failures: 1, rows: 3 },
        waited: 0,
      },
      {
        ...{ run_id: TWO, command, from: at(2), to: at(2, 5), jobs: 1, failures: 0, rows: 2 },
        waited: 1.5,
      },
      {
        ...{ run_id: TWO, command, from: at(2, 61), to: null, jobs: 3, failures: 2, rows: 0 },
        waited: 0,
      },
    ]);
    assertEquals((await reports.activity({ since: at(2) })).length, 2);
  });

  test("recent days and charts are of the days from one on", async ({ reports, log, prices }) => {
    await log([{ startedAt: at(1), rejects: 2 }]);
    await prices("PETR4.SA", "yahoo", daysOf(4));
    await prices("PETR4.SA", "csv", daysOf(3));
    await prices("VALE3.SA", "csv", daysOf(2));
    const days = ["2024-01-03", "2024-01-04"];
    assertEquals(await reports.recent({ from: "2024-01-03" }), [
      { ticker: "PETR4.SA", source: "csv", days: days.slice(0, 1), closes: [3], refused: [] },
      { ticker: "PETR4.SA", source: "yahoo", days, closes: [3, 4], refused: [] },
    ]);
    const some = { from: "2024-01-02", tickers: ["PETR4.SA", "VALE3.SA"], sources: ["csv"] };
    assertEquals(
      (await reports.recent(some)).map((each) => [each.ticker, ...each.closes, ...each.refused]),
      [["PETR4.SA", 2, 3, "2024-01-02"], ["VALE3.SA", 2]],
    );
    assertEquals(await reports.chart("PETR4.SA", "csv", "2024-01-03"), {
      days: [{ date: "2024-01-03", raw: 3, adjusted: null, volume: null }],
      events: [],
    });
    assertEquals(await reports.chart("NONE", "csv", "2024-01-01"), { days: [], events: [] });
  });

  test("gaps from a day on are those of the whole history from that day on", async ({ reports, prices }) => {
    const without = (...left: number[]) => daysOf(40).filter((_, day) => !left.includes(day));
    await prices("PETR4.SA", "yahoo", without(1, 2, 3, 15, 16));
    await prices("PETR4.SA", "csv", daysOf(3));
    for (const [ticker, left] of [["A.L", [2, 17]], ["B.L", [17]], ["C.L", [17, 18]]] as const) {
      await prices(ticker, "yahoo", without(...left));
    }
    const all = await reports.gaps({});
    for (const from of ["2024-01-01", "2024-01-03", "2024-01-17", "2024-01-18", "2024-03-01"]) {
      const expected = all.map((each) => {
        const gaps = each.gaps.filter(({ to }) => to >= from);
        return gaps.reduce((sum, { sessions }) => sum + sessions, 0);
      });
      const found = await reports.gaps({ from });
      for (const each of found) {
        const whole = all.find(({ ticker, source }) =>
          ticker === each.ticker && source === each.source
        );
        const lastOf = (gaps: typeof each.gaps) =>
          gaps.filter(({ to }) => to >= from).map((gap) => gap.to);
        assertEquals(lastOf(each.gaps), lastOf(whole?.gaps ?? []), `${from} ${each.ticker}`);
      }
      assertEquals(found.length, expected.filter((sum) => sum > 0).length, from);
    }
  });
}
