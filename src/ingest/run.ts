/**
 * One run of the pipeline over all its tickers.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { Database } from "../db/mod.ts";
import { EXIT, InterruptedError, TickerlockError } from "../errors.ts";
import { literal } from "../log.ts";
import type { SourceRun } from "../sources/source.ts";
import { claimJobs } from "./claim.ts";
import { emptyResult, reported, type RunContext, timestamp } from "./context.ts";
import { exitCodeOf } from "./exit_code.ts";
import { writeFinishedRow } from "./job_log.ts";
import { TickerJob } from "./ticker_job.ts";
import type { IngestOptions, IngestReport, TickerResult } from "./types.ts";
import { uuidV7 } from "./uuid.ts";
import { lastPossibleDay } from "./validate.ts";

const log = getLogger(["tickerlock", "ingest"]);

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

/** Milliseconds of work without a turn for timers and signals. */
const YIELD_MS = 50;

function hostName(): string {
  try {
    return Deno.hostname();
  } catch {
    return "";
  }
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

async function workLater(context: RunContext, job: TickerJob): Promise<TickerResult> {
  using _lock = job;
  const outcome = await job.lock("wait");
  if (typeof outcome === "object") return outcome;
  await claimJobs(context, [job]);
  return await job.work();
}

/** Locks what is free of a group of tickers, claims it in one transaction, and works on each. */
async function runGroup(
  context: RunContext,
  tickers: readonly string[],
  done: (result: TickerResult) => void,
  later: (job: TickerJob) => void,
): Promise<void> {
  using locked = new DisposableStack();
  const jobs: TickerJob[] = [];
  for (const ticker of tickers) {
    const job = locked.use(new TickerJob(context, ticker));
    let outcome = await job.lock("try");
    if (outcome === "busy" && !context.wait) outcome = await job.lock("leave");
    if (outcome === "locked") jobs.push(job);
    else if (outcome === "busy") later(job);
    else done(outcome);
  }
  await claimJobs(context, jobs);
  for (const job of jobs) done(await job.work());
}

async function runTickers(
  context: RunContext,
  tickers: readonly string[],
  done: (result: TickerResult) => void,
): Promise<number> {
  const waiting = new Set<Promise<void>>();
  const later = (job: TickerJob): void => {
    const work: Promise<void> = workLater(context, job).then(done).finally(() =>
      waiting.delete(work)
    );
    waiting.add(work);
  };
  let started = 0;
  let yielded = performance.now();
  while (started < tickers.length && !context.signal.aborted) {
    const group = tickers.slice(started, started + GROUP);
    started += group.length;
    await runGroup(context, group, done, later);
    while (waiting.size > MAX_WAITING) await Promise.race(waiting);
    // Everything above can be synchronous underneath: let timers and signals have their turn.
    if (performance.now() - yielded > YIELD_MS) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      yielded = performance.now();
    }
  }
  await Promise.all(waiting);
  return tickers.length - started;
}

/** Rows of the log for what has no ticker, or a ticker that the source has not. */
async function recordTheRest(
  context: RunContext,
  missing: readonly string[],
): Promise<TickerResult[]> {
  const results: TickerResult[] = [];
  const add = async (result: TickerResult, rejects: SourceRun["unassigned"] = []) => {
    results.push(result);
    await writeFinishedRow(context, result, context.startedAt, rejects);
  };
  for (const ticker of missing) {
    const error = reported(context.opened.missing(ticker));
    await add({ ...emptyResult(ticker, uuidV7(), "failed"), error });
  }
  for (const { error } of context.opened.failures) {
    await add({ ...emptyResult(null, uuidV7(), "failed"), error: reported(error) });
  }
  const { unassigned } = context.opened;
  if (unassigned.length > 0) {
    const count = unassigned.length;
    const status = context.dryRun ? "dry_run" : "success";
    await add({
      ...emptyResult(null, uuidV7(), status),
      rowsFetched: count,
      rowsRejected: count,
    }, context.dryRun ? [] : unassigned);
  }
  return results;
}

/** Nothing could be opened: one row per ticker that was asked for, or one for the run. */
async function recordTotalFailure(
  context: RunContext,
  tickers: readonly string[] | null,
  error: unknown,
): Promise<TickerResult[]> {
  const status = error instanceof InterruptedError ? "interrupted" : "failed";
  const results: TickerResult[] = [];
  for (const ticker of tickers ?? [null]) {
    const result = { ...emptyResult(ticker, uuidV7(), status), error: reported(error) } as const;
    results.push(result);
    await writeFinishedRow(context, result, context.startedAt);
  }
  return results;
}

function byTicker(a: TickerResult, b: TickerResult): number {
  if (a.ticker === b.ticker) return 0;
  if (a.ticker === null) return 1;
  if (b.ticker === null) return -1;
  return a.ticker < b.ticker ? -1 : 1;
}

/**
 * Ingests: each ticker under its own lock, in its own transaction, with its own row in
 * `ingest_logs`.
 *
 * A failure of one ticker or file is in the report and does not stop the others.
 *
 * @param options What to bring in, and where to.
 * @returns What happened, with the exit code a program should end with.
 * @throws {DatabaseError} Where the database cannot be used at all.
 * @throws {UsageError} Where an option makes no sense for the source.
 */
export async function ingest(options: IngestOptions): Promise<IngestReport> {
  const started = performance.now();
  const startedAt = timestamp();
  const path = options.db ?? "data/tickerlock.db";
  const dryRun = options.dryRun ?? false;
  const signal = options.signal ?? new AbortController().signal;
  const tickers = options.tickers ?? null;
  const { source, onProgress } = options;
  // A dry run makes nothing, a database least of all.
  const logged = !dryRun || !(await isMissing(path));
  using db = await Database.open(logged ? path : ":memory:", { signal });
  const context = {
    runId: uuidV7(),
    source: source.name,
    command: options.command ?? "library",
    startedAt,
    host: hostName(),
    lockDir: options.lockDir ?? "locks",
    wait: (options.onLocked ?? "wait") === "wait",
    lockTimeoutSeconds: options.lockTimeoutSeconds ?? 120,
    forceRefresh: options.forceRefresh ?? false,
    dryRun,
    signal,
    db,
    logged,
    lastDay: lastPossibleDay(Date.now()),
  };
  const results: TickerResult[] = [];
  let notStarted = 0;
  let warnings: readonly string[] = [];
  let details: Readonly<Record<string, unknown>> = {};
  try {
    await using opened = await source.open({
      files: options.files ?? [],
      tickers,
      from: options.from ?? null,
      to: options.to ?? null,
      markets: options.markets ?? ["010"],
      allowTruncated: options.allowTruncated ?? false,
      signal,
      ...(onProgress === undefined
        ? {}
        : { onProgress: (progress) => onProgress({ phase: "reading", ...progress }) }),
    });
    const run: RunContext = { ...context, opened };
    warnings = opened.warnings;
    details = opened.details;
    for (const warning of warnings) log.warn(literal(warning));
    const there = new Set(opened.tickers);
    const wanted = tickers === null ? opened.tickers : tickers.filter((each) => there.has(each));
    let rows = 0;
    notStarted = await runTickers(run, [...wanted].sort(), (result) => {
      results.push(result);
      rows += result.rowsFetched;
      onProgress?.({
        phase: "writing",
        tickersDone: results.length,
        tickersTotal: wanted.length,
        rows,
      });
    });
    const missing = tickers?.filter((each) => !there.has(each)) ?? [];
    results.push(...await recordTheRest(run, missing));
  } catch (error) {
    if (!(error instanceof TickerlockError) || error.exitCode === EXIT.usage) throw error;
    const run: RunContext = { ...context, opened: nothingOpened };
    results.push(...await recordTotalFailure(run, tickers, error));
  }
  const stopped = signal.aborted && signal.reason instanceof InterruptedError;
  return {
    runId: context.runId,
    source: source.name,
    db: path,
    dryRun,
    startedAt,
    finishedAt: timestamp(),
    durationMs: Math.round(performance.now() - started),
    results: results.sort(byTicker),
    notStarted,
    warnings,
    details,
    exitCode: stopped ? signal.reason.exitCode : exitCodeOf(results),
  };
}

const nothingOpened: SourceRun = {
  tickers: [],
  unassigned: [],
  failures: [],
  warnings: [],
  details: {},
  missing: (ticker) => new Error(ticker),
  forget: () => {},
  async *fetch() {},
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
