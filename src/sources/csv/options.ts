/** The options of the source: what a person says where a file does not say it itself. @module */
import { shownValue } from "../../base/text.ts";
import * as v from "valibot";
import { UsageError } from "../../base/errors.ts";
import type { Selection } from "../source.ts";
import { type DateFormat, parseDateFormat } from "./date_format.ts";
import type { ColumnOptions } from "./header.ts";
import type { DecimalSign } from "./numbers.ts";
import { type Column, COLUMNS, spellingOf } from "./spellings.ts";

/** The options, read. */
export interface CsvOptions extends ColumnOptions {
  readonly dateFormat: DateFormat | null;
  readonly decimal: DecimalSign | null;
  readonly tickerFromName: boolean;
  readonly suffix: string;
  readonly timeZone: string | null;
}

function bad(option: string, value: string, what: string, hint: string): UsageError {
  return new UsageError("bad_value", `--${option} ${shownValue(value, 200)} ${what}`, {
    hint,
    details: { option: `--${option}`, value },
  });
}

const schema = v.object({
  dateFormat: v.nullish(v.string(), null),
  decimal: v.nullish(v.string(), null),
  column: v.nullish(v.array(v.string()), []),
  columns: v.nullish(v.string(), null),
  tickerFromName: v.nullish(v.boolean(), false),
  suffix: v.nullish(v.string(), ""),
  timeZone: v.nullish(v.string(), null),
});

/** Keys of the options in a selection. */
export const CSV_SELECTS: readonly string[] = Object.keys(schema.entries);

function decimalOf(text: string | null): DecimalSign | null {
  if (text === null || text === "." || text === ",") return text;
  const word = text.toLowerCase();
  if (word === "point" || word === "comma") return word === "point" ? "." : ",";
  throw bad("decimal", text, "is neither a point nor a comma", "Write --decimal . or --decimal ,");
}

function isColumn(text: string): text is Column {
  return COLUMNS.some((column) => column === text);
}

function columnOf(text: string): readonly [Column, string] {
  const [meaning = "", ...name] = text.split("=");
  const column = meaning.trim().toLowerCase();
  if (isColumn(column) && name.join("=").trim() !== "") return [column, name.join("=").trim()];
  const hint = `Write --column COLUMN=NAME with COLUMN one of ${COLUMNS.join(", ")}.`;
  throw bad("column", text, "names no column", hint);
}

function columnsOf(text: string | null): readonly string[] | null {
  if (text === null) return null;
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !/^[-_]?$/.test(name) && spellingOf(name) === undefined);
  const hint =
    `Write for example --columns date,time,open,high,low,close,volume, with - for a column that is not read.`;
  if (unknown !== undefined) throw bad("columns", text, `has the unknown name ${unknown}`, hint);
  return names.map((name) => name === "-" ? "" : name);
}

function timeZoneOf(text: string | null): string | null {
  if (text === null) return null;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    const hint = "Write a name of the tz database, for example --time-zone America/Sao_Paulo.";
    throw bad("time-zone", text, "is no time zone that this machine knows", hint);
  }
}

/** Reads the options. @throws {UsageError} `bad_value`. */
export function csvOptions(selection: Selection = {}): CsvOptions {
  const parsed = v.safeParse(schema, selection);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const key = String(issue.path?.[0].key ?? "");
    throw bad(key, shownValue(issue.input), "is of another kind", "See docs/csv.md.");
  }
  const { dateFormat, decimal, column, columns, tickerFromName, suffix, timeZone } = parsed.output;
  if (!/^[A-Za-z0-9._^=-]*$/.test(suffix)) {
    throw bad("suffix", suffix, "cannot end a ticker", "Write for example --suffix .SA.");
  }
  return {
    dateFormat: dateFormat === null ? null : parseDateFormat(dateFormat),
    decimal: decimalOf(decimal),
    column: new Map(column.map(columnOf)),
    columns: columnsOf(columns),
    tickerFromName,
    suffix: suffix.toUpperCase(),
    timeZone: timeZoneOf(timeZone),
  };
}
