import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { endJob, insertRunning, samePayloads } from "../../../../src/store/sqlite/tables/jobs.ts";
import { type JobEnd } from "../../../../src/model/job.ts";
import { assertEquals, assertRejects } from "../../../assert.ts";
import { job } from "../helpers.ts";

const NOW = "2024-01-02T10:00:05.000Z";

function end(over: Partial<JobEnd> = {}): JobEnd {
  return { finishedAt: NOW, status: "success", durationMs: 5000, ...over };
}

function logRow(db: Database, id: number): Record<string, unknown> {
  return { ...db.get("SELECT * FROM ingest_logs WHERE id = ?", id) };
}

Deno.test("a job id is there once, and what belongs to no ticker has none", async () => {
  using db = await Database.open(":memory:");
  insertRunning(db, job(1));
  const error = await assertRejects(
    () => db.transaction("claim in", () => insertRunning(db, job(1))),
    StoreError,
  );
  assertEquals([error.code, error.details.result_code], ["db_constraint", 2067]);
  const id = insertRunning(db, job(2, { ticker: null, lockAction: null, lockWaitedSeconds: null }));
  const { ticker, lock_action, lock_waited_seconds } = logRow(db, id);
  assertEquals({ ticker, lock_action, lock_waited_seconds }, {
    ticker: null,
    lock_action: null,
    lock_waited_seconds: null,
  });
});

Deno.test("the table itself refuses a status that there is not, and a finished row that runs", async () => {
  using db = await Database.open(":memory:");
  const id = insertRunning(db, job(1));
  for (
    const sql of [
      "UPDATE ingest_logs SET status = 'done', finished_at = '2024' WHERE id = ?",
      "UPDATE ingest_logs SET finished_at = '2024' WHERE id = ?",
      "UPDATE ingest_logs SET status = 'failed' WHERE id = ?",
      "UPDATE ingest_logs SET lock_action = 'stolen' WHERE id = ?",
    ]
  ) {
    const error = await assertRejects(
      () => db.transaction("write to", () => db.run(sql, id)),
      StoreError,
    );
    assertEquals([error.code, error.details.result_code], ["db_constraint", 275], sql);
  }
});

Deno.test("the same work is found where it has succeeded since, and nowhere else", async () => {
  using db = await Database.open(":memory:");
  const isSame = (payload = "ab", since = NOW): boolean =>
    samePayloads(db, [
      { id: 1, ticker: "VALE3.SA", source: "csv", sha256: payload, since: "9999" },
      { id: 2, ticker: "PETR4.SA", source: "csv", sha256: payload, since },
    ]).has(2);
  const finish = (number: number, over: Partial<JobEnd>, start = {}): void => {
    endJob(db, insertRunning(db, job(number, start)), end({ payloadSha256: "ab", ...over }));
  };
  assertEquals(isSame(), false);
  insertRunning(db, job(1));
  for (
    const [index, status] of (["failed", "skipped", "dry_run", "interrupted"] as const).entries()
  ) {
    finish(10 + index, { status });
  }
  assertEquals(isSame(), false);
  finish(20, {}, { ticker: "VALE3.SA" });
  finish(21, {}, { source: "cotahist" });
  finish(22, { finishedAt: "2024-01-02T10:00:04.999Z" });
  assertEquals(isSame(), false);
  finish(23, {});
  assertEquals(isSame(), true);
  assertEquals(isSame("ab", "2024-01-02T10:00:05.001Z"), false);
  assertEquals(isSame("cd"), false);
  // A skipped or failed run has written nothing, so the work still stands.
  finish(24, { status: "skipped" });
  finish(25, { status: "failed", payloadSha256: "cd" });
  assertEquals(isSame(), true);
  // Another payload may have overwritten it.
  finish(26, { payloadSha256: "cd" });
  assertEquals(isSame(), false);
  finish(27, { payloadSha256: null });
  assertEquals(isSame(), false);
});
