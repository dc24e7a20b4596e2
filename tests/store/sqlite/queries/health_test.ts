import { databaseHealth } from "../../../../src/store/sqlite/queries/health.ts";
import { insertRunning } from "../../../../src/store/sqlite/tables/jobs.ts";
import { writer } from "../../../../src/store/sqlite/connection/writer.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { assertEquals, assertThrows } from "../../../assert.ts";
import { job, temporaryFolder } from "../helpers.ts";

const FREE = { isLocked: () => false };

const END = "2024-01-02T10:00:05.000Z";

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
  assertThrows(() => databaseHealth(path, FREE), StoreError);
});
