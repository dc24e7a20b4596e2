import { FAILURE_STATUSES } from "../model/job.ts";
import type { PruneCounts, PruneOptions } from "./care.ts";

/** Rows of the log per transaction: other writers get their turn in between. */
const ROWS_PER_STEP = 1000;

/** Since when a ticker has been asked for without a gap. */
export interface Asked {
  readonly ticker: string;
  readonly source: string;
  readonly from: string | null;
}

/** Statuses that stay because they tell of a failure, as SQL. */
export function keptStatuses({ keepFailed = false }: PruneOptions): string {
  return keepFailed ? FAILURE_STATUSES.map((status) => `'${status}'`).join(", ") : "''";
}

/** Removes rows step by step. @param remove Removes those of a step that are still there, in one transaction. */
export async function removeInSteps(
  ids: readonly number[],
  remove: (step: readonly number[]) => Promise<PruneCounts>,
  onStep: (done: PruneCounts) => void | Promise<void> = () => {},
): Promise<PruneCounts> {
  let done: PruneCounts = { logs: 0, rejects: 0 };
  for (let start = 0; start < ids.length; start += ROWS_PER_STEP) {
    const removed = await remove(ids.slice(start, start + ROWS_PER_STEP));
    done = { logs: done.logs + removed.logs, rejects: done.rejects + removed.rejects };
    await onStep(done);
  }
  return done;
}
