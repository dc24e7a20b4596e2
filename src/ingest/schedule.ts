/** In which order and how many at a time the tickers of a run are worked on. @module */
import { getLogger } from "@logtape/logtape";
import { Fifo, type Slot } from "../base/fifo.ts";
import { literal } from "../base/log.ts";
import { sleep } from "../base/sleep.ts";
import { describeHolder, LockBusyError } from "../lock/mod.ts";
import { ClaimLostError, StoreError } from "../store/errors.ts";
import type {
  RefusedTicker,
  TakenTicker,
  TakeOptions,
  TickerWrite,
  Written,
} from "../store/store.ts";
import type { OpenedContext } from "./context.ts";
import { lowSpace } from "./space.ts";
import { TickerJob } from "./ticker_job.ts";
import type { TickerResult } from "./types.ts";

const log = getLogger(["tickerlock", "ingest"]);

/** Tickers whose locks are waited for at a time, each with its rows in memory. */
const MAX_WAITING = 64;

/** Tickers taken and written together. With 16 a run over tickers of one row takes an eighth more. */
const GROUP = 64;

/** Rows that a group collects before it is written: more of them would only fill the memory. */
const GROUP_ROWS = 4096;

/** Fewer tickers than that gain nothing from groups, and are worked on one at a time. */
const FEWEST_IN_GROUPS = 256;

/** Tickers at work for each that may ask: those that are checked and written hold up no request. */
const LANES = 1.5;

const YIELD_MS = 50;

function takeOptions(context: OpenedContext, wait: boolean): TakeOptions {
  const { runId, source, command, holder, lockTimeoutSeconds, dryRun, jobLock, signal } = context;
  return {
    run: { runId, source, command },
    holder,
    wait,
    timeoutSeconds: lockTimeoutSeconds,
    claim: !dryRun,
    jobLock,
    signal,
    onWait: (ticker, holder) => {
      context.progress?.locked(ticker, holder);
      log.info(literal(`waiting for ${ticker}, locked by ${describeHolder(holder)}`), {
        ticker,
        holder: holder ?? null,
      });
    },
  };
}

function isOfStore(error: unknown): error is StoreError {
  return error instanceof StoreError && error.scope === "store";
}

/** What the tickers at work fail with: the failure itself names another ticker. */
function endedBy(cause: StoreError): StoreError {
  const { code, path, hint } = cause;
  const message = `the run was ended: the database ${path} can take nothing more (${code})`;
  return new StoreError(code, message, path, { hint, scope: "store", cause });
}

interface Listener {
  done(job: TickerJob, result: TickerResult): void;
  refused(job: TickerJob, refused: RefusedTicker): Promise<void> | void;
}

type Collected = readonly [TickerJob, TakenTicker, TickerWrite];

/** Writes what a group has collected, and releases its tickers. */
async function flush(
  context: OpenedContext,
  collected: readonly Collected[],
  { done }: Listener,
): Promise<void> {
  if (collected.length === 0) return;
  const low = lowSpace(context);
  const written: readonly Written[] = low === undefined
    ? await context.store.write(collected.map(([, , write]) => write))
    : collected.map(() => ({ outcome: "failed", error: low }));
  for (const [index, [job, taken]] of collected.entries()) {
    const each = written[index];
    if (each === undefined) continue;
    const result = await job.written(each);
    await taken[Symbol.asyncDispose]();
    done(job, result);
  }
}

/**
 * Takes a group of tickers, works on each, and writes them together.
 * @param slot Leave to ask for the first of them. Without it, locked tickers are waited for, and a slot
 *   after that: what has a slot waits for no lock.
 */
async function runGroup(
  context: OpenedContext,
  jobs: readonly TickerJob[],
  slot: Slot | undefined,
  slots: Fifo,
  listener: Listener,
): Promise<void> {
  await using held = new AsyncDisposableStack();
  const takes = await context.store.take(jobs, takeOptions(context, slot === undefined));
  for (const each of takes) if (each.taken) held.use(each);
  if (slot === undefined) {
    for (const { ticker } of jobs) context.progress?.resumed(ticker);
  }
  // Given back with the answer: the next ticker asks while this one is checked and written.
  let free: Slot | undefined = held.use(slot ?? await slots.take());
  const permit = async (): Promise<Slot> => {
    const own = free;
    free = undefined;
    return own ?? await slots.take(context);
  };
  let collected: Collected[] = [];
  let rows = 0;
  for (const [index, job] of jobs.entries()) {
    const each = takes[index];
    if (each === undefined) continue;
    if (!each.taken) {
      await listener.refused(job, each);
      continue;
    }
    const prepared = await job.prepare(each, permit);
    if ("status" in prepared) {
      await each[Symbol.asyncDispose]();
      listener.done(job, prepared);
      continue;
    }
    collected.push([job, each, prepared]);
    rows += prepared.prices.length;
    if (rows < GROUP_ROWS) continue;
    await flush(context, collected, listener);
    [collected, rows] = [[], 0];
  }
  await flush(context, collected, listener);
}

/**
 * Works on sorted tickers, as many at once as the run says; locked ones are waited for meanwhile.
 * @throws {ClaimLostError} Where the job lock was taken away.
 * @throws {StoreError} {LockError} Where nothing can be written or locked.
 */
export async function runTickers(
  context: OpenedContext,
  tickers: readonly string[],
  done: (result: TickerResult) => void,
): Promise<void> {
  // Where something fails, what waits is given up.
  const stop = new AbortController();
  const failures: unknown[] = [];
  const fail = (error: unknown): void => {
    failures.push(error);
    stop.abort(isOfStore(error) ? endedBy(error) : error);
  };
  const finished = (job: TickerJob, result: TickerResult): void => {
    done(result);
    // What stops one ticker for the database's sake stops all.
    if (isOfStore(job.failure) && !stop.signal.aborted) fail(job.failure);
  };
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const stoppable: OpenedContext = { ...context, signal };
  const waiting = new Set<Promise<void>>();
  const slots = new Fifo(context.isNetwork ? context.concurrency : Infinity);
  const refuse = async (job: TickerJob, refused: RefusedTicker): Promise<void> => {
    // It has waited for its lock until the database took nothing more: it has not begun.
    if (isOfStore(refused.error) && refused.error === stop.signal.reason) return;
    finished(job, await job.refuse(refused));
  };
  const later = (job: TickerJob): void => {
    const listener = { done: finished, refused: refuse };
    const work: Promise<void> = runGroup(stoppable, [job], undefined, slots, listener).catch(fail)
      .finally(() => waiting.delete(work));
    waiting.add(work);
  };
  const listener: Listener = {
    done: finished,
    refused: (job, refused) =>
      context.wait && refused.error instanceof LockBusyError ? later(job) : refuse(job, refused),
  };
  let started = 0;
  // No lock may be held over another ticker's request: only what is read already goes in groups.
  const size = !context.isNetwork && tickers.length >= FEWEST_IN_GROUPS ? GROUP : 1;
  const lane = async (): Promise<void> => {
    let yielded = performance.now();
    while (started < tickers.length && !signal.aborted) {
      using slot = await slots.take();
      // Others may have had the last ones meanwhile.
      if (started >= tickers.length || signal.aborted) return;
      const { jobLock } = context;
      if (jobLock?.isCurrent() === false) {
        throw new ClaimLostError(`job ${jobLock.name}`, context.runId);
      }
      const group = tickers.slice(started, started + size);
      started += group.length;
      const jobs = group.map((ticker) => new TickerJob(stoppable, ticker));
      await runGroup(stoppable, jobs, slot, slots, listener);
      while (waiting.size > MAX_WAITING) await Promise.race(waiting);
      // Everything above can be synchronous: let timers and signals have their turn.
      if (performance.now() - yielded > YIELD_MS) {
        await sleep(0);
        yielded = performance.now();
      }
    }
  };
  const lanes = Math.floor(context.concurrency * LANES);
  const working = Array.from({ length: lanes }, () => lane().catch(fail));
  // What tells the free space takes 15 ms to load: beside the first request.
  if (context.isNetwork) working.push(sleep(0).then(() => void lowSpace(context)));
  await Promise.all(working);
  // Also after a failure: what waits uses the database, which is closed after this.
  await Promise.all(waiting);
  if (failures.length > 0) throw failures[0];
}
