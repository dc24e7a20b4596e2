import { openStore } from "../../src/store/open.ts";
import { ingest } from "../../src/ingest/run.ts";
import { StoreError } from "../../src/store/errors.ts";
import { asidePathOf, bringInSpilled, spill, spillPathOf } from "../../src/store/spill.ts";
import { columnOf, type FinishedJob, JOB_COLUMNS, type JobEnd } from "../../src/model/job.ts";
import type { IngestReport } from "../../src/ingest/types.ts";
import type { Source } from "../../src/sources/source.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { job } from "./sqlite/helpers.ts";
import { captureLog, withoutLeaks } from "./sqlite/leaks.ts";
import { Workspace } from "../e2e/workspace.ts";
import { fakeSource } from "../ingest/fake_source.ts";
import { impatient } from "../ingest/impatient.ts";
import { has, modeOf, testNeeding, wantedMode } from "../system.ts";

/** Every column has a value of its own. */
const END: Required<JobEnd> = {
  finishedAt: "2024-01-02T10:00:05.000Z",
  status: "failed",
  durationMs: 5000,
  rowsFetched: 3,
  rowsInserted: 5,
  rowsUpdated: 6,
  rowsUnchanged: 7,
  rowsRejected: 1,
  payloadSha256: "ab".repeat(32),
  attempts: 4,
  requests: 8,
  windowFrom: "2024-01-01",
  windowTo: "2024-01-31",
  query: "markets open",
  history: "whole",
  restated: 9,
  restatedBy: "split",
  restatedFrom: "2024-01-03",
  restatedTo: "2024-01-30",
  restatedFactor: 2.5,
  errorCode: "db_locked",
  errorMessage: "could not write",
};

function spilled(number: number, end: Partial<JobEnd> = {}): FinishedJob {
  return { job: job(number), end: { ...END, ...end } };
}

function run(space: Workspace, source: Source, tickers?: string[]): Promise<IngestReport> {
  const { db, lockDir } = space;
  return ingest({ source, db, lockDir, ...(tickers === undefined ? {} : { tickers }) });
}

async function bringIn(space: Workspace): Promise<number> {
  await using store = await openStore(space.db, { lockDir: space.lockDir });
  return await bringInSpilled(space.db, (jobs) => store.bringIn(jobs));
}

function waiting(space: Workspace): string {
  return Deno.readTextFileSync(spillPathOf(space.db));
}

/** A test in a workspace of its own, which leaves no connection open. */
function test(name: string, work: (space: Workspace) => Promise<void>): void {
  Deno.test(
    name,
    withoutLeaks(async () => {
      await using space = await Workspace.create();
      await work(space);
    }),
  );
}

/** Job, status and error code of every row of the log. */
function outline(space: Workspace): (string | null)[][] {
  return space.logs().map(({ job_id, status, error_code }) => [job_id, status, error_code]);
}

test("what was spilled is brought in as it was, in its order, and leaves the file", async (space) => {
  for (const number of [1, 2, 3]) await spill(space.db, spilled(number));
  assertEquals(waiting(space).split("\n").length, 4);
  assertEquals(modeOf(spillPathOf(space.db)), wantedMode(0o600));
  assertEquals(await bringIn(space), 3);
  assertEquals(waiting(space), "");
  assertEquals(outline(space), [1, 2, 3].map((n) => [`job-${n}`, "failed", "db_locked"]));
  const [row] = space.query("SELECT * FROM ingest_logs LIMIT 1");
  const { job: start, end } = spilled(1);
  const wanted = Object.entries({ ...start, ...end }).map((
    [key, value],
  ) => [columnOf(key), value]);
  assertEquals(wanted.length, JOB_COLUMNS.length);
  // Only pruning writes that one.
  const { joined_from: joined, ...told } = row ?? {};
  assertEquals(joined, null);
  assertEquals({ ...told, id: 0 }, { ...Object.fromEntries(wanted), id: 0 });
  assertEquals(await bringIn(space), 0);
});

test("killed before the commit: the file still has it all", async (space) => {
  await run(space, fakeSource({}));
  const before = space.logs();
  await spill(space.db, spilled(1));
  const text = waiting(space);
  using log = captureLog();
  const stopped = bringInSpilled(space.db, () => Promise.reject(new Error("killed")));
  assertEquals(await stopped, 0);
  assertEquals([waiting(space), space.logs()], [text, before]);
  assertEquals(log.lines(), ["warning: the spill file has to wait: killed"]);
});

test("a line that cannot be used is told and put aside; the others go in", async (space) => {
  await spill(space.db, spilled(1));
  const good = waiting(space);
  const bad = [
    good.slice(0, 40),
    "no JSON",
    "[]",
    JSON.stringify({ job: job(7) }),
    JSON.stringify(spilled(8, { rowsFetched: -1 })),
    JSON.stringify(spilled(8, { durationMs: 12.5 })),
    JSON.stringify({ ...spilled(9), end: { ...END, status: "running" } }),
  ];
  Deno.writeTextFileSync(spillPathOf(space.db), `${bad.join("\n")}\n\n${good}`);
  using log = captureLog();
  assertEquals(await bringIn(space), 1);
  assertEquals(outline(space), [["job-1", "failed", "db_locked"]]);
  assertEquals(waiting(space), "");
  const told = log.records.filter(({ level }) => level === "error");
  assertEquals(told.map(({ properties }) => properties.line), bad);
  for (const { message } of told) assertMatch(message.join(""), /cannot be used, and is kept in /);
  assertEquals(Deno.readTextFileSync(asidePathOf(space.db)), `${bad.join("\n")}\n`);
  assertEquals(await bringIn(space), 0);
});

test("a line that the database refuses keeps none of the others waiting", async (space) => {
  for (const number of [1, 2, 3]) await spill(space.db, spilled(number));
  const [, second = ""] = waiting(space).split("\n");
  await using store = await openStore(space.db, { lockDir: space.lockDir });
  const bringIn = (jobs: readonly FinishedJob[]) => {
    // What only a newer schema of the table refuses.
    if (jobs.every(({ job: { jobId } }) => jobId !== "job-2")) return store.bringIn(jobs);
    return Promise.reject(new StoreError("db_constraint", "refused", space.db));
  };
  using log = captureLog();
  assertEquals(await bringInSpilled(space.db, bringIn), 2);
  assertEquals(outline(space).map(([id]) => id), ["job-1", "job-3"]);
  assertEquals([waiting(space), Deno.readTextFileSync(asidePathOf(space.db))], ["", `${second}\n`]);
  assertEquals(log.records.map(({ level }) => level), ["error", "info"]);
});

test("two runs that bring in at once: each job once", async (space) => {
  for (let number = 0; number < 20; number++) await spill(space.db, spilled(number));
  const counts = await Promise.all([bringIn(space), bringIn(space), bringIn(space)]);
  assertEquals(counts.reduce((sum, count) => sum + count), 20);
  assertEquals(space.logs().length, 20);
  assertEquals(waiting(space), "");
});

test("what is spilled while another brings in is not lost", async (space) => {
  await spill(space.db, spilled(0));
  const spilling = [1, 2, 3, 4].map((number) => spill(space.db, spilled(number)));
  await bringIn(space);
  await Promise.all(spilling);
  await bringIn(space);
  assertEquals(
    space.logs().map(({ job_id }) => job_id).sort(),
    [0, 1, 2, 3, 4].map((n) => `job-${n}`),
  );
});

test("a database that stays locked beyond the limit: the end of a job waits, the next run completes it", async (space) => {
  let held: Disposable | undefined;
  const before = (): void => void (held = space.holdDatabase());
  {
    using _impatient = impatient();
    const { results, exitCode } = await run(space, fakeSource({ A: { before }, B: {} }));
    assertEquals(exitCode, 1);
    assertEquals(results.map(({ error }) => error?.code), ["db_locked", "db_locked"]);
  }
  held?.[Symbol.dispose]();
  // A had its row already, B could not even claim.
  assertEquals(space.logs().map(({ ticker, status }) => [ticker, status]), [["A", "running"]]);
  assertEquals(waiting(space).trim().split("\n").length, 2);
  await run(space, fakeSource({ C: {} }));
  assertEquals(
    space.logs().map((row) => [row.ticker, row.status, row.error_code]),
    [["A", "failed", "db_locked"], ["B", "failed", "db_locked"], ["C", "success", null]],
  );
  assertEquals(waiting(space), "");
});

test("a database that cannot even be opened: a trace for each ticker that was asked for", async (space) => {
  await run(space, fakeSource({ A: {} }));
  // No schema to look at, and nobody may look for it.
  Deno.renameSync(space.db, `${space.db}.aside`);
  Deno.writeFileSync(space.db, new Uint8Array());
  {
    using _held = space.holdDatabase();
    using _impatient = impatient();
    await assertRejects(() => run(space, fakeSource({}), ["X", "Y"]), Error);
    await assertRejects(() => run(space, fakeSource({})), Error);
    const { db, lockDir } = space;
    await assertRejects(
      () => ingest({ source: fakeSource({}), db, lockDir, dryRun: true }),
      Error,
    );
  }
  Deno.renameSync(`${space.db}.aside`, space.db);
  assertEquals((await run(space, fakeSource({ B: {} }))).exitCode, 0);
  assertEquals(
    space.logs().map((row) => [row.ticker, row.status, row.error_code]),
    [
      ["A", "success", null],
      ["X", "failed", "db_locked"],
      ["Y", "failed", "db_locked"],
      [null, "failed", "db_locked"],
      ["B", "success", null],
    ],
  );
  assertEquals(new Set(space.logs().map(({ run_id }) => run_id)).size, 4);
});

testNeeding(
  "openFiles",
  "a database that is removed under a run: no row is lost, the next database has them",
  withoutLeaks(async () => {
    await using space = await Workspace.create();
    const before = (): void => {
      for (const suffix of ["", "-wal", "-shm"]) Deno.removeSync(space.db + suffix);
    };
    // One row for the ticker at work, one for the run, which does not go on.
    const { results, notStarted } = await run(space, fakeSource({ A: { before }, B: {} }));
    assertEquals(results.map(({ error }) => error?.code), ["db_moved", "db_moved"]);
    assertEquals(notStarted, 1);
    assertEquals(space.hasDatabase(), false);
    await run(space, fakeSource({ C: {} }));
    assertEquals(
      space.logs().map((row) => [row.ticker, row.error_code]),
      [["A", "db_moved"], [null, "db_moved"], ["C", null]],
    );
  }),
);

test("a spill file that cannot be written is told, and does not hide the run's own error", async (space) => {
  Deno.mkdirSync(spillPathOf(space.db));
  using log = captureLog();
  await spill(space.db, spilled(1));
  assertEquals(log.records.map(({ level }) => level), ["warning"]);
  assertMatch(log.lines()[0] ?? "", /could not keep a log row/);
  assertEquals((log.records[0]?.properties.job as { jobId: string }).jobId, "job-1");
  assertEquals((await run(space, fakeSource({ A: {} }))).exitCode, 0);
  assert(space.prices().length === 1);
  await spill(":memory:", spilled(1));
  if (!has("proc")) return;
  await spill("/dev/shm/x.db", spilled(2));
  assertMatch(log.lines().at(-1) ?? "", /could not keep a log row: Deno opens nothing below \/dev/);
});
