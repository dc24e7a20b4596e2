/**
 * Rows of the log on standard output: a table, CSV, JSON Lines, or one JSON document. Each takes rows
 * page by page, so that any number of them can be written.
 *
 * @module
 */
import { csvField } from "../../../base/csv.ts";
import { plural } from "../../../base/text.ts";
import { LOG_COLUMNS, type LogRow } from "../../../model/job.ts";
import { Table } from "../../output/table.ts";
import type { Io } from "../../output/io.ts";
import { tableOptions } from "../../output/terminal.ts";
import { localZone } from "../../output/time.ts";
import { wrapOut } from "../../output/wrap.ts";
import { logColumns } from "./columns.ts";
import type { LogsCall } from "./spec.ts";

/** Writes rows. */
export interface LogWriter {
  /** Writes some rows; the first call also what comes before all rows. */
  write(rows: readonly LogRow[]): void;
  /** Writes what comes after all rows; `more` is whether a limit has left rows out. */
  end(more: boolean): void;
}

function csvWriter(io: Io): LogWriter {
  let begun = false;
  return {
    write: (rows) => {
      const lines = rows.map((row) => LOG_COLUMNS.map((name) => csvField(row[name])).join(","));
      if (!begun) lines.unshift(LOG_COLUMNS.join(","));
      begun = true;
      if (lines.length > 0) io.out(`${lines.join("\n")}\n`);
    },
    end: () => {},
  };
}

function ndjsonWriter(io: Io): LogWriter {
  return {
    write: (rows) => {
      if (rows.length > 0) io.out(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
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
      if (!begun) io.out(`{\n  "db": ${JSON.stringify(db)},\n  "logs": [`);
      if (texts.length > 0) io.out(`${wrote ? ",\n" : "\n"}${texts.join(",\n")}`);
      begun = true;
      wrote ||= texts.length > 0;
    },
    end: (more) => io.out(`${wrote ? "\n  " : ""}],\n  "more": ${more}\n}\n`),
  };
}

/** Rows by which a table is laid out, and that are read at once. */
export const PAGE_ROWS = 1000;

function tableWriter({ values: { wide, follow }, io }: LogsCall): LogWriter {
  let table: Table<LogRow> | undefined;
  let shown = 0;
  return {
    write: (rows) => {
      if (table === undefined) {
        // Without rows there is no header either, unless some may still come.
        if (rows.length === 0 && !follow) return;
        const columns = logColumns(wide, follow || rows.length >= PAGE_ROWS);
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
      io.out(shown === 0 && !more ? "no rows\n" : `\n${wrapOut(io, footer)}`);
    },
  };
}

/** The writer that the options ask for. */
export function logWriter(call: LogsCall): LogWriter {
  const { values, io } = call;
  if (values.json) return jsonWriter(call);
  if (values.ndjson) return ndjsonWriter(io);
  return values.csv ? csvWriter(io) : tableWriter(call);
}
