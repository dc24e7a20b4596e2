/**
 * Results and reports to render.
 *
 * @module
 */
import { resultOf } from "../../../../src/ingest/result.ts";
import type { IngestReport, ReportedError, TickerResult } from "../../../../src/ingest/types.ts";

/** A ticker that went in at once. */
export function result(ticker: string | null, over: Partial<TickerResult> = {}): TickerResult {
  return {
    ...resultOf({ ticker, jobId: `job-${ticker}`, status: "success" }),
    lockAction: "acquired",
    lockWaitedSeconds: 0,
    ...over,
  };
}

/** A run of 1.25 s. */
export function report(
  results: readonly TickerResult[],
  over: Partial<IngestReport> = {},
): IngestReport {
  return {
    runId: "run-1",
    source: "csv",
    db: "data/tickerlock.db",
    dryRun: false,
    startedAt: "2024-01-02T10:00:00.000Z",
    finishedAt: "2024-01-02T10:00:01.250Z",
    durationMs: 1250,
    results,
    notStarted: 0,
    warnings: [],
    details: {},
    exitCode: 0,
    ...over,
  };
}

/** An error as a result carries it. */
export function failure(code: string, message: string, hint: string | null = null): ReportedError {
  return { code, message, hint };
}

/** One of each: done with a reject, skipped, locked, and a file that failed. */
export const MIXED = [
  result("ABEV3.SA", {
    rowsFetched: 10,
    rowsInserted: 4,
    rowsUpdated: 3,
    rowsUnchanged: 2,
    rowsRejected: 1,
    durationMs: 12,
    payloadSha256: "ab".repeat(32),
  }),
  result("PETR4.SA", {
    status: "skipped",
    lockAction: "waited",
    lockWaitedSeconds: 2.345,
    rowsFetched: 5,
    rowsUnchanged: 5,
  }),
  result("VALE3.SA", {
    status: "lock_busy",
    lockAction: "busy",
    error: failure("lock_busy", "VALE3.SA is locked by someone", "Let it finish."),
  }),
  result(null, {
    status: "failed",
    lockAction: null,
    lockWaitedSeconds: null,
    error: failure("file_not_found", "x.csv is not there"),
  }),
];

/** Names of the table's lines, without its titles. */
export function tickersShown(text: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith("TICKER "));
  if (start < 0) return [];
  return lines.slice(start + 1, lines.indexOf("", start)).map((line) => line.split(" ")[0] ?? "");
}

/** Many tickers, each with something of its own. */
export function many(
  count: number,
  over: (index: number) => Partial<TickerResult>,
): TickerResult[] {
  return Array.from(
    { length: count },
    (_, index) => result(`T${String(index).padStart(3, "0")}`, over(index)),
  );
}
