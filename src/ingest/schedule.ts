/**
 * In which order and how many at a time the tickers of a run are worked on.
 *
 * @module
 */
import { ClaimLostError, DatabaseError } from "../store/pipeline.ts";
import { claimJobs } from "./claim.ts";
import { Slots } from "./slots.ts";
import type { OpenedContext } from "./context.ts";
import { TickerJob } from "./ticker_job.ts";
import type { TickerResult } from "./types.ts";

/**
 * Tickers whose locks are waited for at a time while others go in. More would keep the rows of
 * each in memory.
 */
const MAX_WAITING = 64;

/**
 * Tickers that are locked and claimed together: one commit for their `running` rows in place of one
 * each. Held so for some milliseconds; each is written in a transaction of its own.
 */
const GROUP = 16;

/** Fewer tickers than that gain nothing from groups, and are locked one at a time. */
const FEWEST_IN_GROUPS = 256;

/** Failures of the database that no other ticker can escape. */
const STOPS_ALL = new Set(["db_full", "db_read_only", "db_io", "db_corrupt", "db_moved"]);

/** Milliseconds of work without a turn for timers and signals. */
const YIELD_MS = 200;

async function workLater(
  context: OpenedContext,
  job: TickerJob,
  slots: Slots,
): Promise<TickerResult> {
  using _lock = job;
  const outcome = await job.lock("wait");
  if (typeof outcome === "object") return outcome;
  // Whoever has a slot waits for no lock, so this ends.
  using _slot = await slots.take();
  await claimJobs(context, [job]);
  return await job.work();
}

/** Locks what is free of a group of tickers, claims it in one transaction, and works on each. */
async function runGroup(
  context: OpenedContext,
  tickers: readonly string[],
  done: (result: TickerResult) => void,
  later: (job: TickerJob) => void,
): Promise<void> {
  using locked = new DisposableStack();
  const jobs: TickerJob[] = [];
  for (const ticker of tickers) {
    const job = new TickerJob(context, ticker);
    let outcome = await job.lock("try");
    if (outcome === "busy" && !context.wait) outcome = await job.lock("leave");
    // Not a job that waits: it may obtain its lock before this group is done, and keeps it longer.
    if (outcome === "locked") jobs.push(locked.use(job));
    else if (outcome === "busy") later(job);
    else done(outcome);
  }
  await claimJobs(context, jobs);
  for (const job of jobs) done(await job.work());
}

/** No lock may be held over another ticker's request: only what is read already goes in groups. */
function inGroups({ isNetwork }: OpenedContext, tickers: readonly string[]): boolean {
  return !isNetwork && tickers.length >= FEWEST_IN_GROUPS;
}

/**
 * Works on tickers, as many at once as the run says; those that another run has locked are waited for
 * while the others go in.
 *
 * @param context The run.
 * @param tickers Sorted.
 * @param done Receives each result, and how many tickers are waited for.
 * @throws {ClaimLostError} Where the run's job lock was taken away.
 * @throws {DatabaseError} Where the database can take nothing more.
 * @throws {LockError} Where no ticker at all can be locked.
 */
export async function runTickers(
  context: OpenedContext,
  tickers: readonly string[],
  done: (result: TickerResult, waiting: number) => void,
): Promise<void> {
  // Where something fails, what waits is given up: without its job lock a run waits for nothing.
  const stop = new AbortController();
  const failures: unknown[] = [];
  const fail = (error: unknown): void => {
    failures.push(error);
    stop.abort(error);
  };
  // What stops one ticker for the database's sake stops all: it need not be said of each.
  const finished = (result: TickerResult): void => {
    done(result, waiting.size);
    const { error } = result;
    if (error === null || !STOPS_ALL.has(error.code) || stop.signal.aborted) return;
    const { code, message, hint } = error;
    fail(new DatabaseError(code, message, context.db.path, hint === null ? {} : { hint }));
  };
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const stoppable: OpenedContext = { ...context, signal };
  const waiting = new Set<Promise<void>>();
  const slots = new Slots(context.isNetwork ? context.concurrency : Infinity);
  const later = (job: TickerJob): void => {
    const work: Promise<void> = workLater(stoppable, job, slots).then(finished).catch(fail)
      .finally(() => waiting.delete(work));
    waiting.add(work);
  };
  let started = 0;
  const size = inGroups(context, tickers) ? GROUP : 1;
  const lane = async (): Promise<void> => {
    let yielded = performance.now();
    while (started < tickers.length && !signal.aborted) {
      const { jobGuard } = context;
      if (jobGuard !== undefined && !jobGuard.isCurrent()) {
        throw new ClaimLostError(`job ${jobGuard.name}`, context.runId);
      }
      const group = tickers.slice(started, started + size);
      started += group.length;
      {
        using _slot = await slots.take();
        await runGroup(stoppable, group, finished, later);
      }
      while (waiting.size > MAX_WAITING) await Promise.race(waiting);
      // Everything above can be synchronous underneath: let timers and signals have their turn.
      if (performance.now() - yielded > YIELD_MS) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        yielded = performance.now();
      }
    }
  };
  await Promise.all(Array.from({ length: context.concurrency }, () => lane().catch(fail)));
  // Also where something failed: what waits uses the database, which is closed after this.
  await Promise.all(waiting);
  if (failures.length > 0) throw failures[0];
}
