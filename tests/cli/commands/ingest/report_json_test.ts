import { reportJson, totalsOf } from "../../../../src/cli/commands/ingest/report.ts";
import { assertEquals } from "../../../assert.ts";
import { many, MIXED, report } from "./reports.ts";

Deno.test("the JSON document has every field by its name, however many tickers there are", () => {
  const nothing = {
    rows_fetched: 0,
    rows_inserted: 0,
    rows_updated: 0,
    rows_unchanged: 0,
    rows_rejected: 0,
    payload_sha256: null,
    window_from: null,
    window_to: null,
    requests: null,
    query: null,
    note: null,
    duration_ms: 0,
  };
  const over = { warnings: ["odd"], details: { files: 1 }, notStarted: 2, exitCode: 3 } as const;
  const json = reportJson(report(MIXED, over));
  assertEquals(JSON.parse(JSON.stringify(json)), {
    run_id: "run-1",
    source: "csv",
    db: "data/tickerlock.db",
    dry_run: false,
    started_at: "2024-01-02T10:00:00.000Z",
    finished_at: "2024-01-02T10:00:01.250Z",
    duration_ms: 1250,
    exit_code: 3,
    totals: { ...totalsOf(report(MIXED)) },
    tickers: [
      {
        ticker: "ABEV3.SA",
        job_id: "job-ABEV3.SA",
        status: "success",
        lock_action: "acquired",
        lock_waited_seconds: 0,
        rows_fetched: 10,
        rows_inserted: 4,
        rows_updated: 3,
        rows_unchanged: 2,
        rows_rejected: 1,
        payload_sha256: "ab".repeat(32),
        window_from: null,
        window_to: null,
        requests: null,
        query: null,
        note: null,
        duration_ms: 12,
        error: null,
      },
      {
        ticker: "PETR4.SA",
        job_id: "job-PETR4.SA",
        status: "skipped",
        lock_action: "waited",
        lock_waited_seconds: 2.345,
        rows_fetched: 5,
        rows_inserted: 0,
        rows_updated: 0,
        rows_unchanged: 5,
        rows_rejected: 0,
        payload_sha256: null,
        window_from: null,
        window_to: null,
        requests: null,
        query: null,
        note: null,
        duration_ms: 0,
        error: null,
      },
      {
        ticker: "VALE3.SA",
        job_id: "job-VALE3.SA",
        status: "lock_busy",
        lock_action: "busy",
        lock_waited_seconds: 0,
        ...nothing,
        error: {
          code: "lock_busy",
          message: "VALE3.SA is locked by someone",
          hint: "Let it finish.",
        },
      },
      {
        ticker: null,
        job_id: "job-null",
        status: "failed",
        lock_action: null,
        lock_waited_seconds: null,
        ...nothing,
        error: { code: "file_not_found", message: "x.csv is not there", hint: null },
      },
    ],
    not_started: 2,
    warnings: ["odd"],
    details: { files: 1 },
  });
  const all = reportJson(report(many(120, () => ({}))));
  assertEquals((all.tickers as unknown[]).length, 120);
});
