import { reader } from "../../src/store/sqlite/connection/reader.ts";
import { verifyDatabase } from "../../src/store/sqlite/queries/verify.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { assertNothingHalf, manyTickers, tickersIn } from "./bulk.ts";
import { db, dbJson, hasSqliteShell, inside, SqliteShell } from "./db_tools.ts";
import { errorOf, prepared } from "./prepared.ts";
import { Running, SAMPLE } from "./program.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";
import { whoHasOpen } from "../../src/platform/services.ts";

const TICKERS = 2500;
const DAYS = 5;

Deno.test("a hot backup during a bulk ingest: one whole state, and the ingest goes on", async () => {
  await using space = await Workspace.create();
  const args = await manyTickers(space, TICKERS, DAYS);
  using held = space.hold("EXMA3.SA");
  await using running = space.start(args);
  await waitFor("the first tickers", () => tickersIn(space) > 100);
  const counts = [tickersIn(space)];
  for (let backup = 0; backup < 2; backup++) {
    const { path } = await dbJson(space, ["backup"]) as { path: string };
    counts.push(assertNothingHalf(path, DAYS));
    assert(verifyDatabase(path).ok);
  }
  assert(running.alive);
  held.release();
  const { code, stderr } = await running.outcome();
  assertEquals(code, 0, stderr);
  counts.push(assertNothingHalf(space.db, DAYS));
  assertEquals(counts, [...counts].sort((a, b) => a - b));
  assertEquals(counts.at(-1), TICKERS);
});

Deno.test("a long read during a bulk ingest sees one state, and neither waits for the other", async () => {
  await using space = await Workspace.create();
  const args = await manyTickers(space, TICKERS, DAYS);
  using held = space.hold("EXMA3.SA");
  await using running = space.start(args);
  await waitFor("the first tickers", () => tickersIn(space) > 100);
  using long = reader(space.db, { busyTimeoutMs: 0 });
  long.raw.exec("BEGIN");
  const digest = (): unknown =>
    long.get("SELECT count(*) AS rows, sum(close) AS sum, max(ingest_id) AS newest FROM prices");
  const before = digest();
  const rows = long.iterate("SELECT ticker, ingest_id FROM prices");
  let read = 0;
  for (const _row of rows) {
    // Once in the middle: other tickers go in, while the row after this one is still to come.
    if (++read !== 50) continue;
    const wanted = tickersIn(space) + 200;
    await waitFor("further tickers", () => tickersIn(space) >= wanted);
    assertEquals(digest(), before);
  }
  assertEquals(read, (before as { rows: number }).rows);
  held.release();
  // A slow run may say that it waits for the lock; nothing else.
  const { code, stderr } = await running.outcome();
  assertEquals(code, 0, stderr);
  // The run is over, and all of it is in; this reader is still at its moment.
  assertEquals(digest(), before);
  assertEquals(tickersIn(space), TICKERS);
  long.raw.exec("COMMIT");
  assertEquals((digest() as { rows: number }).rows, TICKERS * DAYS);
});

Deno.test("restore is refused while a run is at work, and nothing is changed", async () => {
  await using space = await prepared();
  const { path } = await dbJson(space, ["backup"]) as { path: string };
  assertEquals((await space.cotahist(SAMPLE, "--ticker", "EXMB4.SA")).code, 0);
  // The log comes and goes with the connections.
  const files = (): string[] => space.names().filter((name) => !/-(wal|shm)$/.test(name));
  const before = [space.prices(), files()];
  const refused = async (): Promise<ReturnType<typeof errorOf>> => {
    const outcome = await db(space, "restore", path);
    assertEquals([outcome.code, outcome.stdout], [1, ""]);
    assertEquals([space.prices(), files()], before);
    return errorOf(outcome);
  };
  {
    using _held = space.hold("EXMA3.SA");
    const { code, message } = await refused();
    assertEquals(code, "db_in_use");
    assertStringIncludes(message, "EXMA3.SA by ");
  }
  {
    // A program that knows nothing of our locks, with the file open and nothing to do.
    using _open = reader(space.db);
    const { code, hint } = await refused();
    assertEquals(code, "db_in_use");
    assertStringIncludes(hint, whoHasOpen(space.db));
  }
  assertEquals((await db(space, "restore", path)).code, 0);
  assertEquals(space.prices().length, 40);
});

Deno.test("restore waits for a job, or leaves with 75 where it is told to", async () => {
  await using space = await prepared();
  const { path } = await dbJson(space, ["backup"]) as { path: string };
  using held = space.hold(".job_running");
  const { code, stderr } = await db(space, "restore", path, "--on-locked", "exit");
  assertEquals(code, 75);
  assertMatch(stderr, /another run holds the job lock \.job_running/);
  await using waiting = new Running(["db", "restore", path], inside(space));
  await waiting.says("waiting for the job lock");
  assertEquals(space.prices().length, 40);
  held.release();
  assertEquals((await waiting.outcome()).code, 0);
});

Deno.test("another program's write transaction of three seconds is waited for", async () => {
  if (!(await hasSqliteShell())) return;
  await using space = await prepared();
  await using shell = new SqliteShell(space.db);
  await shell.run("BEGIN IMMEDIATE; UPDATE prices SET volume = 0;");
  const { promise: threeSeconds, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 3000);
  await using running = space.start(["--source", "cotahist", "--file", SAMPLE]);
  await waitFor("the first lock", () => space.holderPid("EXMA3.SA") === running.pid);
  await threeSeconds;
  assert(running.alive);
  assertEquals(space.logs().length, 8);
  await shell.run("COMMIT;");
  const { code, stderr } = await running.outcome();
  assertEquals([code, stderr], [0, ""]);
  assertEquals(space.prices().length, 80);
  assertEquals(space.value("SELECT count(*) FROM ingest_logs WHERE status <> 'success'"), 0);
});

Deno.test("backup, verify and info do not wait for another program's write transaction", async () => {
  if (!(await hasSqliteShell())) return;
  await using space = await prepared();
  await using shell = new SqliteShell(space.db);
  await shell.run("BEGIN IMMEDIATE; DELETE FROM prices;");
  const { path } = await dbJson(space, ["backup"]) as { path: string };
  assertEquals((await dbJson(space, ["verify"]) as { ok: boolean }).ok, true);
  const { rows } = await dbJson(space, ["info"]) as { rows: { prices: number } };
  assertEquals(rows.prices, 40);
  await shell.run("COMMIT;");
  assertEquals(space.prices().length, 0);
  await db(space, "restore", path);
  // The shell still has the file open.
  assertEquals(space.prices().length, 0);
});
