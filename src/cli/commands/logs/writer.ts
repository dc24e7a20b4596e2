/** Rows of the log on standard output, page by page, so that any number can be written. @module */
import { Bytes } from "../../../base/bytes.ts";
import { csvLineWriter, USUAL_CSV } from "../../../base/csv.ts";
import { causeFirst, isUrl, lengthOf, plural } from "../../../base/text.ts";
import { LOG_COLUMNS, type LogRow, shortId, SHOWN_OF_ID } from "../../../model/job.ts";
import { type Column, numbers, Table } from "../../output/table.ts";
import type { Io } from "../../output/io.ts";
import { CUT_NOTE, statusColor, tableOptions } from "../../output/terminal.ts";
import { localTime, localZone, withLocalTimes } from "../../output/time.ts";
import { wrapOut } from "../../output/wrap.ts";
import type { LoggedValues } from "../../../store/reports.ts";
import type { LogsCall } from "./spec.ts";

interface LogColumn extends Column<LogRow> {
  /** Only in that table; `--wide` cuts nothing and leaves nothing out. Default in both. */
  readonly only?: "wide" | "narrow";
  /** Least width while rows are still to come: that of usual values. */
  readonly usual?: number;
  /** How it differs where only failures are listed: what went wrong tells more than its status. */
  readonly failed?: Pick<Column<LogRow>, "rank" | "wants">;
}

/** What went wrong, or what else there is to say: the code, then the message. */
export function errorText({ error_code, error_message }: LogRow): string {
  return [error_code, error_message].filter((text) => text !== null && text !== "").join(": ");
}

function shortErrorText(row: LogRow): string {
  const cause = causeFirst(row.error_message ?? "", row.ticker);
  return withLocalTimes(errorText({ ...row, error_message: cause }));
}

function wide(title: string, cell: (row: LogRow) => string | null): LogColumn {
  return { title, only: "wide", cell: (row) => cell(row) ?? "-" };
}

function wideNumbers(title: string, of: (row: LogRow) => number | string | null): LogColumn {
  return { ...numbers(title, 0, of), only: "wide" };
}

/** Where a row is of, while the rows are of several. */
export const HOST: Column<Pick<LogRow, "host">> = {
  title: "HOST",
  rank: 1.5,
  shrinkTo: 9,
  cell: ({ host }) => host,
};

/** Whether rows have more than one host. */
export function hasHosts(rows: readonly Pick<LogRow, "host">[]): boolean {
  return rows.some(({ host }) => host !== rows[0]?.host);
}

const COLUMNS: readonly LogColumn[] = [
  { title: "STARTED", rank: 0, least: 19, cell: ({ started_at }) => localTime(started_at) },
  wide("FINISHED", ({ finished_at }) => localTime(finished_at)),
  { title: "TICKER", rank: 1, shrinkTo: 12, usual: 10, cell: ({ ticker }) => ticker ?? "-" },
  { title: "SOURCE", rank: 5, usual: 8, cell: ({ source }) => source },
  { ...HOST, only: "narrow", usual: 9 },
  {
    title: "STATUS",
    rank: 2,
    failed: { rank: 4 },
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
    failed: { rank: 2 },
    usual: SHOWN_OF_ID,
    cell: ({ job_id }) => shortId(job_id),
  },
  wide("RUN", ({ run_id }) => run_id),
  wide("HOST", ({ host }) => host),
  wideNumbers("PID", ({ pid }) => String(pid)),
  wide("VERSION", ({ version }) => version),
  wide("COMMAND", ({ command }) => command),
  { title: "QUERY", only: "wide", optional: true, cell: ({ query }) => query ?? "" },
  wide("PAYLOAD", ({ payload_sha256 }) => payload_sha256),
  // While rows are still to come, it has all the room that is left.
  {
    title: "ERROR",
    rank: 4,
    // The longest status, a host and the least of this still fit into 80 columns.
    shrinkTo: 10,
    wants: 30,
    failed: { rank: 3, wants: Infinity },
    optional: true,
    usual: 1000,
    cell: shortErrorText,
  },
];

/** The columns of the log. @param growing Whether rows may come with what the first ones lack. */
function logColumns(
  { wide, failed, db }: LogsCall["values"],
  rows: readonly LogRow[],
  growing: boolean,
): readonly Column<LogRow>[] {
  const unwanted = wide ? "narrow" : "wide";
  const isOfHosts = wide || hasHosts(rows) || growing && isUrl(db);
  const shown = COLUMNS.filter(({ only, title }) =>
    only !== unwanted && (isOfHosts || title !== HOST.title)
  );
  const columns = shown.map((column) => failed ? { ...column, ...column.failed } : column);
  if (!growing) return columns;
  return columns.map((column) =>
    column.usual === undefined ? column : { ...column, least: column.usual }
  );
}

/** Writes rows. */
export interface LogWriter<Row = LogRow> {
  write(rows: readonly Row[]): void;
  end(more: boolean): void;
}

/** Writes CSV of rows that come as values. @param safe For spreadsheets. */
export function csvValuesWriter(io: Io, safe: boolean): LogWriter<LoggedValues> {
  const writeLine = csvLineWriter({ ...USUAL_CSV, safe }, LOG_COLUMNS.length);
  const out = new Bytes();
  out.text(`${LOG_COLUMNS.join(",")}\n`);
  return {
    write: (rows) => {
      for (const row of rows) writeLine(out, row);
      io.outBytes(out.take());
    },
    end: () => {},
  };
}

function csvWriter(io: Io, safe: boolean): LogWriter {
  const values = csvValuesWriter(io, safe);
  const valuesOf = (row: LogRow): LoggedValues => [
    row.id,
    ...LOG_COLUMNS.slice(1).map((name) => row[name]),
  ];
  return { ...values, write: (rows) => values.write(rows.map(valuesOf)) };
}

function ndjsonWriter(io: Io): LogWriter {
  return {
    write: (rows) => {
      if (rows.length > 0) io.outText(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    },
    end: () => {},
  };
}

function jsonWriter({ values: { db }, io }: LogsCall): LogWriter {
  let begun = false;
  let wrote = false;
  return {
    write: (rows) => {
      const texts = rows.map((row) =>
        `    ${JSON.stringify(row, null, 2).replaceAll("\n", "\n    ")}`
      );
      if (!begun) io.outText(`{\n  "db": ${JSON.stringify(db)},\n  "logs": [`);
      if (texts.length > 0) io.outText(`${wrote ? ",\n" : "\n"}${texts.join(",\n")}`);
      begun = true;
      wrote ||= texts.length > 0;
    },
    end: (more) => io.outText(`${wrote ? "\n  " : ""}],\n  "more": ${more}\n}\n`),
  };
}

/** Rows by which a table is laid out, and that are read at once. */
export const PAGE_ROWS = 1000;

function tableWriter({ values, io }: LogsCall): LogWriter {
  const { wide, follow } = values;
  let table: Table<LogRow> | undefined;
  let shown = 0;
  return {
    write: (rows) => {
      if (table === undefined) {
        // Without rows there is no header either, unless some may still come.
        if (rows.length === 0 && !follow) return;
        const columns = logColumns(values, rows, follow || rows.length >= PAGE_ROWS);
        table = new Table(columns, rows, tableOptions(io, wide));
        io.out(table.header());
      }
      shown += rows.length;
      if (rows.length > 0) io.out(table.lines(rows));
    },
    end: (more) => {
      if (follow) return;
      const left = more ? ", and there are more: --limit N, or --limit all" : "";
      const footer = `${plural(shown, "row")}${left}; times in ${localZone()}\n`;
      const note = table?.isCut === true ? `${CUT_NOTE}\n\n` : "";
      io.out(shown === 0 && !more ? "no rows\n" : `\n${note}${wrapOut(io, footer)}`);
    },
  };
}

/** The writer that the options ask for. */
export function logWriter(call: LogsCall): LogWriter {
  const { values, io } = call;
  if (values.json) return jsonWriter(call);
  if (values.ndjson) return ndjsonWriter(io);
  return values.csv ? csvWriter(io, values.csvSafe) : tableWriter(call);
}
