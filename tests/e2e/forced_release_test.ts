import { userInfo } from "node:os";
import {
  assert,
  assertEquals,
  assertHas,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../assert.ts";
import { assertAllFree, locks, statusOf, untilWaitingInKernel } from "./lock_tools.ts";
import { logLines, problemAndRemedy } from "./program.ts";
import { reportOf } from "./report_json.ts";
import { plantUnfinished, StalledRun } from "./stalled_run.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

const DAYS = ["2024-01-02", "2024-01-03", "2024-01-04"];
const TICKERS = ["PETR4.SA", "VALE3.SA", "WEGE3.SA"];

/** Writes a CSV file in which every ticker closes at the same price every day. */
function csv(space: Workspace, name: string, tickers: readonly string[], close: number): string[] {
  const lines = tickers.flatMap((ticker) => DAYS.map((day) => `${day},${ticker},${close}`));
  return [
    "--source",
    "csv",
    "--file",
    space.write(name, `date,ticker,close\n${lines.join("\n")}\n`),
  ];
}

/** A workspace whose database has another ticker, and unfinished rows of those named. */
async function prepared(...unfinished: readonly string[]): Promise<Workspace> {
  const space = await Workspace.create();
  assertEquals((await space.ingest(csv(space, "base.csv", ["ABEV3.SA"], 9))).code, 0);
  for (const ticker of unfinished) plantUnfinished(space, ticker);
  return space;
}

/** What each ticker closed at. */
function closes(space: Workspace, ...tickers: readonly string[]): unknown[] {
  const sql = "SELECT DISTINCT close FROM prices WHERE ticker = ?";
  return tickers.map((ticker) => space.query(sql, ticker).map((row) => row.close));
}

/** The rows that forced releases have left. */
function audits(space: Workspace) {
  return space.logs().filter(({ source }) => source === "locks");
}

/** Fails unless the last lines of standard error say that the claim was lost, and what to do. */
function assertClaimLost(stderr: string, name: string, code: string): void {
  const error = logLines(stderr).find((line) => line.level === "ERROR");
  assertStringIncludes(String(error?.message), `the claim on ${name} was revoked`);
  assertMatch(problemAndRemedy(error), / Try: .{10,}/);
  assertEquals((error?.properties as { code?: string } | undefined)?.code, code);
}

testNeeding("gnu", "a stopped run's lock is taken: another goes on, it is refused", async () => {
  await using space = await prepared("PETR4.SA");
  const first = csv(space, "first.csv", ["PETR4.SA"], 1);
  const second = csv(space, "second.csv", ["PETR4.SA"], 2);
  await using stalled = await StalledRun.start(space, [...first, "--json"]);
  const claim = await stalled.stopOnceClaimed("PETR4.SA");
  const inode = Deno.statSync(space.lockPath("PETR4.SA")).ino;

  const refused = await locks(space, "release", "PETR4.SA");
  assertEquals(refused.code, 75);
  assertMatch(refused.stderr, /to stop it, find its process with fuser -v .*PETR4\.SA\.lock/);
  assertNotMatch(refused.stderr, new RegExp(`kill[^.]* ${stalled.pid}`));
  assertEquals(space.logs("PETR4.SA").at(-1)?.status, "running");

  const before = new Date().toISOString();
  const released = await locks(space, "release", "petr4.sa", "--force");
  const after = new Date().toISOString();
  assertEquals([released.code, released.stderr], [0, ""]);
  assertMatch(
    released.stdout,
    new RegExp(
      String.raw`^PETR4\.SA was taken from pid ${stalled.pid} \(tickerlock ingest\) .*; ` +
        String.raw`its job can no longer write: ${claim.job_id}\n$`,
    ),
  );

  // Who, when, and whose claim: in the log.
  const [audit, ...more] = audits(space);
  assertEquals(more, []);
  assertHas(audit, {
    ticker: "PETR4.SA",
    status: "success",
    error_code: "lock_released",
    command: "tickerlock locks release PETR4.SA --force",
  });
  const { username, uid } = userInfo();
  const who = `${username} (uid ${uid}) on ${Deno.hostname()}, pid ${audit?.pid}`;
  for (const part of [`taken from pid ${stalled.pid} (`, `by ${who}`, claim.job_id]) {
    assertStringIncludes(audit?.error_message ?? "", part);
  }
  assertEquals(audit?.host, Deno.hostname());
  for (const time of [audit?.started_at, audit?.finished_at]) {
    assert(time !== undefined && time !== null && before <= time && time <= after, `${time}`);
  }
  const revoked = () => space.logs().find(({ id }) => id === claim.id);
  const abandoned = revoked();
  assertEquals([abandoned?.status, abandoned?.error_code], ["abandoned", "claim_revoked"]);
  assertStringIncludes(abandoned?.error_message ?? "", `claim revoked by ${who} at `);

  // The first still has its old file locked; that is nobody's concern any more.
  assert(Deno.statSync(space.lockPath("PETR4.SA")).ino !== inode);
  assertEquals((await statusOf(space, "PETR4.SA")).state, "free");
  const done = await space.ingest(second);
  assertEquals([done.code, done.stderr], [0, ""]);
  const success = space.logs("PETR4.SA").at(-1);
  assertHas(success, { status: "success", lock_action: "acquired", rows_inserted: DAYS.length });
  const stored = space.prices();

  const woken = await stalled.goOn();
  assertEquals(woken.code, 1);
  assertClaimLost(woken.stderr, "PETR4.SA", "claim_revoked");
  const report = reportOf(woken.stdout);
  assertEquals(report.exit_code, 1);
  assertEquals(
    report.tickers.map((each) => [each.ticker, each.job_id, each.status, each.error?.code]),
    [["PETR4.SA", claim.job_id, "abandoned", "claim_revoked"]],
  );
  assertEquals(revoked(), abandoned);
  assertEquals(space.prices(), stored);
  assertEquals(closes(space, "PETR4.SA"), [[2]]);
  assertEquals(
    space.query("SELECT DISTINCT ingest_id FROM prices WHERE ticker = 'PETR4.SA'"),
    [{ ingest_id: success?.id }],
  );
  assertEquals(space.value("PRAGMA integrity_check"), "ok");
  await assertAllFree(space);
});

testNeeding("gnu", "the woken run leaves its successor's lock alone", async () => {
  await using space = await prepared("PETR4.SA");
  await using stalled = await StalledRun.start(space, csv(space, "a.csv", ["PETR4.SA"], 1));
  await stalled.stopOnceClaimed("PETR4.SA");
  assertEquals((await locks(space, "release", "PETR4.SA", "--force")).code, 0);
  using _successor = space.hold("PETR4.SA");
  assertEquals((await stalled.goOn()).code, 1);
  assert(!space.isFree("PETR4.SA"));
  assertEquals(closes(space, "PETR4.SA"), [[]]);
});

testNeeding("gnu", "a run that waits for the lock meanwhile gets it", async () => {
  await using space = await prepared("PETR4.SA");
  await using stalled = await StalledRun.start(space, csv(space, "a.csv", ["PETR4.SA"], 1));
  await stalled.stopOnceClaimed("PETR4.SA");
  await using waiting = space.start(csv(space, "b.csv", ["PETR4.SA"], 2));
  await waiting.says(`waiting for PETR4.SA, locked by pid ${stalled.pid} (`);
  await untilWaitingInKernel(waiting.pid);
  assertEquals((await locks(space, "release", "PETR4.SA", "--force")).code, 0);
  assertEquals((await waiting.outcome()).code, 0);
  assertEquals(space.logs("PETR4.SA").at(-1)?.lock_action, "waited");
  assertEquals((await stalled.goOn()).code, 1);
  assertEquals(closes(space, "PETR4.SA"), [[2]]);
});

testNeeding("signals", "a run that has its lock but no claim yet is refused as well", async () => {
  await using space = await prepared();
  const held = space.hold("PETR4.SA");
  await using first = space.start(csv(space, "a.csv", ["PETR4.SA"], 1));
  await first.says("waiting for PETR4.SA");
  // It gets the lock, and then it must wait for the database.
  const writing = space.holdDatabase();
  try {
    held.release();
    await waitFor("the first to hold the lock", () => space.holderPid("PETR4.SA") === first.pid);
    first.kill("SIGSTOP");
  } finally {
    writing[Symbol.dispose]();
  }
  const { code, stdout } = await locks(space, "release", "PETR4.SA", "--force");
  assertEquals(code, 0);
  assertMatch(stdout, /^PETR4\.SA was taken from pid .*; no running job was found in /);
  assertMatch(audits(space)[0]?.error_message ?? "", / no job was running$/);
  assertEquals((await space.ingest(csv(space, "b.csv", ["PETR4.SA"], 2))).code, 0);

  first.kill("SIGCONT");
  const woken = await first.outcome();
  assertEquals(woken.code, 1);
  assertClaimLost(woken.stderr, "PETR4.SA", "claim_lost");
  assertEquals(closes(space, "PETR4.SA"), [[2]]);
  const row = space.logs("PETR4.SA").at(-1);
  assertHas(row, {
    pid: first.pid,
    status: "failed",
    error_code: "claim_lost",
    rows_inserted: 0,
  });
  await assertAllFree(space);
});

testNeeding("gnu", "a stopped run's job lock is taken: its tickers are refused", async () => {
  await using space = await prepared("PETR4.SA");
  const first = csv(space, "first.csv", TICKERS, 1);
  await using stalled = await StalledRun.start(space, [...first, "--job-lock"]);
  const claim = await stalled.stopOnceClaimed("PETR4.SA");
  const { code, stdout } = await locks(space, "release", ".job_running", "--force", "--json");
  assertEquals(code, 0);
  const released = JSON.parse(stdout) as Record<string, unknown>;
  assertHas(released, {
    name: ".job_running",
    outcome: "revoked",
    audited: true,
    revoked_jobs: [claim.job_id],
  });
  assertEquals((released.holder as { pid: number; job_id: string }).job_id, claim.run_id);
  const [audit] = audits(space);
  assertEquals([audit?.ticker, audit?.error_code], [null, "lock_released"]);
  assertStringIncludes(audit?.error_message ?? "", `revoked 1 job: ${claim.job_id}`);
  const abandoned = space.logs().find(({ id }) => id === claim.id);
  assertEquals([abandoned?.status, abandoned?.error_code], ["abandoned", "claim_revoked"]);

  // The second has the job lock at once. The ticker that the first was at is locked still.
  await using second = space.start([...csv(space, "second.csv", TICKERS, 2), "--job-lock"]);
  await second.says(`waiting for PETR4.SA, locked by pid ${stalled.pid} (`);
  await waitFor(
    "its other tickers",
    () => closes(space, "VALE3.SA", "WEGE3.SA").flat().length === 2,
  );
  assertEquals((await statusOf(space, ".job_running")).holder?.pid, second.pid);

  const woken = await stalled.goOn();
  assertEquals(woken.code, 1);
  assertClaimLost(woken.stderr, "PETR4.SA", "claim_revoked");
  assertStringIncludes(woken.stderr, "the claim on job .job_running was revoked");
  assertEquals((await second.outcome()).code, 0);
  assertEquals(closes(space, ...TICKERS), [[2], [2], [2]]);
  assertEquals(
    stalled.rows().map(({ ticker, status, error_code }) => [ticker, status, error_code]),
    [["PETR4.SA", "abandoned", "claim_revoked"], [null, "failed", "claim_lost"]],
  );
  await assertAllFree(space);
});

testNeeding("gnu", "without its job lock a run does not wait for tickers either", async () => {
  await using space = await prepared("VALE3.SA");
  using _held = space.hold("PETR4.SA");
  const args = [...csv(space, "a.csv", TICKERS, 1), "--job-lock", "nightly"];
  await using stalled = await StalledRun.start(space, args);
  await stalled.stopOnceClaimed("VALE3.SA");
  assertEquals((await locks(space, "release", ".nightly", "--force")).code, 0);
  // The first ticker is not released, and yet the run comes to its end.
  const woken = await stalled.goOn();
  assertEquals(woken.code, 1);
  assertStringIncludes(woken.stderr, "the claim on job .nightly was revoked");
  assertEquals(
    stalled.rows().map((row) => [row.ticker, row.status, row.error_code]).sort(),
    [
      [null, "failed", "claim_lost"],
      ["PETR4.SA", "failed", "claim_lost"],
      ["VALE3.SA", "abandoned", "claim_revoked"],
    ],
  );
  assertEquals(closes(space, ...TICKERS), [[], [], []]);
});

Deno.test("a ticker that is obtained after the job lock was lost is refused", async () => {
  await using space = await prepared();
  const held = space.hold("PETR4.SA");
  await using running = space.start([...csv(space, "a.csv", ["PETR4.SA"], 1), "--job-lock"]);
  await running.says("waiting for PETR4.SA");
  assertEquals((await locks(space, "release", ".job_running", "--force")).code, 0);
  held.release();
  const { code, stderr } = await running.outcome();
  assertEquals(code, 1);
  assertClaimLost(stderr, "job .job_running", "claim_lost");
  const [row, ...more] = space.logs("PETR4.SA");
  assertHas(row, { status: "failed", error_code: "claim_lost" });
  assertEquals(more, []);
  assertEquals(closes(space, "PETR4.SA"), [[]]);
});
