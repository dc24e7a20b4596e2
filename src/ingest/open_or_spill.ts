/**
 * Opening the database of a run, with a trace of the run where that fails.
 *
 * @module
 */
import { Database, DatabaseError } from "../store/pipeline.ts";
import { VERSION } from "../base/version.ts";
import { timestamp } from "./context.ts";
import { hostName } from "../platform/host.ts";
import { spill } from "../store/spill.ts";
import type { IngestOptions } from "./types.ts";
import { uuidV7 } from "../base/uuid.ts";

/**
 * What may pass or be mended without another command line. Beside a file that is no database of ours
 * nothing is left behind.
 */
const WORTH_A_TRACE = new Set([
  "db_locked",
  "db_recovering",
  "db_busy_snapshot",
  "db_full",
  "db_io",
  "db_read_only",
  "db_cannot_open",
  "db_corrupt",
]);

/**
 * Opens the database of a run. Where that fails, what the run was to do is noted in the spill file,
 * a line for each ticker, so that a later run brings it into `ingest_logs`.
 *
 * @param path Path of the database.
 * @param options Those of the run.
 * @param signal Ends the waiting for a database that is locked.
 * @param startedAt When the run began, ISO 8601 in UTC.
 * @throws {DatabaseError} Where the database cannot be used.
 */
export async function openOrSpill(
  path: string,
  options: IngestOptions,
  signal: AbortSignal,
  startedAt: string,
): Promise<Database> {
  try {
    return await Database.open(path, { signal });
  } catch (error) {
    const leavesTrace = options.dryRun !== true;
    if (leavesTrace && error instanceof DatabaseError && WORTH_A_TRACE.has(error.code)) {
      const runId = options.runId ?? uuidV7();
      for (const ticker of options.tickers ?? [null]) {
        await spill(path, {
          job: {
            jobId: uuidV7(),
            runId,
            ticker,
            source: options.source.name,
            command: options.command ?? "library",
            startedAt,
            lockAction: null,
            lockWaitedSeconds: null,
            host: hostName(),
            pid: Deno.pid,
            version: VERSION,
          },
          end: {
            finishedAt: timestamp(),
            status: "failed",
            durationMs: Date.now() - Date.parse(startedAt),
            errorCode: error.code,
            errorMessage: error.message,
          },
        });
      }
    }
    throw error;
  }
}
