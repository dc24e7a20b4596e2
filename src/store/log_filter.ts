/** Which rows of the log are wanted. @module */

/**
 * Which rows of the log are wanted. Filters combine; an empty list filters nothing.
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

/** A condition as SQL, with a `?` for each value. */
export interface Condition<Value> {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** How an engine spells what conditions are made of. */
export interface FilterSpelling<Value> {
  /** That a column has one of some values. */
  among(
    column: string,
    values: readonly (string | number)[],
    type: "bigint" | "text",
  ): Condition<Value>;
  /** The last characters of a column. */
  endOf(column: string, length: number): string;
  /** The place of a value of a type. */
  place(type: "bigint" | "timestamptz"): string;
}

/** The conditions of a filter and a page. */
export function conditionsFor<Value>(
  filter: LogFilter,
  { before, after, ids }: Omit<LogPage, "limit">,
  { among, endOf, place }: FilterSpelling<Value | string | number>,
): Condition<Value | string | number>[] {
  const listed = (column: string, values: readonly string[] = []) =>
    values.length === 0 ? [] : [among(column, values, "text")];
  const partOf = (column: string, parts: readonly string[] = []) =>
    parts.length === 0 ? [] : [{
      sql: `(${
        parts.map(({ length }) =>
          `substr(${column}, 1, ${length}) = ? OR ${endOf(column, length)} = ?`
        ).join(" OR ")
      })`,
      values: parts.flatMap((part) => [part, part]),
    }];
  const compared = (what: string, type: "bigint" | "timestamptz", value?: string | number | null) =>
    value === undefined || value === null
      ? []
      : [{ sql: `${what} ${place(type)}`, values: [value] }];
  return [
    ...compared("id <", "bigint", before),
    ...compared("id >", "bigint", after),
    ...ids === undefined ? [] : [among("id", ids, "bigint")],
    ...listed("ticker", filter.tickers),
    ...listed("source", filter.sources),
    ...listed("status", filter.statuses),
    ...listed("coalesce(error_code, status)", filter.codes),
    ...partOf("run_id", filter.runs),
    ...partOf("job_id", filter.jobs),
    ...compared("started_at >=", "timestamptz", filter.since),
    ...compared("started_at <", "timestamptz", filter.until),
  ];
}
