/**
 * How the work on one ticker can end.
 *
 * @module
 */

/** Every value of `ingest_logs.status`. */
export const RUN_STATUSES = [
  "running",
  "success",
  "skipped",
  "failed",
  "lock_busy",
  "lock_timeout",
  "interrupted",
  "abandoned",
  "dry_run",
] as const;

/** How the work on one ticker ended, or `running`. */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Ends that left a ticker without what was wanted for it. */
export const FAILURE_STATUSES: readonly RunStatus[] = [
  "failed",
  "lock_busy",
  "lock_timeout",
  "interrupted",
  "abandoned",
];

/**
 * Whether a status is one of {@linkcode FAILURE_STATUSES}.
 *
 * @param status What a row says.
 */
export function isFailure(status: string): boolean {
  return FAILURE_STATUSES.some((each) => each === status);
}
