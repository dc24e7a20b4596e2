/**
 * Log rows that the database could not take: kept in a file beside it until a run can write again.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../base/errors.ts";
import { literal } from "../base/log.ts";
import { plural } from "../base/text.ts";
import type { FinishedJob } from "../model/job.ts";

const log = getLogger(["tickerlock", "ingest"]);

/** Loaded when it is needed, which is rare. */
const files = () => import("../files/mod.ts");

/** Where the log rows of a database wait: JSON Lines, one job each. */
export function spillPathOf(db: string): string {
  return `${db}.spill.ndjson`;
}

/**
 * Keeps a job's row in the spill file. Where that is not possible either, the log on standard error
 * has it; nothing is thrown, because the run's own error matters more.
 */
export async function spill(db: string, finished: FinishedJob): Promise<void> {
  if (db === ":memory:") return;
  const path = spillPathOf(db);
  try {
    const { appendText } = await files();
    await appendText(path, JSON.stringify(finished));
    const { ticker, jobId } = finished.job;
    log.warn(literal(`the log row of ${ticker ?? "this run"} waits in the spill file`), {
      spill: path,
      job_id: jobId,
    });
  } catch (error) {
    log.warn(literal(`could not keep a log row: ${messageOf(error)}`), { ...finished });
  }
}

async function isWaiting(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).size > 0;
  } catch {
    return false;
  }
}

async function parseJobs(text: string): Promise<{ jobs: FinishedJob[]; unreadable: string[] }> {
  const { checkSpilled } = await import("./spill_check.ts");
  const jobs: FinishedJob[] = [];
  const unreadable: string[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    let job: FinishedJob | undefined;
    try {
      job = checkSpilled(JSON.parse(line));
    } catch {
      // Not JSON: the start of a line that a power failure cut off.
    }
    if (job === undefined) unreadable.push(line);
    else jobs.push(job);
  }
  return { jobs, unreadable };
}

/**
 * Brings the rows of a spill file into the database, each exactly once: the file is emptied after the
 * commit, and a run that is killed in between leads to the same rows being brought in again, which
 * changes nothing. A line that cannot be read goes to the log on standard error and leaves the file.
 *
 * @param bringIn Writes finished jobs in one transaction.
 * @returns How many jobs were brought in.
 */
export async function bringInSpilled(
  db: string,
  bringIn: (jobs: readonly FinishedJob[]) => Promise<void>,
): Promise<number> {
  const path = spillPathOf(db);
  if (db === ":memory:" || !(await isWaiting(path))) return 0;
  try {
    const { withLockedFile } = await files();
    return await withLockedFile(path, "write", async (file) => {
      const { jobs, unreadable } = await parseJobs(await file.readText({ default: "" }));
      await bringIn(jobs);
      for (const line of unreadable) {
        log.error(literal(`a line of ${path} cannot be read and is dropped`), { line });
      }
      await file.writeText("");
      if (jobs.length > 0) {
        log.info(literal(`brought ${plural(jobs.length, "log row")} in from ${path}`), {
          spill: path,
        });
      }
      return jobs.length;
    });
  } catch (error) {
    // The rows are as safe as before; this run has its own work to do.
    log.warn(literal(`the spill file has to wait: ${messageOf(error)}`), { spill: path });
    return 0;
  }
}
