/** CSV by RFC 4180. Lines end with a newline alone, as programs of Unix expect it. @module */

import type { Bytes } from "./bytes.ts";

/** The characters that readers of CSV disagree about. */
export interface CsvStyle {
  /** Between fields: one character that is no quote and no line break. */
  readonly separator: string;
  /** In numbers, before what is less than 1. Must differ from the separator. */
  readonly decimal: string;
  /** Puts an apostrophe before a text that a spreadsheet would run as a formula. Default false. */
  readonly safe?: boolean;
}

// What OWASP names of CSV injection, full-width signs and leading controls included. A number stays one.
const FORMULA = /^(?![+-]\d+(?:\.\d+)?$)[\s\p{C}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/** CSV as RFC 4180 and programs expect it. */
export const USUAL_CSV: CsvStyle = { separator: ",", decimal: "." };

type CsvValue = string | number | bigint | Uint8Array | null | undefined;

/**
 * Writes fields in a style: bytes as lower-case hex, null and undefined as an empty field. Only numbers have
 * its decimal sign; a text of digits stays as it is.
 */
export function csvFieldWriter(style: CsvStyle): (value: CsvValue) => string {
  const { separator, decimal, safe = false } = style;
  // Many readers trim blanks. An empty field is null, so an empty text is quoted, as in PostgreSQL.
  const toQuote = new RegExp(`["${separator}\\r\\n]|^$|^\\s|\\s$`);
  return (value) => {
    if (typeof value === "number") {
      return decimal === "." ? String(value) : String(value).replace(".", decimal);
    }
    if (typeof value === "string") {
      const text = safe && FORMULA.test(value) ? `'${value}` : value;
      return toQuote.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    }
    if (value === null || value === undefined) return "";
    return typeof value === "bigint" ? String(value) : value.toHex();
  };
}

/** Writes the lines of a table in a style. @param columns Further values of a row are left out. */
export function csvLineWriter(
  style: CsvStyle,
  columns: number,
): (out: Bytes, row: readonly CsvValue[]) => void {
  const { separator, decimal } = style;
  const field = csvFieldWriter(style);
  return (out, row) => {
    for (let at = 0; at < columns; at++) {
      if (at > 0) out.text(separator);
      const value = row[at];
      if (typeof value === "number") out.number(value, decimal);
      else out.text(field(value));
    }
    out.text("\n");
  };
}
