import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import {
  abandonRunning,
  endJob,
  holdsClaim,
  insertRunning,
  samePayloadFinished,
} from "../../../../src/store/sqlite/tables/jobs.ts";
import { type JobEnd } from "../../../../src/model/job.ts";
import { insertRejects } from "../../../../src/store/sqlite/tables/rejects.ts";
import { assert, assertEquals, assertHas, assertRejects } from "../../../assert.ts";
import { job } from "../helpers.ts";

const NOW = "2024-01-02T10:00:05.000Z";

function end(over: Partial<JobEnd> = {}): JobEnd {
  return { finishedAt: NOW, status: "success", durationMs: 5000, ...over };
}

function logRow(db: Database, id: number): Record<string, unknown> {
  return { ...db.get("SELECT * FROM ingest_logs WHERE id = ?", id) };
}

Deno.test("a claim is a running row with all that is known of the job", async () => {
  using db = await Database.open(":memory:");
  const id = insertRunning(db, job(1, { lockAction: "waited", lockWaitedSeconds: 1.5 }));
  assertEquals(logRow(db, id), {
    id,
    job_id: "job-1",
    run_id: "run-1",
    ticker: "PETR4.SA",
    source: "csv",
    command: "test",
    started_at: "2024-01-02T10:00:00.000Z",
    finished_at: null,
    status: "running",
    lock_action: "waited",
    lock_waited_seconds: 1.5,
    rows_fetched: null,
    rows_inserted: null,
    rows_updated: null,
    rows_unchanged: null,
    rows_rejected: null,
    payload_sha256: null,
    attempts: 1,
    duration_ms: null,
    error_code: null,
    error_message: null,
    host: "host",
    pid: 42,
    version: "0.0.0",
    window_from: null,
    window_to: null,
    requests: null,
    query: null,
  });
  assert(insertRunning(db, job(2)) > id);
});

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

Deno.test("finishing writes every count, once", async () => {
  using db = await Database.open(":memory:");
  const id = insertRunning(db, job(1));
  const before = logRow(db, id);
  assertEquals(
    endJob(
      db,
      id,
      end({
        rowsFetched: 10,
        rowsInserted: 4,
        rowsUpdated: 3,
        rowsUnchanged: 2,
        rowsRejected: 1,
        payloadSha256: "ab",
        attempts: 2,
      }),
    ),
    true,
  );
  const finished = {
    ...before,
    finished_at: NOW,
    status: "success",
    duration_ms: 5000,
    rows_fetched: 10,
    rows_inserted: 4,
    rows_updated: 3,
    rows_unchanged: 2,
    rows_rejected: 1,
    payload_sha256: "ab",
    attempts: 2,
  };
  assertEquals(logRow(db, id), finished);
  assertEquals(endJob(db, id, end({ status: "failed" })), false);
  assertEquals(logRow(db, id), finished);
  assertEquals(endJob(db, 999, end()), false);
});

Deno.test("every status can be written, with its error", async () => {
  using db = await Database.open(":memory:");
  const statuses: JobEnd["status"][] = [
    "success",
    "skipped",
    "failed",
    "lock_busy",
    "lock_timeout",
    "interrupted",
    "abandoned",
    "dry_run",
  ];
  for (const [index, status] of statuses.entries()) {
    const id = insertRunning(db, job(index));
    assert(endJob(db, id, end({ status, errorCode: "a_code", errorMessage: "a message" })));
    const row = logRow(db, id);
    assertHas(row, { status, error_code: "a_code", error_message: "a message" });
  }
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

Deno.test("only what still runs for that ticker is marked as abandoned", async () => {
  using db = await Database.open(":memory:");
  const dead = [insertRunning(db, job(1)), insertRunning(db, job(2, { source: "cotahist" }))];
  const other = insertRunning(db, job(3, { ticker: "PETR4" }));
  const none = insertRunning(db, job(4, { ticker: null }));
  const done = insertRunning(db, job(5));
  endJob(db, done, end());
  assertEquals(abandonRunning(db, "PETR4.SA", NOW), 2);
  for (const id of dead) {
    const row = logRow(db, id);
    assertHas(row, { status: "abandoned", finished_at: NOW, error_code: "abandoned" });
  }
  assertEquals([other, none, done].map((id) => logRow(db, id).status), [
    "running",
    "running",
    "success",
  ]);
  assertEquals(abandonRunning(db, "PETR4.SA", NOW), 0);
});

Deno.test("a claim is held while its row runs; one that was abandoned can write nothing", async () => {
  using db = await Database.open(":memory:");
  const id = insertRunning(db, job(1));
  assertEquals([holdsClaim(db, id), holdsClaim(db, id)], [true, true]);
  assertEquals(logRow(db, id).attempts, 1);
  assertEquals(holdsClaim(db, id + 1), false);
  abandonRunning(db, "PETR4.SA", NOW);
  assertEquals(holdsClaim(db, id), false);
  assertEquals(endJob(db, id, end()), false);
  assertEquals(logRow(db, id).status, "abandoned");
  const next = insertRunning(db, job(2));
  assertEquals([holdsClaim(db, next), holdsClaim(db, id)], [true, false]);
  endJob(db, next, end());
  assertEquals(holdsClaim(db, next), false);
});

Deno.test("the same work is found where it has succeeded since, and nowhere else", async () => {
  using db = await Database.open(":memory:");
  const isSame = (payload = "ab", since = NOW): boolean =>
    samePayloadFinished(db, "PETR4.SA", "csv", payload, since);
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

Deno.test("rejects are kept with their job and go when its row goes", async () => {
  using db = await Database.open(":memory:");
  const id = insertRunning(db, job(1));
  const context = { ingestId: id, ticker: "PETR4.SA", source: "csv", at: NOW };
  insertRejects(db, context, []);
  insertRejects(db, context, [
    {
      origin: "a.csv",
      line: 3,
      date: "2024-01-02",
      code: "bad_number",
      reason: "close is x",
      raw: "2024-01-02,x",
    },
    { origin: null, line: null, date: null, code: "bad_ticker", reason: "r", raw: null },
  ]);
  const rows = db.all(
    `SELECT ingest_id, ticker, source, origin, line, date, code, reason, raw, rejected_at
     FROM ingest_rejects ORDER BY id`,
  );
  assertEquals(rows.map((row) => Object.values(row)), [
    [
      id,
      "PETR4.SA",
      "csv",
      "a.csv",
      3,
      "2024-01-02",
      "bad_number",
      "close is x",
      "2024-01-02,x",
      NOW,
    ],
    [id, "PETR4.SA", "csv", null, null, null, "bad_ticker", "r", null, NOW],
  ]);
  const error = await assertRejects(
    () =>
      db.transaction("write to", () =>
        insertRejects(db, { ...context, ingestId: 99 }, [
          { origin: null, line: null, date: null, code: "c", reason: "r", raw: null },
        ])),
    StoreError,
  );
  assertEquals(error.code, "db_constraint");
  db.run("DELETE FROM ingest_logs WHERE id = ?", id);
  assertEquals(db.get("SELECT count(*) AS n FROM ingest_rejects")?.n, 0);
});
