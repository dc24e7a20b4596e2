/**
 * Claiming tickers: the `running` rows that say who works on what.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { abandonRunning, ClaimLostError, insertRunning } from "../store/pipeline.ts";
import { literal } from "../base/log.ts";
import { type RunContext, timestamp } from "./context.ts";
import { jobStart } from "./job_log.ts";
import type { TickerJob } from "./ticker_job.ts";

const log = getLogger(["tickerlock", "ingest"]);

/**
 * Writes the `running` rows of jobs whose locks are held, in one short transaction, and marks as
 * `abandoned` what was still running for their tickers: those processes are gone, since their locks
 * are ours. Several at a time, because a commit costs more than a row.
 *
 * Whoever was stopped between lock and claim may have lost the lock meanwhile, and its successor may
 * be done already. So the lock is looked at inside the transaction: a successor that takes it after
 * that look claims after us, and its claim ends ours.
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
    await db.transaction(`claim ${names} in`, () => {
      for (const job of jobs) {
        const lost = lostLock(context, job);
        if (lost !== undefined) {
          job.claim = { error: new ClaimLostError(lost, job.jobId) };
          continue;
        }
        const abandoned = abandonRunning(db, job.ticker, timestamp());
        job.claim = {
          id: insertRunning(db, jobStart(context, job.base, job.startedAt)),
          abandoned,
        };
      }
    }, {
      onRetry: () => {
        for (const job of jobs) job.attempts.count++;
      },
    });
  } catch (error) {
    for (const job of jobs) job.claim = { error };
  }
  for (const { ticker, claim } of jobs) {
    if (claim === undefined || !("id" in claim) || claim.abandoned === 0) continue;
    const { abandoned } = claim;
    log.warn(literal(`${ticker}: marked ${abandoned} unfinished run(s) as abandoned`), {
      ticker,
      abandoned,
    });
  }
}

function lostLock({ jobGuard }: RunContext, job: TickerJob): string | undefined {
  if (jobGuard !== undefined && !jobGuard.isCurrent()) return `job ${jobGuard.name}`;
  return job.isProtected ? undefined : job.ticker;
}
