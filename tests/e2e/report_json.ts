/**
 * The JSON document of `tickerlock ingest --json`, as much of it as the tests look at.
 *
 * @module
 */
import { assert } from "../assert.ts";

/** The report of a run. */
export interface ReportJson {
  readonly run_id: string;
  readonly source: string;
  readonly dry_run: boolean;
  readonly exit_code: number;
  readonly totals: {
    readonly tickers: number;
    readonly rows_fetched: number;
    readonly rows_inserted: number;
    readonly rows_updated: number;
    readonly rows_unchanged: number;
    readonly rows_rejected: number;
    readonly by_status: Readonly<Record<string, number>>;
  };
  readonly tickers: readonly {
    readonly ticker: string | null;
    readonly job_id: string;
    readonly status: string;
    readonly lock_action: string | null;
    readonly rows_fetched: number;
    readonly rows_inserted: number;
    readonly rows_updated: number;
    readonly rows_unchanged: number;
    readonly rows_rejected: number;
    readonly requests: number | null;
    readonly window_from: string | null;
    readonly note: string | null;
    readonly error: {
      readonly code: string;
      readonly message: string;
      readonly hint: string | null;
    } | null;
  }[];
  readonly not_started: number;
  readonly warnings: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
}

/** Reads standard output that must be exactly one JSON document: one object and one newline. */
export function reportOf(stdout: string): ReportJson {
  assert(stdout.startsWith("{") && stdout.endsWith("}\n"), `not one document: ${stdout}`);
  return JSON.parse(stdout) as ReportJson;
}
