/**
 * The columns of `tickerlock logs` for people.
 *
 * @module
 */
import type { LogRow } from "../../../store/mod.ts";
import type { FittedColumn } from "../../output/fitted_table.ts";
import { lengthOf, localTime } from "../../output/local_time.ts";
import { statusColor } from "../../output/status_color.ts";

/** Characters of an id's end that tell it from others of the same moment: 32 bits by chance. */
const SHOWN_OF_ID = 8;

function count(value: number | null): string {
  return value === null ? "-" : String(value);
}

/** What went wrong, or what else there is to say: the code, then the message. */
export function errorText({ error_code, error_message }: LogRow): string {
  return [error_code, error_message].filter((text) => text !== null && text !== "").join(": ");
}

type LogColumn = FittedColumn<LogRow>;

const STARTED: LogColumn = {
  title: "STARTED",
  rank: 0,
  least: 19,
  cell: ({ started_at }) => localTime(started_at),
};
const TICKER: LogColumn = {
  title: "TICKER",
  rank: 1,
  shrinkTo: 12,
  cell: ({ ticker }) => ticker ?? "-",
};
const SOURCE: LogColumn = { title: "SOURCE", rank: 5, cell: ({ source }) => source };
const STATUS: LogColumn = {
  title: "STATUS",
  rank: 2,
  cell: ({ status }) => status,
  sgr: ({ status }) => statusColor(status),
};
const ERROR: LogColumn = {
  title: "ERROR",
  rank: 4,
  shrinkTo: 30,
  optional: true,
  cell: errorText,
};

function counted(
  title: string,
  rank: number,
  of: (row: LogRow) => number | null,
): LogColumn {
  return { title, rank, align: "right", cell: (row) => count(of(row)) };
}

const COUNTS: readonly LogColumn[] = [
  counted("ROWS", 8, ({ rows_fetched }) => rows_fetched),
  counted("NEW", 7, ({ rows_inserted }) => rows_inserted),
  counted("CHANGED", 11, ({ rows_updated }) => rows_updated),
  counted("SAME", 12, ({ rows_unchanged }) => rows_unchanged),
  counted("REJECTED", 9, ({ rows_rejected }) => rows_rejected),
];
const LOCK: LogColumn = { title: "LOCK", rank: 13, cell: ({ lock_action }) => lock_action ?? "-" };
const WAIT: LogColumn = {
  title: "WAIT",
  rank: 10,
  align: "right",
  cell: ({ lock_waited_seconds }) =>
    lock_waited_seconds === null ? "-" : lengthOf(lock_waited_seconds * 1000),
};
const TIME: LogColumn = {
  title: "TIME",
  rank: 6,
  align: "right",
  cell: ({ duration_ms }) => lengthOf(duration_ms),
};

/** What is shown where room is limited, as much of it as fits. */
export const LOG_COLUMNS_SHOWN: readonly LogColumn[] = [
  STARTED,
  TICKER,
  SOURCE,
  STATUS,
  LOCK,
  WAIT,
  ...COUNTS,
  TIME,
  // The beginnings of ids are times, and the same for jobs of one moment.
  { title: "JOB", rank: 3, cell: ({ job_id }) => job_id.slice(-SHOWN_OF_ID) },
  ERROR,
];

/** Everything, for `--wide`. */
export const LOG_COLUMNS_WIDE: readonly LogColumn[] = [
  STARTED,
  { title: "FINISHED", rank: 0, cell: ({ finished_at }) => localTime(finished_at) },
  TICKER,
  SOURCE,
  STATUS,
  LOCK,
  WAIT,
  ...COUNTS,
  counted("ATTEMPTS", 0, ({ attempts }) => attempts),
  counted("REQUESTS", 0, ({ requests }) => requests),
  TIME,
  { title: "FROM", rank: 0, cell: ({ window_from }) => window_from ?? "-" },
  { title: "TO", rank: 0, cell: ({ window_to }) => window_to ?? "-" },
  { title: "JOB", rank: 0, cell: ({ job_id }) => job_id },
  { title: "RUN", rank: 0, cell: ({ run_id }) => run_id },
  { title: "HOST", rank: 0, cell: ({ host }) => host },
  { title: "PID", rank: 0, align: "right", cell: ({ pid }) => String(pid) },
  { title: "VERSION", rank: 0, cell: ({ version }) => version },
  { title: "COMMAND", rank: 0, cell: ({ command }) => command },
  { title: "QUERY", rank: 0, optional: true, cell: ({ query }) => query ?? "" },
  { title: "PAYLOAD", rank: 0, cell: ({ payload_sha256 }) => payload_sha256 ?? "-" },
  ERROR,
];

/** Least widths while rows are followed: those of usual values, of which none may be there yet. */
const FOLLOWED: Readonly<Record<string, number>> = {
  TICKER: 10,
  SOURCE: 8,
  STATUS: 12,
  LOCK: 9,
  WAIT: 7,
  ROWS: 5,
  NEW: 5,
  TIME: 7,
  JOB: SHOWN_OF_ID,
  // All the room that is left.
  ERROR: 1000,
};

/**
 * The same columns, wide enough for rows that are still to come.
 *
 * @param columns The columns.
 */
export function forFollowing(columns: readonly LogColumn[]): readonly LogColumn[] {
  return columns.map((column) => {
    const least = Math.max(column.least ?? 0, FOLLOWED[column.title] ?? 0);
    return least === 0 ? column : { ...column, least };
  });
}
