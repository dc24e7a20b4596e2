/**
 * The columns of `tickerlock logs` for people.
 *
 * @module
 */
import type { LogRow } from "../../../model/job.ts";
import { type Column, numbers } from "../../output/table.ts";
import { statusColor } from "../../output/terminal.ts";
import { lengthOf, localTime } from "../../output/time.ts";

/** Characters of an id's end that tell it from others of the same moment: 32 bits by chance. */
const SHOWN_OF_ID = 8;

interface LogColumn extends Column<LogRow> {
  /** Only in that table; `--wide` cuts nothing and leaves nothing out. Default in both. */
  readonly only?: "wide" | "narrow";
  /** Least width while rows are still to come: that of usual values. */
  readonly usual?: number;
}

/** What went wrong, or what else there is to say: the code, then the message. */
export function errorText({ error_code, error_message }: LogRow): string {
  return [error_code, error_message].filter((text) => text !== null && text !== "").join(": ");
}

function wide(title: string, cell: (row: LogRow) => string | null): LogColumn {
  return { title, only: "wide", cell: (row) => cell(row) ?? "-" };
}

function wideNumbers(title: string, of: (row: LogRow) => number | null): LogColumn {
  return { ...numbers(title, 0, of), only: "wide" };
}

const COLUMNS: readonly LogColumn[] = [
  { title: "STARTED", rank: 0, least: 19, cell: ({ started_at }) => localTime(started_at) },
  wide("FINISHED", ({ finished_at }) => localTime(finished_at)),
  { title: "TICKER", rank: 1, shrinkTo: 12, usual: 10, cell: ({ ticker }) => ticker ?? "-" },
  { title: "SOURCE", rank: 5, usual: 8, cell: ({ source }) => source },
  {
    title: "STATUS",
    rank: 2,
    usual: 12,
    cell: ({ status }) => status,
    sgr: ({ status }) => statusColor(status),
  },
  { title: "LOCK", rank: 13, usual: 9, cell: ({ lock_action }) => lock_action ?? "-" },
  {
    ...numbers<LogRow>(
      "WAIT",
      10,
      ({ lock_waited_seconds: seconds }) => lengthOf(seconds === null ? null : seconds * 1000),
    ),
    usual: 7,
  },
  { ...numbers<LogRow>("ROWS", 8, ({ rows_fetched }) => rows_fetched), usual: 5 },
  { ...numbers<LogRow>("NEW", 7, ({ rows_inserted }) => rows_inserted), usual: 5 },
  numbers("CHANGED", 11, ({ rows_updated }) => rows_updated),
  numbers("SAME", 12, ({ rows_unchanged }) => rows_unchanged),
  numbers("REJECTED", 9, ({ rows_rejected }) => rows_rejected),
  wideNumbers("ATTEMPTS", ({ attempts }) => attempts),
  wideNumbers("REQUESTS", ({ requests }) => requests),
  { ...numbers<LogRow>("TIME", 6, ({ duration_ms }) => lengthOf(duration_ms)), usual: 7 },
  wide("FROM", ({ window_from }) => window_from),
  wide("TO", ({ window_to }) => window_to),
  wide("JOB", ({ job_id }) => job_id),
  {
    title: "JOB",
    only: "narrow",
    rank: 3,
    usual: SHOWN_OF_ID,
    // The beginnings of ids are times, and the same for jobs of one moment.
    cell: ({ job_id }) => job_id.slice(-SHOWN_OF_ID),
  },
  wide("RUN", ({ run_id }) => run_id),
  wide("HOST", ({ host }) => host),
  wideNumbers("PID", ({ pid }) => pid),
  wide("VERSION", ({ version }) => version),
  wide("COMMAND", ({ command }) => command),
  { title: "QUERY", only: "wide", optional: true, cell: ({ query }) => query ?? "" },
  wide("PAYLOAD", ({ payload_sha256 }) => payload_sha256),
  // While rows are still to come, it has all the room that is left.
  { title: "ERROR", rank: 4, shrinkTo: 30, optional: true, usual: 1000, cell: errorText },
];

/**
 * The columns of a table of the log.
 *
 * @param growing Whether rows are still to come, which may have what the first ones lack.
 */
export function logColumns(all: boolean, growing: boolean): readonly Column<LogRow>[] {
  const unwanted = all ? "narrow" : "wide";
  const columns = COLUMNS.filter(({ only }) => only !== unwanted);
  if (!growing) return columns;
  return columns.map((column) =>
    column.usual === undefined ? column : { ...column, least: column.usual }
  );
}
