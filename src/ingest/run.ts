/** One run of the pipeline over all its tickers. @module */
import { getLogger } from "@logtape/logtape";
import { lastPossibleDay } from "../base/day.ts";
import { debug, msSince } from "../base/debug.ts";
import { EXIT, InterruptedError, SourceError, TickerlockError } from "../base/errors.ts";
import { literal } from "../base/log.ts";
import { CLOCK_HINT, clockProblem, timestamp } from "../base/time.ts";
import { uuidV7 } from "../base/uuid.ts";
import { factsText, plural } from "../base/text.ts";
import { describeHolder, jobTarget } from "../lock/mod.ts";
import { newJob } from "../model/new_job.ts";
import { prepareFolder } from "../files/prepare_folder.ts";
import { joinPath, splitPath } from "../platform/paths.ts";
import { StoreError } from "../store/errors.ts";
import { isThere, openStore } from "../store/open.ts";
import { bringInSpilled, spill, spillPathOf } from "../store/spill.ts";
import type { HeldLock, Store } from "../store/store.ts";
import type { RecordCounts } from "../sources/source.ts";
import type { RunContext } from "./context.ts";
import { checkedRequest, type IngestRequest } from "./request.ts";
import { exitCodeOf, recordFailures, recordSkip, recordUnassigned } from "./result.ts";
import { followJobLock, TickerProgress } from "./progress.ts";
import { runTickers } from "./schedule.ts";
import { MIN_FREE_BYTES } from "./space.ts";
import type { IngestOptions, IngestReport, TickerResult } from "./types.ts";

const log = getLogger(["tickerlock", "ingest"]);

function byTicker(a: TickerResult, b: TickerResult): number {
  if (a.ticker === b.ticker) return 0;
  if (a.ticker === null) return 1;
  if (b.ticker === null) return -1;
  return a.ticker < b.ticker ? -1 : 1;
}

/** Follows the caller's signal with an `InterruptedError`, also where its reason is another. Dispose it. */
function followSignal(
  given: AbortSignal | undefined,
): Disposable & { readonly signal: AbortSignal } {
  const own = new AbortController();
  const follow = (): void => {
    const cause: unknown = given?.reason;
    if (cause instanceof InterruptedError) own.abort(cause);
    else own.abort(new InterruptedError("stopped by the caller", { cause }));
  };
  if (given?.aborted === true) follow();
  else given?.addEventListener("abort", follow, { once: true });
  const stop = (): void => given?.removeEventListener("abort", follow);
  return { signal: own.signal, [Symbol.dispose]: stop };
}

const LIBRARY = "library";

function commandOf({ commandLine, command = LIBRARY }: IngestOptions): string {
  return commandLine ?? command;
}

/**
 * Opens the database of a run. A failure that can pass is noted in the spill file, for `ingest_logs`: for
 * each ticker of a busy database, and else once. Beside a file of another kind nothing is left.
 */
async function openOrSpill(
  path: string,
  options: IngestRequest,
  { runId, startedAt, signal }: Pick<RunContext, "runId" | "startedAt" | "signal">,
): Promise<Store> {
  const { source: { name: source }, lockDir = "locks", lockMode, tickers } = options;
  const started = performance.now();
  try {
    return await openStore(path, { lockDir, lockMode, signal });
  } catch (error) {
    const isTold = error instanceof StoreError && (error.retryable || error.scope === "store");
    if (!isTold || options.dryRun === true) throw error;
    const { code: errorCode, message: errorMessage } = error;
    const durationMs = Math.round(performance.now() - started);
    const end = { status: "failed", durationMs, errorCode, errorMessage } as const;
    // What is wrong with the whole database is no failure of a ticker.
    const concerned = error.scope === "store" ? null : tickers;
    for (const ticker of concerned ?? [null]) {
      const job = newJob({ runId, startedAt, ticker, source, command: commandOf(options) });
      await spill(path, { job, end: { ...end, finishedAt: timestamp() } });
    }
    throw error;
  }
}

async function holdJobLock(
  { store, wait, signal, holder: command, runId }: RunContext,
  { jobLock: name = null, jobLockTimeoutSeconds = 300, onProgress }: IngestOptions,
): Promise<(HeldLock & AsyncDisposable) | undefined> {
  if (name === null) return undefined;
  using waiting = new DisposableStack();
  return await store.locks.holdJob(name, {
    wait,
    timeoutSeconds: jobLockTimeoutSeconds,
    signal,
    command,
    runId,
    onWait: (holder) => {
      const job_lock = jobTarget(name).name;
      waiting.use(followJobLock(job_lock, holder, onProgress));
      log.info(literal(`another run holds the job lock ${job_lock}: ${describeHolder(holder)}`), {
        job_lock,
        holder: holder ?? null,
      });
    },
  });
}

async function wantedTickers(
  { store, source }: RunContext,
  options: IngestRequest,
): Promise<readonly string[] | null> {
  if (options.allStored !== true) return options.tickers;
  const { sources, ending } = options.source.follows ?? { sources: [source], ending: "" };
  const all = await Promise.all(sources.map((each) => store.tickers(each)));
  const stored = [...new Set(all.flat())].filter((each) => each.endsWith(ending)).sort();
  if (stored.length > 0) return stored;
  throw new SourceError(
    "no_tickers_stored",
    `the database ${store.name} has no ticker of the source ${sources.join(", ")} yet`,
    {
      hint: options.source.input === "file"
        ? "Leave --all out: the files say which tickers there are."
        : "Name the tickers the first time, or bring in prices of such a source first.",
    },
  );
}

/** The run, and the row, that a wrong clock was logged of last. */
let clockTold: string | undefined;

/** What is wrong with the clock. A collector's turns are one run, whose log has it once per change. */
async function clockWarnings({ runId, store, logged }: RunContext): Promise<string[]> {
  const newestAt = logged ? await store.newestTime() : null;
  const problem = clockProblem(newestAt, Date.now());
  const what = problem === undefined ? undefined : `${runId} ${newestAt}`;
  if (problem !== undefined && what !== clockTold) {
    log.warn(literal(problem), { code: "clock", hint: CLOCK_HINT });
  }
  clockTold = what;
  return problem === undefined ? [] : [problem];
}

interface Outcome {
  readonly results: TickerResult[];
  /** Tickers that were asked for, or all that the source has; 0 before their turns begin. */
  wanted: number;
  readonly warnings: string[];
  details: Readonly<Record<string, unknown>>;
  records: RecordCounts | null;
}

const MOST_NAMED = 5;

/** What files say against stored rows, which they replace; undefined for nothing. */
function contradictionOf(results: readonly TickerResult[]): string | undefined {
  const found = results.filter(({ restatedBy }) => restatedBy === "file");
  if (found.length === 0) return undefined;
  const days = found.reduce((sum, { restated }) => sum + (restated ?? 0), 0);
  const named = found.slice(0, MOST_NAMED).map(({ ticker, note }) => `${ticker}: ${note}`);
  if (found.length > MOST_NAMED) named.push("…");
  const what = `${plural(days, "stored day")} of ${plural(found.length, "ticker")}`;
  return `the input gives ${what} other prices, which replace the stored ones: ${named.join("; ")}`;
}

async function runAll(
  context: RunContext,
  options: IngestRequest,
  tickers: readonly string[] | null,
  outcome: Outcome,
): Promise<void> {
  const { onProgress, network = {}, lockDir = "locks", fullEveryMs } = options;
  const { store, source, calendar } = context;
  const started = performance.now();
  await using opened = await options.source.open({
    files: options.files ?? [],
    tickers,
    from: options.from ?? null,
    to: options.to ?? null,
    forceRefresh: context.forceRefresh,
    fillGaps: options.fillGaps ?? false,
    acceptRestatement: context.acceptRestatement,
    ...fullEveryMs === undefined ? {} : { fullEveryMs },
    selection: options.selection,
    // One rate for all runs with the same lock folder.
    network: network.rateFolder === undefined ? { ...network, rateFolder: lockDir } : network,
    signal: context.signal,
    filesDir: context.dryRun
      ? null
      : options.filesDir ?? joinPath(splitPath(spillPathOf(store.name)).folder, "files"),
    storedDays: (names, of = source) => store.sessions(of, names),
    calendar,
    onProgress: onProgress && ((progress) => onProgress({ phase: "reading", ...progress })),
  });
  const { results } = outcome;
  const warn = (warning: string): void => {
    outcome.warnings.push(warning);
    log.warn(literal(warning));
  };
  opened.warnings.forEach(warn);
  outcome.details = opened.details;
  outcome.records = opened.records ?? null;
  const there = new Set(opened.tickers);
  const wanted = tickers === null ? opened.tickers : tickers.filter((each) => there.has(each));
  outcome.wanted = tickers?.length ?? wanted.length;
  const firstGaps = options.fillGaps === true
    ? await store.firstGaps(source, wanted, calendar)
    : null;
  debug("ingest", () => {
    const ms = msSince(started);
    const todo = plural(wanted.length, "ticker");
    const properties = { source, tickers: wanted.length, ...opened.details, ms };
    return [`source ${source}: opened after ${ms} ms, ${todo} to do`, properties];
  });
  {
    using progress = new TickerProgress(opened, wanted.length, onProgress);
    await runTickers({ ...context, opened, firstGaps, progress }, [...wanted].sort(), (result) => {
      results.push(result);
      progress.done(result);
    });
  }
  const contradicted = contradictionOf(results);
  if (contradicted !== undefined) warn(contradicted);
  const { extent = "all" } = opened;
  const absent = extent === "nothing" ? [] : tickers?.filter((each) => !there.has(each)) ?? [];
  const stored = new Set(
    extent === "some days" && absent.length > 0 ? await store.tickers(source) : [],
  );
  const failures = [
    ...absent.filter((each) => !stored.has(each)).map((ticker) => ({
      ticker,
      error: opened.missing(ticker),
    })),
    ...options.refused.map((error) => ({ ticker: null, error })),
    ...opened.failures.map((failure) => ({ ...failure, ticker: null })),
  ];
  results.push(...await recordFailures(context, failures));
  const note = "no trade on the days that were fetched";
  const skips = [
    ...absent.filter((each) => stored.has(each)).map((ticker) => ({ ticker, code: null, note })),
    ...(opened.skips ?? []).map((skip) => ({ ticker: null, ...skip })),
  ];
  for (const skip of skips) results.push(await recordSkip(context, skip));
  const { unassigned, furtherUnassigned } = opened;
  if (unassigned.length > 0) {
    const taken = rowsTaken(tickers, options, results);
    results.push(await recordUnassigned(context, unassigned, taken, furtherUnassigned));
  }
  if (results.length > 0 || wanted.length > 0) return;
  // Nothing failed and nothing was there: a word about what is there.
  const found = ["markets", "days"].flatMap((key) =>
    key in opened.details ? `${key} (${factsText(opened.details[key])})` : []
  );
  const has = found.length === 0 ? "" : `; it has ${found.join(", ")}`;
  const message = `the input has no rows for what was asked${has}`;
  const error = new SourceError("no_rows_in_window", message, {
    hint: "Look at the input, and at what was asked for: days, markets, tickers.",
  });
  results.push(...await recordFailures(context, [{ ticker: null, error }]));
}

/** The good rows of a run over the whole input; Infinity where others were not asked for or locked. */
function rowsTaken(
  tickers: readonly string[] | null,
  { from = null, to = null }: IngestOptions,
  results: readonly TickerResult[],
): number {
  if (tickers !== null || results.some(({ status }) => UNTOLD.has(status))) return Infinity;
  const taken = results.reduce((sum, each) => sum + each.rowsFetched - each.rowsRejected, 0);
  return taken > 0 && (from ?? to) !== null ? Infinity : taken;
}

const UNTOLD: ReadonlySet<string> = new Set(["lock_busy", "lock_timeout", "interrupted"]);

/**
 * Ingests: each ticker under its own lock, in its own transaction, with its own row in `ingest_logs`.
 *
 * A failure of one ticker or file is in the report and does not stop the others.
 * @returns What happened, with the exit code a program should end with.
 * @throws {StoreError} Where the database cannot be used at all.
 * @throws {LockError} `lock_dir_unusable` where the database is new and the lock folder cannot be made.
 * @throws {UsageError} Before anything is touched, where an option makes no sense: `unknown_source`,
 *   `bad_ticker` of a list without any ticker, `bad_value`, `bad_window`, `missing_ticker`, …;
 *   `other_lock_folder` where the runs on the database have their locks in another folder.
 * @category Ingest
 */
export async function ingest(given: IngestOptions): Promise<IngestReport> {
  const started = performance.now();
  const startedAt = timestamp();
  const options = await checkedRequest(given);
  const path = options.db ?? "data/tickerlock.db";
  const dryRun = options.dryRun ?? false;
  const isNetwork = options.source.input === "network";
  const rawFolder = options.saveRaw ?? null;
  if (rawFolder !== null) {
    const { RAW_FOLDER } = await import("./save_raw.ts");
    await prepareFolder(rawFolder, RAW_FOLDER);
  }
  using stop = followSignal(options.signal);
  const { signal } = stop;
  // A dry run makes nothing, a database least of all.
  const logged = !dryRun || await isThere(path);
  const runId = options.runId ?? uuidV7();
  const run = { runId, startedAt, startedMs: started, signal };
  await using store = await openOrSpill(logged ? path : ":memory:", options, run);
  if (!dryRun) await bringInSpilled(store.name, (jobs) => store.bringIn(jobs));
  const context: RunContext = {
    ...run,
    source: options.source.name,
    command: commandOf(options),
    holder: options.command ?? LIBRARY,
    wait: options.onLocked !== "exit",
    lockTimeoutSeconds: options.lockTimeoutSeconds ?? 120,
    forceRefresh: options.forceRefresh ?? false,
    acceptRestatement: options.acceptRestatement ?? false,
    allStored: options.allStored ?? false,
    isNetwork,
    concurrency: isNetwork ? options.concurrency ?? options.source.network?.concurrency ?? 4 : 1,
    rawFolder,
    dryRun,
    maxRejected: options.maxRejected ?? 0.5,
    minFreeBytes: options.minFreeBytes ?? MIN_FREE_BYTES,
    store,
    logged,
    jobLock: options.heldLock,
    calendar: options.calendar ?? {},
    fullEveryMs: options.fullEveryMs,
    lastDay: lastPossibleDay(Date.now()),
  };
  const warned = await clockWarnings(context);
  const outcome: Outcome = { results: [], wanted: 0, warnings: warned, details: {}, records: null };
  let { tickers } = options;
  try {
    await using ownLock = await holdJobLock(context, options);
    tickers = await wantedTickers(context, options);
    const jobLock = ownLock ?? context.jobLock;
    await runAll({ ...context, jobLock }, options, tickers, outcome);
    // Stopped between two tickers: no row says so yet.
    const told = outcome.results.some(({ status }) => status === "interrupted");
    if (!told) signal.throwIfAborted();
  } catch (error) {
    if (!(error instanceof TickerlockError) || error.exitCode === EXIT.usage) throw error;
    const done = new Set(outcome.results.map(({ ticker }) => ticker));
    // Where the turns had begun, those whose turn had not come have not failed: they are counted.
    const left = outcome.wanted > 0 ? [] : tickers?.filter((ticker) => !done.has(ticker)) ?? [];
    const told = outcome.results.length >= outcome.wanted &&
      outcome.results.some((each) => each.error?.message === error.message);
    // Rows for tickers that were named, where nothing had begun; else one for the run, unless the
    // rows of its tickers say all of it already.
    const unsaid = left.length > 0 ? left : told ? [] : [null];
    const failures = unsaid.map((ticker) => ({ ticker, error }));
    outcome.results.push(...await recordFailures(context, failures));
  }
  const { results, wanted, warnings, details, records } = outcome;
  const reached = results.filter(({ ticker }) => ticker !== null).length;
  return {
    runId,
    source: context.source,
    db: path,
    dryRun,
    startedAt,
    finishedAt: timestamp(),
    durationMs: Math.round(performance.now() - started),
    results: results.sort(byTicker),
    notStarted: Math.max(0, wanted - reached),
    warnings,
    details,
    records,
    exitCode: signal.aborted ? signal.reason.exitCode : exitCodeOf(results),
  };
}
