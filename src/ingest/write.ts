/**
 * Fetching, validating and writing one ticker.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  ClaimLostError,
  finishJob,
  holdsClaim,
  insertRejects,
  otherDays,
  sameWorkFinished,
  upsertActions,
  type UpsertCounts,
  type UpsertOptions,
  upsertPrices,
} from "../store/pipeline.ts";
import { debug, msSince } from "../base/debug.ts";
import { SourceError } from "../base/errors.ts";
import { literal } from "../base/log.ts";
import type { CorporateAction, FetchOptions, PriceRow, Reject } from "../sources/source.ts";
import { type OpenedContext, timestamp } from "./context.ts";
import { jobEnd } from "./job_log.ts";
import type { TickerResult } from "./types.ts";
import { judgePrices } from "./validate.ts";

const log = getLogger(["tickerlock", "ingest"]);

/** What a source delivered for one ticker, parted into good and bad. */
export interface Fetched {
  readonly good: readonly PriceRow[];
  readonly rejects: readonly Reject[];
  readonly actions: readonly CorporateAction[];
  /** Whether `good` is the whole history in new terms. */
  readonly restated: boolean;
  readonly warnings: readonly string[];
  /** Exact repetitions, which count as unchanged. */
  readonly repeated: number;
  readonly payloadSha256: string | null;
}

/** Refused rows that a dry run shows of each ticker. */
const MOST_SHOWN_REJECTS = 20;

/** Adds to a result what is known only at the end. */
export type Finish = (result: TickerResult) => TickerResult;

/** How often the database was asked; 1 where it was never busy. */
export interface Attempts {
  count: number;
}

/**
 * Fetches and validates. No transaction may be open meanwhile.
 *
 * @param context The run.
 * @param ticker Canonical ticker.
 * @param options Plan, and whom to tell.
 * @throws {SourceError} Where the source fails. @throws {InterruptedError} Where the run is stopped.
 */
export async function fetchTicker(
  context: OpenedContext,
  ticker: string,
  options?: FetchOptions,
): Promise<Fetched> {
  const { opened, signal, lastDay, source } = context;
  const good: PriceRow[] = [];
  const rejects: Reject[] = [];
  const actions: CorporateAction[] = [];
  const warnings: string[] = [];
  let restated = false;
  let repeated = 0;
  let payloadSha256: string | null = null;
  signal.throwIfAborted();
  const started = performance.now();
  for await (const batch of opened.fetch(ticker, options)) {
    signal.throwIfAborted();
    const checked = judgePrices(batch, { ticker, source, lastDay });
    for (const row of checked.good) good.push(row);
    for (const reject of batch.rejects) rejects.push(reject);
    for (const reject of checked.rejects) rejects.push(reject);
    for (const action of batch.actions ?? []) actions.push(action);
    for (const warning of batch.warnings ?? []) warnings.push(warning);
    restated ||= batch.restated ?? false;
    repeated += checked.repeated;
    payloadSha256 = batch.payloadSha256 ?? payloadSha256;
  }
  debug("ingest", () => {
    const ms = msSince(started);
    const text = `${ticker}: ${good.length} row(s) parsed, ${rejects.length} rejected, ` +
      `${repeated} repeated after ${ms} ms`;
    return [text, { ticker, rows: good.length, rejected: rejects.length, repeated, ms }];
  });
  return { good, rejects, actions, restated, warnings, repeated, payloadSha256 };
}

function checkSomeGood(known: TickerResult, { good, rejects }: Fetched): void {
  if (good.length > 0) return;
  const { ticker, windowFrom, windowTo } = known;
  if (rejects.length === 0) {
    const days = `from ${windowFrom ?? "the beginning"} to ${windowTo ?? "the end"}`;
    throw new SourceError("no_rows_in_window", `${ticker}: there is no day with prices ${days}`, {
      hint: "Widen --from and --to, if the ticker is right: days without trading have no prices.",
    });
  }
  throw new SourceError(
    "no_valid_rows",
    `${ticker}: none of ${rejects.length} row(s) is valid; the first is refused because ` +
      `${rejects[0]?.reason}`,
    {
      hint:
        "See the rows with: tickerlock logs show JOB (tickerlock logs --failed has the id), and look at " +
        "the source's data.",
    },
  );
}

/**
 * A service that answers without volumes or adjusted closes has mislaid them; a file that lacks them
 * says so. After a split or dividend what is stored is in old terms, and worth less than nothing.
 */
function keeping({ isNetwork }: OpenedContext, { restated }: Fetched): UpsertOptions {
  return { keepKnown: isNetwork && !restated };
}

function counted(known: TickerResult, counts: UpsertCounts, repeated: number): TickerResult {
  return {
    ...known,
    rowsInserted: counts.inserted,
    rowsUpdated: counts.updated,
    rowsUnchanged: counts.unchanged + repeated,
  };
}

/**
 * Counts what writing would do, and rolls it back.
 *
 * @param context The run.
 * @param known The result so far.
 * @param fetched What would be written.
 * @param finish Completes the result.
 */
export async function rehearse(
  context: OpenedContext,
  known: TickerResult,
  fetched: Fetched,
  finish: Finish,
): Promise<TickerResult> {
  const { db, source } = context;
  checkSomeGood(known, fetched);
  const counts = await db.rehearsal(
    `rehearse ${known.ticker} in`,
    () => upsertPrices(db, known.ticker ?? "", source, 0, fetched.good, keeping(context, fetched)),
  );
  const rejects = fetched.rejects.slice(0, MOST_SHOWN_REJECTS);
  return finish({ ...counted(known, counts, fetched.repeated), rejects, status: "dry_run" });
}

/**
 * Writes one ticker in one transaction: the fence, the upserts, the final state of the log row. Data
 * are committed if and only if the log says so. Where another run has brought in the very same
 * since this one started, nothing is written and the status is `skipped`.
 *
 * @param context The run.
 * @param job The job's row, and its attempts so far; further ones are added.
 * @param known The result so far.
 * @param fetched What to write.
 * @param finish Completes the result.
 * @throws {ClaimLostError} Where a forced release has revoked the claim; nothing was written.
 */
export async function writeTicker(
  context: OpenedContext,
  job: { readonly ingestId: number; readonly attempts: Attempts },
  known: TickerResult,
  fetched: Fetched,
  finish: Finish,
): Promise<TickerResult> {
  const { db, source } = context;
  const { ingestId, attempts } = job;
  const ticker = known.ticker ?? "";
  checkSomeGood(known, fetched);
  let stale: readonly string[] = [];
  const written = await db.transaction(`write the prices of ${ticker} to`, () => {
    if (!holdsClaim(db, ingestId)) throw new ClaimLostError(ticker, known.jobId);
    let result: TickerResult;
    if (isDoneAlready(context, ticker, fetched)) {
      result = finish({ ...known, rowsRejected: 0, status: "skipped" });
    } else {
      const options = keeping(context, fetched);
      const counts = upsertPrices(db, ticker, source, ingestId, fetched.good, options);
      upsertActions(db, ticker, source, ingestId, fetched.actions);
      if (fetched.restated) stale = otherDays(db, ticker, source, fetched.good);
      insertRejects(db, { ingestId, ticker, source, at: timestamp() }, fetched.rejects);
      result = finish({ ...counted(known, counts, fetched.repeated), status: "success" });
    }
    finishJob(db, ingestId, jobEnd(result, attempts.count));
    return result;
  }, { onRetry: () => void attempts.count++ });
  tellWritten(written);
  if (stale.length > 0) {
    const days = stale.slice(0, 5).join(", ") + (stale.length > 5 ? ", …" : "");
    log.warn(
      literal(
        `${ticker}: ${stale.length} stored day(s) are not in the restated history and keep the ` +
          `prices of before the split or dividend: ${days}`,
      ),
      { ticker, days: stale.length },
    );
  }
  return written;
}

/**
 * Ends a job that has nothing to do. The fence comes first here, too.
 *
 * @param context The run.
 * @param job The job's row, and its attempts so far.
 * @param result What it comes to.
 * @throws {ClaimLostError} Where a forced release has revoked the claim.
 */
export async function writeSkipped(
  context: OpenedContext,
  job: { readonly ingestId: number; readonly attempts: Attempts },
  result: TickerResult,
): Promise<TickerResult> {
  const { db } = context;
  const { ingestId, attempts } = job;
  await db.transaction(`write the log of ${result.ticker} to`, () => {
    if (finishJob(db, ingestId, jobEnd(result, attempts.count))) return;
    throw new ClaimLostError(result.ticker ?? "", result.jobId);
  }, { onRetry: () => void attempts.count++ });
  return result;
}

/** Says what a commit has come to. @param result After the commit. */
export function tellWritten(result: TickerResult): void {
  debug("ingest", () => {
    const { ticker, status, rowsInserted, rowsUpdated, rowsUnchanged, rowsRejected } = result;
    const text = `${ticker}: ${status}, ${rowsInserted} row(s) inserted, ${rowsUpdated} updated, ` +
      `${rowsUnchanged} unchanged, ${rowsRejected} rejected`;
    return [text, {
      ticker,
      status,
      inserted: rowsInserted,
      updated: rowsUpdated,
      unchanged: rowsUnchanged,
      rejected: rowsRejected,
    }];
  });
}

function isDoneAlready(context: OpenedContext, ticker: string, fetched: Fetched): boolean {
  const { db, source, forceRefresh, startedAt } = context;
  if (forceRefresh || fetched.payloadSha256 === null) return false;
  return sameWorkFinished(db, {
    ticker,
    source,
    payloadSha256: fetched.payloadSha256,
    since: startedAt,
  });
}
