import { assert, assertEquals, assertMatch } from "../assert.ts";
import { assertNothingHalf, manyTickers, tickersIn } from "./bulk.ts";
import { assertAllFree, statusOf, untilWaitingInKernel } from "./lock_tools.ts";
import {
  logLines,
  type Outcome,
  problemAndRemedy,
  type Running,
  SAMPLE,
  SAMPLE_TICKERS,
} from "./program.ts";
import { reportOf } from "./report_json.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

const INGEST = ["--source", "cotahist", "--file", SAMPLE];
const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const;

/** Fails unless a run ended in order because of a signal, with everything as the log says. */
function assertInterrupted(space: Workspace, outcome: Outcome, name: string, code: number): void {
  assertEquals([outcome.code, outcome.signal], [code, null], outcome.stderr);
  assertEquals(reportOf(outcome.stdout).exit_code, code);
  const error = logLines(outcome.stderr).at(-1);
  assertEquals(error?.level, "ERROR");
  assertMatch(
    problemAndRemedy(error),
    new RegExp(`^stopped by ${name}( \\(\\d+ times\\))? Try: Start it again `),
  );
  assertEquals(space.value("PRAGMA integrity_check"), "ok");
  assertEquals(space.logs().filter(({ status }) => status === "running"), []);
}

/** The rows of a run, as ticker, status and code. */
function rowsOf(space: Workspace, { pid }: Running): unknown[] {
  return space.logs().filter((row) => row.pid === pid)
    .map(({ ticker, status, error_code }) => [ticker, status, error_code]);
}

for (const [name, code] of SIGNALS) {
  testNeeding(
    "signals",
    `${name} while the job lock is waited for: ${code}, the run's row is interrupted`,
    async () => {
      await using space = await Workspace.create();
      using held = space.hold(".job_running");
      await using running = space.start([...INGEST, "--job-lock", "--json"]);
      await running.says("another run holds the job lock");
      await untilWaitingInKernel(running.pid);
      running.kill(name);
      assertInterrupted(space, await running.outcome(), name, code);
      assertEquals(rowsOf(space, running), [[null, "interrupted", "interrupted"]]);
      assertEquals(space.prices(), []);
      assertEquals((await statusOf(space, ".job_running")).state, "held");
      held.release();
      await assertAllFree(space);
    },
  );

  testNeeding(
    "signals",
    `${name} while tickers wait in the kernel: ${code}, their rows are interrupted`,
    async () => {
      await using space = await Workspace.create();
      const [first = "", second = "", ...others] = SAMPLE_TICKERS;
      using one = space.hold(first);
      using two = space.hold(second);
      await using running = space.start([...INGEST, "--json"]);
      await running.says(`waiting for ${second}`);
      await waitFor("the others", () => space.prices().length === 60);
      await untilWaitingInKernel(running.pid);
      running.kill(name);
      const outcome = await running.outcome();
      assertInterrupted(space, outcome, name, code);
      assertEquals(reportOf(outcome.stdout).totals.by_status, { interrupted: 2, success: 6 });
      assertEquals(rowsOf(space, running).sort(), [
        [first, "interrupted", "interrupted"],
        [second, "interrupted", "interrupted"],
        ...others.map((ticker) => [ticker, "success", null]),
      ]);
      one.release();
      two.release();
      await assertAllFree(space);
    },
  );

  testNeeding(
    "signals",
    `${name} while a file is read: ${code}, and nothing of it is in`,
    async () => {
      for (const tickers of [["--ticker", "PETR4.SA"], []]) {
        await using space = await Workspace.create();
        // Reading it takes a second and more.
        const lines = "2024-01-02,PETR4.SA,1.25\n".repeat(800_000);
        const file = space.write("big.csv", `date,ticker,close\n${lines}`);
        const args = ["--source", "csv", "--file", file, ...tickers, "--job-lock", "--json"];
        await using running = space.start(args);
        // The job lock is the last thing that comes before.
        await waitFor("the job lock", () => space.holderPid(".job_running") === running.pid);
        running.kill(name);
        const outcome = await running.outcome();
        assertInterrupted(space, outcome, name, code);
        const ticker = tickers[1] ?? null;
        assertEquals(rowsOf(space, running), [[ticker, "interrupted", "interrupted"]]);
        assertEquals(space.prices(), []);
        await assertAllFree(space);
      }
    },
  );

  testNeeding(
    "signals",
    `${name} while tickers are written: ${code}, each is in whole or not at all`,
    async () => {
      const [TICKERS, DAYS] = [400, 60];
      await using space = await Workspace.create();
      const args = await manyTickers(space, TICKERS, DAYS);
      assertEquals((await space.ingest([...args, "--ticker", "EXMB4.SA"])).code, 0);
      // It cannot come to its end before the signal: its first ticker has to be waited for.
      using held = space.hold("EXMA3.SA");
      await using running = space.start([...args, "--job-lock", "--json"]);
      await waitFor("some tickers", () => tickersIn(space) >= 10);
      running.kill(name);
      const outcome = await running.outcome();
      assertInterrupted(space, outcome, name, code);

      const report = reportOf(outcome.stdout);
      assertEquals(report.tickers.length + report.not_started, TICKERS);
      for (const { status } of report.tickers) {
        assertMatch(status, /^(success|interrupted)$/);
      }
      assertEquals(rowsOf(space, running).length, report.tickers.length);
      assertEquals(
        space.logs("EXMA3.SA").map(({ status, lock_action }) => [status, lock_action]),
        [["interrupted", null]],
      );
      assertNothingHalf(space.db, DAYS);
      held.release();
      await assertAllFree(space);

      // The next run goes on where this one was stopped.
      assertEquals((await space.ingest(args)).code, 0);
      assertEquals(space.value("SELECT count(*) FROM prices"), TICKERS * DAYS);
    },
  );
}

/** Starts a run that waits for every ticker of the sample, all of which the test has locked. */
async function startWaitingForAll(space: Workspace): Promise<[Running, Disposable]> {
  assertEquals((await space.cotahist(SAMPLE, "--to", "2024-01-02")).code, 0);
  const held = new DisposableStack();
  for (const ticker of SAMPLE_TICKERS) held.use(space.hold(ticker));
  const running = space.start([...INGEST, "--json"]);
  for (const ticker of SAMPLE_TICKERS) await running.says(`waiting for ${ticker}`);
  return [running, held];
}

testNeeding(
  "signals",
  "two signals of one moment are one: a group and a parent that passes it on",
  async () => {
    await using space = await Workspace.create();
    const [started, held] = await startWaitingForAll(space);
    using _held = held;
    await using running = started;
    // Both are there when it looks.
    running.kill("SIGSTOP");
    running.kill("SIGINT");
    running.kill("SIGTERM");
    running.kill("SIGCONT");
    const outcome = await running.outcome();
    assert([130, 143].includes(outcome.code), outcome.stderr);
    assertEquals(
      rowsOf(space, running).sort(),
      SAMPLE_TICKERS.map((ticker) => [ticker, "interrupted", "interrupted"]),
    );
  },
);

testNeeding(
  "signals",
  "a second signal ends the run at once, and the database is as it was",
  async () => {
    await using space = await Workspace.create();
    const [started, held] = await startWaitingForAll(space);
    await using running = started;
    const before = space.prices();
    {
      using _held = held;
      // After the first signal it has a row to write for each ticker, and the database is taken: for
      // each it is patient for a second, in which it sees nothing else.
      using _writing = space.holdDatabase();
      running.kill("SIGINT");
      let signals = 0;
      await waitFor("the end", () => {
        if (!running.alive) return true;
        try {
          running.kill("SIGTERM");
        } catch (error) {
          // It ended between the look and the signal.
          assert(error instanceof TypeError, String(error));
          return true;
        }
        signals++;
        return false;
      });
      assert(signals > 0);
      // With the code of the second, and without the report of an orderly end.
      const { code, signal, stdout } = await running.outcome();
      assertEquals({ code, signal, stdout }, { code: 143, signal: null, stdout: "" });
    }
    assertEquals(rowsOf(space, running), []);
    assertEquals(space.prices(), before);
    assertEquals(space.value("PRAGMA integrity_check"), "ok");
    await assertAllFree(space);
    assertEquals((await space.cotahist(SAMPLE)).code, 0);
    assertEquals(space.prices().length, 80);
  },
);

testNeeding("signals", "a dry run that is stopped leaves nothing but lock files", async () => {
  await using space = await Workspace.create();
  using _held = space.hold("EXMA3.SA");
  await using running = space.start([...INGEST, "--job-lock", "--dry-run"]);
  await running.says("waiting for EXMA3.SA");
  running.kill("SIGTERM");
  assertEquals((await running.outcome()).code, 143);
  assertEquals(space.names(), ["locks"]);
  assertEquals((await statusOf(space, ".job_running")).stale, false);
});

testNeeding(
  "signals",
  "SIGHUP ends a run under nohup in order as well: that it is ignored cannot be seen",
  async () => {
    await using space = await Workspace.create();
    using held = space.hold("EXMA3.SA");
    const args = [...INGEST, "--ticker", "EXMA3.SA", "--json"];
    await using running = space.start(args, { prefix: ["nohup"] });
    await running.says("waiting for EXMA3.SA");
    running.kill("SIGHUP");
    assertInterrupted(space, await running.outcome(), "SIGHUP", 129);
    assertEquals(rowsOf(space, running), [["EXMA3.SA", "interrupted", "interrupted"]]);
    held.release();
  },
);
