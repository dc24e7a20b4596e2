/**
 * Rows as CSV (RFC 4180), JSON and NDJSON. What the formats cannot hold is text: bytes as hex; in JSON
 * whole numbers beyond 2^53 and infinities.
 * @module
 */
import { Bytes } from "../../base/bytes.ts";
import { csvFieldWriter, csvLineWriter, type CsvStyle, USUAL_CSV } from "../../base/csv.ts";
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
  /** The rows of a page, in UTF-8; before the first what comes before all rows. Call it in order. */
  page(rows: ExportPage): Uint8Array;
  end(): Uint8Array;
}

type WriteRow = (out: Bytes, row: readonly ExportValue[]) => void;

function documentOf(
  head: string,
  separators: readonly [first: string, next: string],
  tail: string,
  writeRow: WriteRow,
): Formatter {
  const out = new Bytes();
  out.text(head);
  let [separator] = separators;
  return {
    page: (rows) => {
      for (const row of rows) {
        out.text(separator);
        separator = separators[1];
        writeRow(out, row);
      }
      return out.take();
    },
    end: () => {
      out.text(tail);
      return out.take();
    },
  };
}

function csv(columns: readonly string[], style: CsvStyle): Formatter {
  const field = csvFieldWriter(style);
  const head = `${columns.map((name) => field(name)).join(style.separator)}\n`;
  return documentOf(head, ["", ""], "", csvLineWriter(style, columns.length));
}

function writeJson(out: Bytes, value: ExportValue | undefined): void {
  if (typeof value === "number") {
    if (Number.isFinite(value)) out.number(value);
    else out.json(String(value));
  } else if (typeof value === "string") out.json(value);
  else if (value === null || value === undefined) out.text("null");
  else if (typeof value !== "bigint") out.json(value.toHex());
  else if (Number.isSafeInteger(Number(value))) out.text(String(value));
  else out.json(String(value));
}

function objectWriter(columns: readonly string[]): WriteRow {
  const starts = columns.map((name, at) => `${at === 0 ? "{" : ","}${JSON.stringify(name)}:`);
  return (out, row) => {
    for (const [at, start] of starts.entries()) {
      out.text(start);
      writeJson(out, row[at]);
    }
    out.text("}");
  };
}

const FORMATTERS = {
  csv,
  json: (columns: readonly string[]) =>
    documentOf("[", ["\n", ",\n"], "\n]\n", objectWriter(columns)),
  ndjson: (columns: readonly string[]) => {
    const writeObject = objectWriter(columns);
    return documentOf("", ["", ""], "", (out, row) => {
      writeObject(out, row);
      out.text("\n");
    });
  },
};

/** A formatter for one document. @param columns Further values of a row are left out. */
export function formatterOf(
  format: TextFormat,
  columns: readonly string[],
  style: CsvStyle = USUAL_CSV,
): Formatter {
  return FORMATTERS[format](columns, style);
}
