import { databaseHealth, writer } from "../../../../src/store/mod.ts";
import { insertRunning } from "../../../../src/store/sqlite/tables/jobs.ts";
import { DatabaseError } from "../../../../src/store/errors.ts";
import { assertEquals, assertHas, assertThrows } from "../../../assert.ts";
import { job, temporaryFolder } from "../helpers.ts";

const FREE = { isLocked: () => false };

const END = "2024-01-02T10:00:05.000Z";

Deno.test("the newest run of a source is told by its rows, dry runs left out", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  {
    using db = await writer(path);
    await db.transaction("fill", () => {
      const insert = (number: number, over: Parameters<typeof job>[1], status: string) => {
        insertRunning(db, job(number, over));
        db.run(
          "UPDATE ingest_logs SET status = ?, finished_at = ?, error_code = ?, error_message = 'm' " +
            "WHERE job_id = ?",
          status,
          END,
          status === "failed" ? "http_429" : null,
          `job-${number}`,
        );
      };
      insert(1, { runId: "old" }, "failed");
      insert(2, { runId: "new", ticker: "A" }, "success");
      insert(3, { runId: "new", ticker: "B" }, "failed");
      insert(4, { runId: "dry" }, "dry_run");
      insertRunning(db, job(5, { runId: "k", source: "kalshi", ticker: "C" }));
    });
  }
  const found = databaseHealth(path, {
    ...FREE,
    wanted: [{ source: "csv", tickers: ["A"] }, { source: "csv", tickers: ["NONE"] }],
  });
  assertEquals(found.newestAt, END);
  // Undefined before there is a table for them.
  assertEquals(found.collector ?? null, null);
  const [csv, kalshi] = found.lastRuns;
  assertHas(csv, { runId: "new", statuses: { failed: 1, success: 1 }, error: "http_429: m" });
  assertEquals(kalshi?.statuses, { running: 1 });
  assertEquals(found.wanted.map((run) => run?.statuses), [{ success: 1 }, undefined]);
  assertEquals(found.running.map(({ ticker, locked }) => [ticker, locked]), [["C", false]]);
  assertEquals(databaseHealth(path, { isLocked: () => true }).running[0]?.locked, true);
  // Nothing stands beside it afterwards.
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["x.db"]);
});

Deno.test("a run that ends while its lock is looked at is not accused", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  using db = await writer(path);
  await db.transaction("fill", () => insertRunning(db, job(1)));
  const { running } = databaseHealth(path, {
    isLocked: () => {
      db.run("UPDATE ingest_logs SET status = 'success', finished_at = ?", END);
      return false;
    },
  });
  assertEquals(running, []);
});

Deno.test("collectors are asked where the table is there", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  using db = await writer(path);
  await db.transaction("make", () =>
    db.run(
      `CREATE TABLE IF NOT EXISTS collectors (run_id TEXT PRIMARY KEY, host TEXT NOT NULL,
         pid INTEGER NOT NULL, version TEXT NOT NULL, started_at TEXT NOT NULL,
         heartbeat_at TEXT NOT NULL, stopped_at TEXT, state TEXT NOT NULL, task TEXT,
         next_turn_at TEXT, tasks TEXT NOT NULL) STRICT`,
    ));
  assertEquals(databaseHealth(path, FREE).collector, null);
  await db.transaction("fill", () => {
    for (const [id, at] of [["old", "2026-01-01"], ["new", "2026-02-01"]]) {
      db.run(
        "INSERT INTO collectors (run_id, host, pid, version, started_at, heartbeat_at, state, tasks) " +
          "VALUES (?, 'vm', 7, '0.1.0', ?, ?, 'idle', '[]')",
        String(id),
        `${at}T00:00:00.000Z`,
        `${at}T00:00:30.000Z`,
      );
    }
  });
  assertEquals(databaseHealth(path, FREE).collector, {
    host: "vm",
    pid: 7,
    state: "idle",
    task: null,
    startedAt: "2026-02-01T00:00:00.000Z",
    heartbeatAt: "2026-02-01T00:00:30.000Z",
    stoppedAt: null,
  });
});

Deno.test("an empty file is empty, and what is no database is refused", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  await Deno.writeTextFile(path, "");
  const { empty, lastRuns } = databaseHealth(path, FREE);
  assertEquals([empty, lastRuns], [true, []]);
  await Deno.writeTextFile(path, "x".repeat(5000));
  assertThrows(() => databaseHealth(path, FREE), DatabaseError);
});
