/**
 * A log with rows of every kind.
 *
 * @module
 */
import { Database } from "../../../src/store/sqlite/connection/database.ts";
import { TraceFreeReader } from "../../../src/store/sqlite/connection/trace_free_read.ts";
import type { Reader } from "../../../src/store/sqlite/connection/reader.ts";
import { endJob, insertRunning } from "../../../src/store/sqlite/tables/jobs.ts";
import { insertRejects } from "../../../src/store/sqlite/tables/jobs.ts";
import { jobIdOf, type Logged } from "../rows.ts";
import { job } from "./helpers.ts";

/** Writes rows in their order, those with `rejects` with as many, and returns their ids. */
export async function addLogged(db: Database, rows: readonly Logged[]): Promise<number[]> {
  return await db.transaction(
    "log",
    () =>
      rows.map(({ status = "success", rejects = 0, ...over }) => {
        const number = Number(db.get("SELECT coalesce(max(id), 0) AS n FROM ingest_logs")?.n) + 1;
        const start = job(number, { jobId: jobIdOf(number), ...over });
        const id = insertRunning(db, start);
        if (status !== "running") {
          endJob(db, id, {
            finishedAt: start.startedAt,
            durationMs: 10,
            rowsRejected: rejects,
            ...over,
            status,
          });
        }
        const { ticker, source } = start;
        const reject = {
          origin: "prices.csv",
          line: 4,
          date: "2024-01-02",
          code: "high_below_low",
          reason: "high 38 is below low 38.6",
          raw: null,
        };
        insertRejects(
          db,
          { ingestId: id, ticker, source, at: start.startedAt },
          Array.from({ length: rejects }, () => reject),
        );
        return id;
      }),
  );
}

/** Makes a database with such rows. */
export async function makeLogged(path: string, rows: readonly Logged[]): Promise<void> {
  using db = await Database.open(path);
  await addLogged(db, rows);
}

/** Reads a database for a moment. */
export function reading<T>(path: string, work: (db: Reader) => T): T {
  using db = TraceFreeReader.open(path);
  return work(db);
}
