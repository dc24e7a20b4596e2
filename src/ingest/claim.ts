/**
 * Claiming tickers: the `running` rows that say who works on what.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { abandonRunning, insertRunning } from "../db/mod.ts";
import { literal } from "../log.ts";
import { type RunContext, timestamp } from "./context.ts";
import { jobStart } from "./job_log.ts";
import type { TickerJob } from "./ticker_job.ts";

const log = getLogger(["tickerlock", "ingest"]);

/**
 * Writes the `running` rows of jobs whose locks are held, in one short transaction, and marks as
 * `abandoned` what was still running for their tickers: those processes are gone, since their locks
 * are ours. Several at a time, because a commit costs more than a row.
 *
 * A failure is kept in each job, which then ends with it.
 *
 * @param context The run. A dry run claims nothing.
 * @param jobs Locked jobs.
 */
export async function claimJobs(context: RunContext, jobs: readonly TickerJob[]): Promise<void> {
  const { db, dryRun } = context;
  if (dryRun || jobs.length === 0) return;
  const names = jobs.length === 1 ? jobs[0]?.ticker : `${jobs.length} tickers`;
  try {
    const claims = await db.transaction(`claim ${names} in`, () =>
      jobs.map((job) => ({
        job,
        abandoned: abandonRunning(db, job.ticker, timestamp()),
        id: insertRunning(db, jobStart(context, job.base, job.startedAt)),
      })));
    for (const { job, abandoned, id } of claims) {
      job.ingestId = id;
      if (abandoned === 0) continue;
      log.warn(literal(`${job.ticker}: marked ${abandoned} unfinished run(s) as abandoned`), {
        ticker: job.ticker,
        abandoned,
      });
    }
  } catch (error) {
    for (const job of jobs) job.claimError = error;
  }
}
