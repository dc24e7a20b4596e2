/**
 * Rows as CSV (RFC 4180), JSON and NDJSON.
 *
 * What the formats cannot hold is written as text: bytes as lower-case hex, and in JSON whole numbers
 * beyond 2^53 and the infinities. Nothing else is changed: text that a spreadsheet would take for a
 * formula stays as it is, unless the style is a safe one.
 *
 * @module
 */
import { csvFieldWriter, type CsvStyle, USUAL_CSV } from "../../base/csv.ts";
import type { ExportPage, ExportValue } from "../care.ts";

/** The formats of an export that are text. */
export const TEXT_FORMATS = ["csv", "json", "ndjson"] as const;

/** The formats of an export. */
export const EXPORT_FORMATS = [...TEXT_FORMATS, "parquet"] as const;

/** One of the formats that are text. */
export type TextFormat = (typeof TEXT_FORMATS)[number];

/** One of the formats. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Writes rows in one format. The parts, put together, are the document. */
export interface Formatter {
  /** What comes before the first row. */
  readonly head: string;
  /** The rows of a page; call it in order. */
  page(rows: ExportPage): string;
  /** What comes after the last row. */
  readonly tail: string;
}

/** One line for each row. */
function lines(head: string, lineOf: (row: readonly ExportValue[]) => string): Formatter {
  return {
    head,
    page: (rows) => {
      let text = "";
      for (const row of rows) text += `${lineOf(row)}\n`;
      return text;
    },
    tail: "",
  };
}

function csv(columns: readonly string[], style: CsvStyle): Formatter {
  const { separator } = style;
  const field = csvFieldWriter(style);
  return lines(`${columns.map((name) => field(name)).join(separator)}\n`, (row) => {
    let text = field(row[0]);
    for (let at = 1; at < columns.length; at++) text += separator + field(row[at]);
    return text;
  });
}

/** Characters that JSON takes as they are, which is most of what is stored. */
const PLAIN = /^[ !#-[\]-~]*$/;

function jsonValue(value: ExportValue | undefined): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (typeof value === "string") return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
  if (value === null || value === undefined) return "null";
  if (typeof value !== "bigint") return `"${value.toHex()}"`;
  return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
}

function objectWriter(columns: readonly string[]): (row: readonly ExportValue[]) => string {
  const starts = columns.map((name, at) => `${at === 0 ? "{" : ","}${JSON.stringify(name)}:`);
  return (row) => {
    let text = "";
    for (let at = 0; at < starts.length; at++) text += `${starts[at]}${jsonValue(row[at])}`;
    return `${text}}`;
  };
}

function json(columns: readonly string[]): Formatter {
  const object = objectWriter(columns);
  let separator = "\n";
  return {
    head: "[",
    page: (rows) => {
      let text = "";
      for (const row of rows) {
        text += separator + object(row);
        separator = ",\n";
      }
      return text;
    },
    tail: "\n]\n",
  };
}

const FORMATTERS = {
  csv,
  json,
  ndjson: (columns: readonly string[]) => lines("", objectWriter(columns)),
};

/**
 * A formatter for one document.
 *
 * @param columns Names of the columns; further values of a row are left out.
 * @param style Of CSV; the others have none.
 */
export function formatterOf(
  format: TextFormat,
  columns: readonly string[],
  style: CsvStyle = USUAL_CSV,
): Formatter {
  return FORMATTERS[format](columns, style);
}
