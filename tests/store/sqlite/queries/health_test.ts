import { databaseHealth } from "../../../../src/store/sqlite/queries/health.ts";
import { splitPath } from "../../../../src/platform/paths.ts";
import { endCollector, insertCollector } from "../../../../src/store/sqlite/tables/collectors.ts";
import { insertRunning } from "../../../../src/store/sqlite/tables/jobs.ts";
import { writer } from "../../../../src/store/sqlite/connection/writer.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { tryReserve } from "../../../../src/files/exclusive_file.ts";
import { assert, assertEquals, assertThrows, fail } from "../../../assert.ts";
import { job } from "../helpers.ts";
import { test } from "../leaks.ts";

const FREE = { isLocked: () => false, lockDir: "locks" };

const END = "2024-01-02T10:00:05.000Z";

test("a run that ends while its lock is looked at is not accused", async ({ path }) => {
  using db = await writer(path);
  await db.transaction("fill", () => insertRunning(db, job(1)));
  const { running } = databaseHealth(path, {
    ...FREE,
    isLocked: () => {
      db.run("UPDATE ingest_logs SET status = 'success', finished_at = ?", END);
      return false;
    },
  });
  assertEquals(running, []);
  assertEquals(databaseHealth(path, FREE).walBytes, Deno.statSync(`${path}-wal`).size);
});

test("triggers, tables and views of others are told", async ({ path }) => {
  using db = await writer(path);
  const { triggers, foreign } = databaseHealth(path, FREE);
  assertEquals([triggers, foreign], [[], []]);
  db.run("CREATE TRIGGER t AFTER INSERT ON prices BEGIN DELETE FROM prices; END");
  db.run("CREATE VIEW v AS SELECT 1");
  const found = databaseHealth(path, FREE);
  assertEquals([found.triggers, found.foreign], [["trigger t"], ["view v"]]);
});

test("the newest collector is told, and none where there was none", async ({ path }) => {
  using db = await writer(path);
  assertEquals(databaseHealth(path, FREE).collector, null);
  const beat = { state: "idle" as const, task: null, nextTurnAt: null, tasks: "[]" };
  await db.transaction("fill", () => {
    for (const day of ["2026-01-01", "2026-02-01"]) {
      const startedAt = `${day}T00:00:00.000Z`;
      const start = { runId: day, host: "vm", pid: 7, version: "0.1.0", startedAt };
      insertCollector(db, start, beat, `${day}T00:00:30.000Z`);
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

test("a collector of the future is not the newest, one at work before all others; backups are told", async ({ path }) => {
  {
    using db = await writer(path);
    const beat = { state: "idle" as const, task: null, nextTurnAt: null, tasks: "[]" };
    await db.transaction("fill", () => {
      for (const day of ["2026-01-01", "2999-01-01"]) {
        const startedAt = `${day}T00:00:00.000Z`;
        const start = { runId: day, host: "vm", pid: 7, version: "0.1.0", startedAt };
        insertCollector(db, start, beat, `${day}T00:00:30.000Z`);
        endCollector(db, day, "stopped", `${day}T00:00:40.000Z`);
      }
    });
  }
  const newest = () => databaseHealth(path, FREE).collector?.startedAt.slice(0, 10);
  assertEquals(newest(), "2026-01-01");
  {
    using db = await writer(path);
    db.run("UPDATE collectors SET state = 'idle', stopped_at = NULL WHERE run_id = '2999-01-01'");
  }
  assertEquals(newest(), "2999-01-01");
  const { folder, name } = splitPath(path);
  await Deno.mkdir(`${folder}/backups`);
  const file = `${folder}/backups/${name.replace(".db", "")}-29990101T000000000Z.db`;
  await Deno.writeTextFile(file, "");
  await Deno.writeTextFile(`${file}.sha256`, "");
  const none = { withoutChecksum: [], leftOver: [] };
  assertEquals(databaseHealth(path, FREE).backups, { toCome: [file], ...none });
});

test("odd backups are told, and not one that is being made", async ({ path }) => {
  (await writer(path))[Symbol.dispose]();
  const { folder, name } = splitPath(path);
  const stem = `${folder}/backups/${name.replace(".db", "")}-2026010`;
  await Deno.mkdir(`${folder}/backups`);
  const [one, two, three] = [1, 2, 3].map((day) => `${stem}${day}T000000000Z.db`) as [
    string,
    string,
    string,
  ];
  await Deno.writeTextFile(one, "");
  await Deno.writeTextFile(`${two}.sha256`, "");
  const odd = () => databaseHealth(path, FREE).backups;
  assertEquals(odd(), { toCome: [], withoutChecksum: [one], leftOver: [`${two}.sha256`] });
  {
    using reserved = tryReserve(three, "tickerlock-backup");
    const { temporary } = reserved ?? fail("not reserved");
    await Deno.writeTextFile(temporary, "");
    await Deno.writeTextFile(`${three}.sha256`, "");
    assertEquals(odd().leftOver, [`${two}.sha256`]);
    const killed = temporary.replace("0103T", "0104T");
    await Deno.writeTextFile(killed, "");
    assertEquals(odd().leftOver, [killed, `${two}.sha256`]);
  }
});

test("SQLite's clock is compared with that of the program", async ({ path }) => {
  (await writer(path))[Symbol.dispose]();
  assert(Math.abs(databaseHealth(path, FREE).engineAheadMs) < 60_000);
});

test("an empty file is empty, and what is no database is refused", async ({ path }) => {
  await Deno.writeTextFile(path, "");
  const { empty, lastRuns } = databaseHealth(path, FREE);
  assertEquals([empty, lastRuns], [true, []]);
  await Deno.writeTextFile(path, "x".repeat(5000));
  assertThrows(() => databaseHealth(path, FREE), StoreError);
});
