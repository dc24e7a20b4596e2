/**
 * What a line of a spill file must be.
 *
 * @module
 */
import * as v from "valibot";
import type { SpilledJob } from "./spill.ts";

const count = v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0);
const text = v.nullable(v.string());

const spilledJobSchema: v.GenericSchema<unknown, SpilledJob> = v.object({
  job: v.object({
    jobId: v.string(),
    runId: v.string(),
    ticker: text,
    source: v.string(),
    command: v.string(),
    startedAt: v.string(),
    lockAction: v.nullable(v.picklist(["acquired", "waited", "busy", "timed_out"])),
    lockWaitedSeconds: v.nullable(v.number()),
    host: v.string(),
    pid: v.pipe(v.number(), v.safeInteger()),
    version: v.string(),
  }),
  end: v.object({
    finishedAt: v.string(),
    status: v.picklist([
      "success",
      "skipped",
      "failed",
      "lock_busy",
      "lock_timeout",
      "interrupted",
      "abandoned",
      "dry_run",
    ]),
    durationMs: v.number(),
    rowsFetched: count,
    rowsInserted: count,
    rowsUpdated: count,
    rowsUnchanged: count,
    rowsRejected: count,
    payloadSha256: v.optional(text, null),
    attempts: v.optional(v.number(), 1),
    errorCode: v.optional(text, null),
    errorMessage: v.optional(text, null),
  }),
});

/**
 * A line as a job.
 *
 * @param value The line, parsed as JSON.
 * @returns The job, or undefined where it is none.
 */
export function parseSpilledJob(value: unknown): SpilledJob | undefined {
  const parsed = v.safeParse(spilledJobSchema, value);
  return parsed.success ? parsed.output : undefined;
}
