/**
 * Which rows of the log are wanted.
 *
 * @module
 */

/**
 * Which rows of the log are wanted. Filters combine; an empty list filters nothing.
 *
 * @category Logs and statistics
 */
export interface LogFilter {
  /** Canonical tickers. */
  readonly tickers?: readonly string[];
  /** Names of sources. */
  readonly sources?: readonly string[];
  /** Words of `RUN_STATUSES`. */
  readonly statuses?: readonly string[];
  /** Codes of errors; of a job that failed without one its status, such as `lock_timeout`. */
  readonly codes?: readonly string[];
  /** Ids of runs, or their beginnings or ends. */
  readonly runs?: readonly string[];
  /** Ids of jobs, or their beginnings or ends. */
  readonly jobs?: readonly string[];
  /** Only what began then or later. ISO 8601 in UTC. */
  readonly since?: string | null;
  /** Only what began before then. ISO 8601 in UTC. */
  readonly until?: string | null;
}

/**
 * Which part of the rows.
 *
 * @category Logs and statistics
 */
export interface LogPage {
  /** Only rows with a smaller id. */
  readonly before?: number | undefined;
  /** Only rows with a larger id. */
  readonly after?: number;
  /** Only rows with one of these ids. */
  readonly ids?: readonly number[];
  /** Default `newest`. */
  readonly first?: "newest" | "oldest";
  /** Most rows. */
  readonly limit: number;
}
