import { assert, assertEquals, assertHas, assertMatch } from "../assert.ts";
import { assertNothingHalf, manyTickers, tickersIn } from "./bulk.ts";
import { assertKilled, logLines, SAMPLE } from "./program.ts";
import { reportOf } from "./report_json.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

const TICKERS = 400;
const DAYS = 60;

Deno.test("SIGKILL inside a write transaction: nothing of it stays, the next run heals", async () => {
  await using space = await Workspace.create();
  const args = await manyTickers(space, 6, 30);
  assertEquals((await space.here([...args, "--ticker", "EXMA3.SA"])).code, 0);
  // The 17th row of the third ticker takes for ever to write: the program is caught right there.
  const day = space.value("SELECT date FROM prices ORDER BY date LIMIT 1 OFFSET 16");
  space.execute(
    `CREATE VIEW endless AS
       WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
       SELECT n FROM numbers;
     CREATE TRIGGER hang BEFORE INSERT ON prices
       WHEN new.ticker = 'EXMC3.SA' AND new.date = '${day}'
       BEGIN SELECT count(*) FROM endless; END;`,
  );
  await using running = space.start(args);
  // What is written after the second ticker is the third.
  await waitFor(
    "the second ticker and the claim on the third",
    () =>
      space.logs("EXMB4.SA")[0]?.status === "success" &&
      space.logs("EXMC3.SA")[0]?.status === "running",
  );
  await waitFor("the third ticker's write transaction", () => space.isBeingWritten());
  running.kill("SIGKILL");
  assertKilled(await running.outcome());

  await space.untilFree("EXMC3.SA");
  assertEquals(
    space.query("SELECT ticker, count(*) FROM prices GROUP BY ticker").map(Object.values),
    [["EXMA3.SA", 30], ["EXMB4.SA", 30]],
  );
  assertEquals(space.logs("EXMC3.SA").map(({ status }) => status), ["running"]);
  const claimed = space.logs().filter(({ status }) => status === "running").map(({ id }) => id);
  assertNothingHalf(space.db, 30);

  space.execute("DROP TRIGGER hang; DROP VIEW endless;");
  const again = await space.ingest(args);
  assertEquals(again.code, 0);
  for (const { level, message } of logLines(again.stderr)) {
    assertEquals(level, "WARN");
    assertMatch(String(message), /^EXM[C-F][34]\.SA: .* abandoned$/);
  }
  // It may have claimed more tickers than the one that it was writing.
  for (const id of claimed) {
    const row = space.logs().find((each) => each.id === id);
    assertEquals([row?.status, row?.error_code], ["abandoned", "abandoned"], row?.ticker ?? "");
    assert(row?.finished_at !== null);
    assertEquals(space.logs(row?.ticker ?? "").map(({ status }) => status), [
      "abandoned",
      "success",
    ]);
  }
  const healed = space.logs("EXMC3.SA").at(-1);
  assertEquals([healed?.lock_action, healed?.rows_inserted], ["acquired", 30]);
  assertEquals(space.prices().length, 180);
  assertNothingHalf(space.db, 30);
});

Deno.test("SIGKILL at any moment: every ticker whole or not at all, and the next run goes on", async () => {
  await using space = await Workspace.create();
  const args = await manyTickers(space, TICKERS, DAYS);
  // It cannot come to its end before it is killed: the first ticker has to be waited for.
  using held = space.hold("EXMA3.SA");
  let done = 0;
  for (const further of [1, 60, 140]) {
    await using running = space.start(args);
    const wanted = done + further;
    await waitFor(`${wanted} tickers`, () => tickersIn(space) >= wanted);
    running.kill("SIGKILL");
    assertKilled(await running.outcome());
    done = assertNothingHalf(space.db, DAYS);
  }
  held.release();
  assertEquals((await space.ingest(args)).code, 0);
  assertNothingHalf(space.db, DAYS);
  assertEquals(space.value("SELECT count(*) FROM prices"), TICKERS * DAYS);
  assertEquals(space.value("SELECT count(*) FROM ingest_logs WHERE status = 'running'"), 0);
});

Deno.test("SIGKILL while a lock is waited for leaves nothing behind", async () => {
  await using space = await Workspace.create();
  using held = space.hold("EXMC3.SA");
  await using running = space.start(["--source", "cotahist", "--file", SAMPLE]);
  await running.says("waiting for EXMC3.SA");
  await waitFor("the other tickers", () => space.hasDatabase() && space.prices().length === 70);
  running.kill("SIGKILL");
  await running.outcome();
  held.release();
  await space.untilFree("EXMC3.SA");
  assertEquals(space.logs("EXMC3.SA"), []);
  assertEquals((await space.cotahist(SAMPLE)).code, 0);
  assertEquals(space.prices().length, 80);
  assertEquals(space.logs("EXMC3.SA").map(({ status }) => status), ["success"]);
});

for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  testNeeding(
    "signals",
    `${signal} while a lock is waited for: exit ${code}, the row is interrupted`,
    async () => {
      await using space = await Workspace.create();
      using _held = space.hold("EXMC3.SA");
      await using running = space.start(["--source", "cotahist", "--file", SAMPLE, "--json"]);
      await running.says("waiting for EXMC3.SA");
      await waitFor("the other tickers", () => space.hasDatabase() && space.prices().length === 70);
      running.kill(signal);
      const outcome = await running.outcome();
      assertEquals([outcome.code, outcome.signal], [code, null]);
      const report = reportOf(outcome.stdout);
      assertEquals(report.exit_code, code);
      assertEquals(report.totals.by_status, { success: 7, interrupted: 1 });
      const [row, ...more] = space.logs("EXMC3.SA");
      assertHas(row, { status: "interrupted", error_code: "interrupted", lock_action: null });
      assertEquals(more.length, 0);
      assertEquals(logLines(outcome.stderr).at(-1)?.level, "ERROR");
      assertEquals(space.prices().length, 70);
    },
  );
}

testNeeding(
  "signals",
  "SIGTERM in the middle of the work: what is done stays, the rest is not started",
  async () => {
    await using space = await Workspace.create();
    const args = await manyTickers(space, TICKERS, DAYS);
    assertEquals((await space.ingest([...args, "--ticker", "EXMA3.SA"])).code, 0);
    // The signal arrives while the first ticker waits for the database.
    const writing = space.holdDatabase();
    await using running = space.start([...args, "--json"]);
    try {
      await waitFor("the first lock", () => space.holderPid("EXMA3.SA") === running.pid);
      running.kill("SIGTERM");
    } finally {
      writing[Symbol.dispose]();
    }
    const outcome = await running.outcome();
    assertEquals([outcome.code, outcome.signal], [143, null]);
    const report = reportOf(outcome.stdout);
    assert(report.not_started > 0);
    const reached = report.tickers.filter(({ ticker }) => ticker !== null);
    assertEquals(reached.length + report.not_started, TICKERS);
    for (const { status } of report.tickers) assert(["success", "interrupted"].includes(status));
    assertNothingHalf(space.db, DAYS);
    assertEquals(space.value("SELECT count(*) FROM ingest_logs WHERE status = 'running'"), 0);
    assert(space.isFree("EXMA3.SA"));
  },
);
