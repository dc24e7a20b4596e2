/** What both engines do with the write of a ticker, beside its SQL. @module */
import { InterruptedError } from "../base/errors.ts";
import type { JobEnd } from "../model/job.ts";
import { StoreError } from "./errors.ts";
import type { TickerWrite, UpsertCounts, Written } from "./store.ts";

/** Of a write without rows. */
export const NO_COUNTS: UpsertCounts = { inserted: 0, updated: 0, unchanged: 0 };

/** What two upserts did. */
export function addCounts(one: UpsertCounts, other: UpsertCounts): UpsertCounts {
  return {
    inserted: one.inserted + other.inserted,
    updated: one.updated + other.updated,
    unchanged: one.unchanged + other.unchanged,
  };
}

/** Whether a failure is of one ticker's rows; not of the database as a whole, and no stop. */
export function isOfOneRow(error: unknown): boolean {
  if (error instanceof StoreError) return error.scope === "row" && !error.retryable;
  return !(error instanceof InterruptedError);
}

/** A payload that another run may have brought in. */
export interface Payload {
  readonly id: number;
  readonly ticker: string;
  readonly source: string;
  readonly sha256: string;
  /** Only runs that finished at or after this time count, and not in the future. ISO 8601 in UTC. */
  readonly since: string;
}

/** The payloads that are not written twice. @param moved A time of this machine's clock on the engine's. */
export function payloadsOf(
  group: readonly TickerWrite[],
  moved: (at: string) => string = (at) => at,
): Payload[] {
  return group.flatMap(({ job, end: { payloadSha256: sha256 }, unlessSince }) => {
    const { id, ticker, source } = job;
    return unlessSince === null || typeof sha256 !== "string"
      ? []
      : [{ id, ticker, source, sha256, since: moved(unlessSince) }];
  });
}

/** The end of a ticker's write. @param isDone Another run has brought in the same payload. */
export function endOfWrite(
  { job: { attempts }, end, elapsedMs }: TickerWrite,
  isDone: boolean,
  counts: UpsertCounts,
  ownMs: number,
): { readonly written: Written; readonly end: Omit<JobEnd, "finishedAt"> } {
  const outcome = isDone ? "skipped" : "success";
  const durationMs = Math.round(elapsedMs + ownMs);
  return {
    written: { outcome, counts, durationMs },
    end: {
      ...end,
      rowsInserted: counts.inserted,
      rowsUpdated: counts.updated,
      rowsUnchanged: counts.unchanged,
      rowsRejected: isDone ? 0 : end.rowsRejected,
      status: outcome,
      durationMs,
      attempts: attempts.count,
    },
  };
}
