/**
 * Log rows that the database could not take: kept in a file beside it until a run can write again.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  bringInFinished,
  type Database,
  type JobEnd,
  type JobStart,
  spillPathOf,
} from "./pipeline.ts";
import { messageOf } from "../base/errors.ts";
import { literal } from "../base/log.ts";

const log = getLogger(["tickerlock", "ingest"]);

/** What writes the file: loaded when it is needed, which is next to never. */
const files = () => import("../files/mod.ts");

/** A job that ended without its row. */
export interface SpilledJob {
  readonly job: JobStart;
  readonly end: JobEnd;
}

/** Where the rows of a database are spilled: JSON Lines, one job each. */
export function spillPath(db: string): string {
  return spillPathOf(db);
}

/**
 * Keeps a job's row in the spill file. Where that is not possible either, the log on standard error
 * has the last word; nothing is thrown, because the run's own error matters more.
 *
 * @param db Path of the database.
 * @param spilled The job.
 */
export async function spill(db: string, spilled: SpilledJob): Promise<void> {
  if (db === ":memory:") return;
  try {
    const { appendText } = await files();
    await appendText(spillPath(db), JSON.stringify(spilled));
    log.warn(
      literal(`the log row of ${spilled.job.ticker ?? "this run"} waits in the spill file`),
      {
        spill: spillPath(db),
        job_id: spilled.job.jobId,
      },
    );
  } catch (error) {
    log.warn(literal(`could not keep a log row: ${messageOf(error)}`), { ...spilled });
  }
}

async function isWaiting(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).size > 0;
  } catch {
    return false;
  }
}

async function parseJobs(text: string): Promise<{ jobs: SpilledJob[]; unreadable: string[] }> {
  const { parseSpilledJob } = await import("./spill_schema.ts");
  const jobs: SpilledJob[] = [];
  const unreadable: string[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    try {
      const parsed = parseSpilledJob(JSON.parse(line));
      if (parsed !== undefined) jobs.push(parsed);
      else unreadable.push(line);
    } catch {
      unreadable.push(line);
    }
  }
  return { jobs, unreadable };
}

/**
 * Brings the rows of a spill file into the database, each exactly once: the file is emptied after the
 * commit, and a run that is killed in between leads to the same rows being brought in again, which
 * changes nothing.
 *
 * Lines that cannot be read (the start of one, cut off by a power failure) stay in the log on standard
 * error and leave the file.
 *
 * @param db Open database.
 * @returns How many jobs were brought in.
 */
export async function bringInSpilled(db: Database): Promise<number> {
  const path = spillPath(db.path);
  if (db.path === ":memory:" || !(await isWaiting(path))) return 0;
  try {
    const { withLockedFile } = await files();
    return await withLockedFile(path, "write", async (file) => {
      const { jobs, unreadable } = await parseJobs(await file.readText({ default: "" }));
      await db.transaction("bring the spill file into", () => {
        for (const { job, end } of jobs) bringInFinished(db, job, end);
      });
      for (const line of unreadable) {
        log.error(literal(`a line of ${path} cannot be read and is dropped`), { line });
      }
      await file.writeText("");
      if (jobs.length > 0) {
        log.info(literal(`brought ${jobs.length} log row(s) in from ${path}`), { spill: path });
      }
      return jobs.length;
    });
  } catch (error) {
    // The rows are as safe as before; this run has its own work to do.
    log.warn(literal(`the spill file has to wait: ${messageOf(error)}`), { spill: path });
    return 0;
  }
}
