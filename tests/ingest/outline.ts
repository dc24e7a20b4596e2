/**
 * A run with a source of a test's own, and what became of it in few words.
 *
 * @module
 */
import { ingest } from "../../src/ingest/run.ts";
import type { IngestOptions, IngestReport } from "../../src/ingest/types.ts";
import type { Source } from "../../src/sources/source.ts";
import type { Workspace } from "../e2e/workspace.ts";

/** Runs it in a workspace. */
export function run(
  space: Workspace,
  source: Source,
  options: Partial<IngestOptions> = {},
): Promise<IngestReport> {
  return ingest({ source, db: space.db, lockDir: space.lockDir, ...options });
}

/** Ticker, status and error code of every result. */
export function outline(report: IngestReport): (string | null)[][] {
  return report.results.map(({ ticker, status, error }) => [ticker, status, error?.code ?? null]);
}

/** The same of every row of the log. */
export function logOutline(space: Workspace): (string | null)[][] {
  return space.logs().map(({ ticker, status, error_code }) => [ticker, status, error_code]);
}
