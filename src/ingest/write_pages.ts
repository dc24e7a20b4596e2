/**
 * Writing a dataset: page by page, each in a transaction of its own, so that a failure in the middle
 * loses nothing of the pages before it.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  ClaimLostError,
  finishJob,
  holdsClaim,
  insertRejects,
  type UpsertCounts,
  upsertEvents,
  upsertMarkets,
  upsertSettlements,
  upsertSnapshots,
  writeCheckpoint,
  type Writer,
} from "../store/pipeline.ts";
import { debug } from "../base/debug.ts";
import { literal } from "../base/log.ts";
import type { Batch, FetchOptions, MarketBatch, Reject } from "../sources/source.ts";
import { type OpenedContext, timestamp } from "./context.ts";
import { jobEnd } from "./job_log.ts";
import type { TickerResult } from "./types.ts";
import { type Attempts, type Finish, tellWritten } from "./write.ts";

const log = getLogger(["tickerlock", "ingest"]);

/** What a job has come to so far; it stays true where the next page fails. */
export interface PageCounts {
  rowsFetched: number;
  rowsInserted: number;
  rowsUpdated: number;
  rowsUnchanged: number;
  rowsRejected: number;
  payloadSha256: string | null;
}

/** Nothing yet. */
export function noPages(): PageCounts {
  return {
    rowsFetched: 0,
    rowsInserted: 0,
    rowsUpdated: 0,
    rowsUnchanged: 0,
    rowsRejected: 0,
    payloadSha256: null,
  };
}

/** Refused rows that a dry run shows. */
const MOST_SHOWN_REJECTS = 20;

function writeMarkets(
  context: OpenedContext,
  by: Writer,
  batch: MarketBatch,
): readonly UpsertCounts[] {
  const { db } = context;
  const { events, markets, settled, snapshots, takenAt } = batch;
  // Events before the markets that name them, markets before what names those.
  return [
    upsertEvents(db, by, events),
    upsertMarkets(db, by, markets),
    upsertSettlements(db, by, settled),
    ...takenAt === null ? [] : [upsertSnapshots(db, by, takenAt, snapshots)],
  ];
}

function rowsOf({ events, markets, settled, snapshots }: MarketBatch): number {
  return events.length + markets.length + settled.length + snapshots.length;
}

function add(counts: PageCounts, batch: Batch, written: readonly UpsertCounts[]): void {
  const rows = batch.markets === undefined ? 0 : rowsOf(batch.markets);
  counts.rowsFetched += rows + batch.rejects.length;
  counts.rowsRejected += batch.rejects.length;
  for (const { inserted, updated, unchanged } of written) {
    counts.rowsInserted += inserted;
    counts.rowsUpdated += updated;
    counts.rowsUnchanged += unchanged;
  }
  counts.payloadSha256 = batch.payloadSha256 ?? counts.payloadSha256;
}

/**
 * Fetches and writes a dataset. Every page's transaction begins with the fence.
 *
 * @param context The run.
 * @param job The job's row, and its attempts so far.
 * @param known The result so far.
 * @param options Plan and checkpoint.
 * @param counts Added to after each page.
 * @param finish Completes the result.
 * @throws {ClaimLostError} Where a forced release has revoked the claim.
 */
export async function writePages(
  context: OpenedContext,
  job: { readonly ingestId: number; readonly attempts: Attempts },
  known: TickerResult,
  options: FetchOptions,
  counts: PageCounts,
  finish: Finish,
): Promise<TickerResult> {
  const { db, source, opened, signal } = context;
  const { ingestId, attempts } = job;
  const name = known.ticker ?? "";
  const onRetry = (): void => void attempts.count++;
  signal.throwIfAborted();
  for await (const batch of opened.fetch(name, options)) {
    signal.throwIfAborted();
    for (const warning of batch.warnings ?? []) log.warn(literal(warning), { ticker: name });
    const written = await db.transaction(`write a page of ${name} to`, () => {
      if (!holdsClaim(db, ingestId)) throw new ClaimLostError(name, known.jobId);
      const { markets, rejects, checkpoint } = batch;
      const done = markets === undefined
        ? []
        : writeMarkets(context, { source, ingestId }, markets);
      insertRejects(db, { ingestId, ticker: name, source, at: timestamp() }, rejects);
      if (checkpoint !== undefined) {
        writeCheckpoint(db, source, name, options.plan.query ?? "", checkpoint, timestamp());
      }
      return done;
    }, { onRetry });
    add(counts, batch, written);
    debug("ingest", () => [
      `${name}: a page of ${batch.markets === undefined ? 0 : rowsOf(batch.markets)} row(s), ` +
      `${batch.rejects.length} rejected`,
      { ticker: name, ...counts },
    ]);
  }
  const result = finish({ ...known, ...counts, status: "success" });
  await db.transaction(`write the log of ${name} to`, () => {
    if (finishJob(db, ingestId, jobEnd(result, attempts.count))) return;
    throw new ClaimLostError(name, known.jobId);
  }, { onRetry });
  tellWritten(result);
  return result;
}

/**
 * Counts what a dataset would change, and rolls every page back.
 *
 * @param context The run.
 * @param known The result so far.
 * @param options Plan and checkpoint.
 * @param finish Completes the result.
 */
export async function rehearsePages(
  context: OpenedContext,
  known: TickerResult,
  options: FetchOptions,
  finish: Finish,
): Promise<TickerResult> {
  const { db, source, opened, signal } = context;
  const counts = noPages();
  const rejects: Reject[] = [];
  for await (const batch of opened.fetch(known.ticker ?? "", options)) {
    signal.throwIfAborted();
    const { markets } = batch;
    const written = markets === undefined ? [] : await db.rehearsal(
      `rehearse a page of ${known.ticker} in`,
      () => writeMarkets(context, { source, ingestId: 0 }, markets),
    );
    add(counts, batch, written);
    rejects.push(...batch.rejects.slice(0, MOST_SHOWN_REJECTS - rejects.length));
  }
  return finish({ ...known, ...counts, rejects, status: "dry_run" });
}
