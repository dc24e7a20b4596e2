import { InterruptedError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertHas, assertMatch } from "../assert.ts";
import { Workspace } from "../e2e/workspace.ts";
import { fakeSource, type FakeTicker, price, reject } from "./fake_source.ts";
import { logOutline, outline, run } from "./outline.ts";

Deno.test("every ticker has its own result, log row and data; what is kept for it goes", async () => {
  await using space = await Workspace.create();
  const source = fakeSource({
    "B": { prices: [price("2024-01-02", 2), price("2024-01-03", 3), price("2024-01-02", 2)] },
    "A": { prices: [price("2024-01-02", 1, { source: "other", volume: 5 })] },
  });
  const progress: number[] = [];
  const report = await run(space, source, {
    command: "a test",
    onProgress: (each) => void (each.phase === "writing" && progress.push(each.rows)),
  });
  assertHas(report, { exitCode: 0, notStarted: 0, source: "fake" });
  assertEquals(outline(report), [["A", "success", null], ["B", "success", null]]);
  const [, b] = report.results;
  assertHas(b, { rowsFetched: 3, rowsInserted: 2, rowsUnchanged: 1 });
  assertEquals(source.fetched, ["A", "B"]);
  assertEquals([...new Set(source.forgotten)].sort(), ["A", "B"]);
  assertEquals(source.disposed, 1);
  assertEquals(progress, [1, 4]);
  assertEquals(
    space.prices().map((row) => [row.ticker, row.date, row.source, row.close, row.ingest_id]),
    [
      ["A", "2024-01-02", "other", 1, 1],
      ["B", "2024-01-02", "fake", 2, 2],
      ["B", "2024-01-03", "fake", 3, 2],
    ],
  );
  for (const row of space.logs()) {
    assertHas(row, { run_id: report.runId, command: "a test", pid: Deno.pid });
  }
});

Deno.test("a claim that is lost while it fetches: nothing is written, the row stays abandoned", async () => {
  await using space = await Workspace.create();
  await run(space, fakeSource({ A: { prices: [price("2024-01-02", 1)] } }));
  const revoke = (): void =>
    space.execute(
      `UPDATE ingest_logs SET status = 'abandoned', finished_at = '2024-01-01T00:00:00.000Z',
         error_code = 'revoked' WHERE status = 'running' AND ticker = 'A'`,
    );
  const rows = [price("2024-01-02", 7), price("2024-01-03", 8)];
  const report = await run(
    space,
    fakeSource({ A: { before: revoke, prices: rows, rejects: [reject(3, "bad_date")] } }),
  );
  assertEquals([report.exitCode, outline(report)], [1, [["A", "abandoned", "revoked"]]]);
  assertEquals(report.results[0]?.rejectsLost, true);
  assertMatch(report.results[0]?.error?.hint ?? "", /tickerlock logs --source locks/);
  assertEquals(space.prices().map(({ date, close }) => [date, close]), [["2024-01-02", 1]]);
  assertEquals(logOutline(space), [["A", "success", null], ["A", "abandoned", "revoked"]]);
  assertEquals(space.value("SELECT count(*) FROM ingest_rejects"), 0);
});

Deno.test("an abort rolls back the ticker at work, and the others are not begun", async () => {
  const signals = [["SIGTERM", 143], ["SIGINT", 130]] as const;
  for (const [signal, exitCode] of signals) {
    await using space = await Workspace.create();
    const controller = new AbortController();
    const reason = new InterruptedError(`stopped by ${signal}`, { details: { signal } });
    const tickers: Record<string, FakeTicker> = {};
    for (let i = 10; i < 50; i++) tickers[`T${i}`] = {};
    tickers.T11 = { before: () => controller.abort(reason) };
    const source = fakeSource(tickers);
    const report = await run(space, source, { signal: controller.signal });
    assertEquals(report.exitCode, exitCode);
    assertEquals(source.fetched, ["T10", "T11"]);
    assertEquals(outline(report).slice(0, 2), [
      ["T10", "success", null],
      ["T11", "interrupted", "interrupted"],
    ]);
    for (const { status } of report.results.slice(1)) assertEquals(status, "interrupted");
    assert(report.notStarted > 0);
    assertEquals(report.results.length + report.notStarted, 40);
    assertEquals(logOutline(space).sort(), outline(report));
    assertEquals(space.prices().map(({ ticker }) => ticker), ["T10"]);
    for (const { ticker } of report.results) assert(space.isFree(ticker ?? ""));
  }
});

Deno.test("an abort of the caller's own kind is an interruption, not a bug", async () => {
  await using space = await Workspace.create();
  const controller = new AbortController();
  const source = fakeSource({ A: {}, B: { before: () => controller.abort() }, C: {} });
  const report = await run(space, source, { signal: controller.signal });
  assertEquals(report.exitCode, 130);
  assertEquals(outline(report).slice(0, 2), [
    ["A", "success", null],
    ["B", "interrupted", "interrupted"],
  ]);
  const before = await run(space, source, { signal: AbortSignal.abort("enough") });
  assertEquals([before.exitCode, before.notStarted], [130, 3]);
  assertEquals(outline(before), [[null, "interrupted", "interrupted"]]);
  const throwing = fakeSource({}, {
    onOpen: () => {
      throw new InterruptedError("stopped while reading");
    },
  });
  const reading = await run(space, throwing, { tickers: ["A"] });
  assertEquals(outline(reading), [["A", "interrupted", "interrupted"]]);
});

Deno.test("a ticker without a valid row fails, its rows are kept with their reasons", async () => {
  await using space = await Workspace.create();
  const report = await run(
    space,
    fakeSource({
      A: {
        prices: [price("2024-01-03", 1, { high: 1, low: 2 }), price("2999-01-01", 1)],
        rejects: [reject(2, "bad_number")],
      },
    }),
  );
  assertEquals([report.exitCode, outline(report)], [1, [["A", "failed", "no_valid_rows"]]]);
  assertEquals([report.results[0]?.rowsFetched, report.results[0]?.rowsRejected], [3, 3]);
  assertEquals(logOutline(space), outline(report));
  assertEquals(
    space.query("SELECT code, date FROM ingest_rejects ORDER BY id").map(Object.values),
    [["bad_number", null], ["high_below_low", "2024-01-03"], ["date_in_future", "2999-01-01"]],
  );
  assertEquals(space.prices(), []);
});

Deno.test("rejects are stored with line and reason, and a bad row leaves a good one alone", async () => {
  await using space = await Workspace.create();
  await run(space, fakeSource({ A: { prices: [price("2024-01-02", 1)] } }));
  const bad = [price("2024-01-02", NaN), price("2024-01-03", 2), price("2024-01-04", 0)];
  const report = await run(
    space,
    fakeSource({ A: { prices: bad, rejects: [reject(5, "bad_date"), reject(9, "bad_number")] } }),
    { maxRejected: 0.8 },
  );
  assertEquals(report.exitCode, 0);
  const [a] = report.results;
  assertHas(a, { rowsFetched: 5, rowsInserted: 1, rowsRejected: 4 });
  const rejects = space.query(
    "SELECT ingest_id, ticker, source, origin, line, code, reason, raw FROM ingest_rejects ORDER BY id",
  );
  const from = [2, "A", "fake", "fake.csv"];
  assertEquals(rejects.slice(0, 2).map(Object.values), [
    [...from, 5, "bad_date", "line 5 is refused because of bad_date", "raw"],
    [...from, 9, "bad_number", "line 9 is refused because of bad_number", "raw"],
  ]);
  assertEquals(rejects.slice(2).map(({ code }) => code), ["not_finite", "zero_close"]);
  assertEquals(
    space.prices().map(({ date, close, ingest_id }) => [date, close, ingest_id]),
    [["2024-01-02", 1, 1], ["2024-01-03", 2, 2]],
  );
});

Deno.test("a dry run makes no database, and writes nothing but log rows into one", async () => {
  await using space = await Workspace.create();
  const rows = [price("2024-01-02", 1), price("2024-01-03", 2)];
  const source = fakeSource({ A: { prices: rows, rejects: [reject(4, "bad_date")] } });
  const first = await run(space, source, { dryRun: true });
  assertEquals([first.exitCode, outline(first)], [0, [["A", "dry_run", null]]]);
  assertEquals([first.results[0]?.rowsInserted, first.results[0]?.rowsRejected], [2, 1]);
  assertEquals(space.names(), ["locks"]);

  await run(space, fakeSource({ A: { prices: [price("2024-01-02", 5)] } }));
  const before = space.prices();
  const second = await run(space, source, { dryRun: true });
  const [a] = second.results;
  assertHas(a, { rowsInserted: 1, rowsUpdated: 1, rowsUnchanged: 0 });
  assertEquals(space.prices(), before);
  assertEquals(logOutline(space), [["A", "success", null], ["A", "dry_run", null]]);
  assertEquals(space.value("SELECT count(*) FROM ingest_rejects"), 0);
});

Deno.test("a day that two batches give is judged once: the later one is stored", async () => {
  await using space = await Workspace.create();
  const source = fakeSource({ A: {} }, {
    async *fetch() {
      yield await Promise.resolve({ prices: [price("2024-01-02", 1)], rejects: [] });
      yield { prices: [price("2024-01-02", 2), price("2024-01-03", 2)], rejects: [] };
    },
  });
  const { results } = await run(space, source);
  assertHas(results[0], { rowsFetched: 3, rowsInserted: 2, rowsRejected: 1 });
  assertEquals(
    space.query("SELECT date, close FROM prices ORDER BY date").map((each) => ({ ...each })),
    [{ date: "2024-01-02", close: 2 }, { date: "2024-01-03", close: 2 }],
  );
  assertEquals(space.value("SELECT code FROM ingest_rejects"), "superseded");
});
