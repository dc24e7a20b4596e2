/**
 * The columns of `tickerlock logs` for people.
 *
 * @module
 */
import type { LogRow } from "../../../store/mod.ts";
import type { Column } from "../../output/table.ts";
import { statusColor } from "../../output/terminal.ts";
import { lengthOf, localTime } from "../../output/time.ts";

/** Characters of an id's end that tell it from others of the same moment: 32 bits by chance. */
const SHOWN_OF_ID = 8;

interface LogColumn extends Column<LogRow> {
  /** Only with `--wide`, which cuts nothing and leaves nothing out. */
  readonly wideOnly?: boolean;
  /** Least width while rows are still to come: that of usual values. */
  readonly usual?: number;
}

/** What went wrong, or what else there is to say: the code, then the message. */
export function errorText({ error_code, error_message }: LogRow): string {
  return [error_code, error_message].filter((text) => text !== null && text !== "").join(": ");
}

function count(
  title: string,
  rank: number,
  of: (row: LogRow) => number | null,
  more: Pick<LogColumn, "usual" | "wideOnly"> = {},
): LogColumn {
  return { title, rank, align: "right", cell: (row) => String(of(row) ?? "-"), ...more };
}

function wide(title: string, of: (row: LogRow) => string | null): LogColumn {
  return { title, wideOnly: true, cell: (row) => of(row) ?? "-" };
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
    title: "WAIT",
    rank: 10,
    usual: 7,
    align: "right",
    cell: ({ lock_waited_seconds: seconds }) => lengthOf(seconds === null ? null : seconds * 1000),
  },
  count("ROWS", 8, ({ rows_fetched }) => rows_fetched, { usual: 5 }),
  count("NEW", 7, ({ rows_inserted }) => rows_inserted, { usual: 5 }),
  count("CHANGED", 11, ({ rows_updated }) => rows_updated),
  count("SAME", 12, ({ rows_unchanged }) => rows_unchanged),
  count("REJECTED", 9, ({ rows_rejected }) => rows_rejected),
  count("ATTEMPTS", 0, ({ attempts }) => attempts, { wideOnly: true }),
  count("REQUESTS", 0, ({ requests }) => requests, { wideOnly: true }),
  {
    title: "TIME",
    rank: 6,
    usual: 7,
    align: "right",
    cell: ({ duration_ms }) => lengthOf(duration_ms),
  },
  wide("FROM", ({ window_from }) => window_from),
  wide("TO", ({ window_to }) => window_to),
  { title: "JOB", rank: 3, usual: SHOWN_OF_ID, cell: ({ job_id }) => job_id },
  wide("RUN", ({ run_id }) => run_id),
  wide("HOST", ({ host }) => host),
  count("PID", 0, ({ pid }) => pid, { wideOnly: true }),
  wide("VERSION", ({ version }) => version),
  wide("COMMAND", ({ command }) => command),
  { title: "QUERY", wideOnly: true, optional: true, cell: ({ query }) => query ?? "" },
  wide("PAYLOAD", ({ payload_sha256 }) => payload_sha256),
  // While rows are still to come, it has all the room that is left.
  { title: "ERROR", rank: 4, shrinkTo: 30, optional: true, usual: 1000, cell: errorText },
];

/**
 * The columns of a table of the log.
 *
 * @param all Whether every column is wanted, each in full.
 * @param growing Whether rows are still to come, which may have what the first ones lack.
 */
export function logColumns(all: boolean, growing: boolean): readonly Column<LogRow>[] {
  return COLUMNS.filter(({ wideOnly = false }) => all || !wideOnly).map((column) => {
    const { title, usual } = column;
    return {
      ...column,
      ...(growing && usual !== undefined ? { least: usual } : {}),
      // The beginnings of ids are times, and the same for jobs of one moment.
      ...(!all && title === "JOB"
        ? { cell: ({ job_id }: LogRow) => job_id.slice(-SHOWN_OF_ID) }
        : {}),
    };
  });
}
