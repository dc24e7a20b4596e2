/**
 * Rows of the log on standard output: a table, CSV, JSON Lines, or one JSON document. Each takes rows
 * page by page, so that any number of them can be written.
 *
 * @module
 */
import { LOG_COLUMNS, type LogRow } from "../../../store/mod.ts";
import { FittedTable } from "../../output/fitted_table.ts";
import { localZone } from "../../output/local_time.ts";
import type { LogsValues } from "./values.ts";
import { forFollowing, LOG_COLUMNS_SHOWN, LOG_COLUMNS_WIDE } from "./columns.ts";
import { out } from "../../output/streams.ts";
import { tableOptions } from "../../output/terminal.ts";
import { wrapOut } from "../../output/wrap.ts";

/** Writes rows. */
export interface LogWriter {
  /** Writes some rows; the first call also what comes before all rows. */
  write(rows: readonly LogRow[]): void;
  /**
   * Writes what comes after all rows.
   *
   * @param more Whether there are rows that a limit has left out.
   */
  end(more: boolean): void;
}

/**
 * A field of CSV by RFC 4180: quoted where it has to be. Lines end with a newline alone, as programs of
 * Unix expect it.
 *
 * @param value Text, number or null, which is an empty field.
 */
export function csvField(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvWriter(): LogWriter {
  let begun = false;
  return {
    write: (rows) => {
      const lines = rows.map((row) => LOG_COLUMNS.map((name) => csvField(row[name])).join(","));
      if (!begun) lines.unshift(LOG_COLUMNS.join(","));
      begun = true;
      if (lines.length > 0) out(`${lines.join("\n")}\n`);
    },
    end: () => {},
  };
}

function ndjsonWriter(): LogWriter {
  return {
    write: (rows) => {
      if (rows.length > 0) out(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    },
    end: () => {},
  };
}

function jsonWriter(db: string): LogWriter {
  let begun = false;
  let wrote = false;
  return {
    write: (rows) => {
      const texts = rows.map((row) =>
        `    ${JSON.stringify(row, null, 2).replaceAll("\n", "\n    ")}`
      );
      if (!begun) out(`{\n  "db": ${JSON.stringify(db)},\n  "logs": [`);
      if (texts.length > 0) out(`${wrote ? ",\n" : "\n"}${texts.join(",\n")}`);
      begun = true;
      wrote ||= texts.length > 0;
    },
    end: (more) => out(`${wrote ? "\n  " : ""}],\n  "more": ${more}\n}\n`),
  };
}

/** Rows by which a table is laid out, and that are read at once. */
export const PAGE_ROWS = 1000;

function tableWriter({ wide, follow }: LogsValues): LogWriter {
  let table: FittedTable<LogRow> | undefined;
  let shown = 0;
  const all = wide ? LOG_COLUMNS_WIDE : LOG_COLUMNS_SHOWN;
  return {
    write: (rows) => {
      if (table === undefined) {
        // Nothing is said of no rows but that there are none, unless some may still come.
        if (rows.length === 0 && !follow) return;
        // Rows that are still to come may have what these lack, an error for example.
        const columns = follow || rows.length >= PAGE_ROWS ? forFollowing(all) : all;
        table = new FittedTable(columns, rows, tableOptions(wide));
        out(table.header());
      }
      shown += rows.length;
      if (rows.length > 0) out(table.lines(rows));
    },
    end: (more) => {
      if (follow) return;
      const rows = `${shown} row${shown === 1 ? "" : "s"}`;
      const left = more ? `, and there are more: --limit N, or --limit all` : "";
      out(
        shown === 0 && !more
          ? "no rows\n"
          : `\n${wrapOut(`${rows}${left}; times in ${localZone()}\n`)}`,
      );
    },
  };
}

/**
 * The writer that the options ask for.
 *
 * @param values The command's values.
 */
export function logWriter(values: LogsValues): LogWriter {
  if (values.json) return jsonWriter(values.db);
  if (values.ndjson) return ndjsonWriter();
  return values.csv ? csvWriter() : tableWriter(values);
}
