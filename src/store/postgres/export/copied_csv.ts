/**
 * CSV as the server writes it, made into that of an export: they differ in a few values, and pages that may
 * have one are written anew.
 * @module
 */
import { Buffer } from "node:buffer";
import { Bytes } from "../../../base/bytes.ts";
import { csvLineWriter, USUAL_CSV } from "../../../base/csv.ts";
import type { ColumnType } from "../../care.ts";

/** Types whose text is the same, but for those values. */
export const COPIED: ReadonlySet<ColumnType> = new Set(["integer", "double", "text", "day"]);

/**
 * Numbers with an exponent, which begins with other sizes here, the negative zero, and text that begins
 * or ends with a blank, which is quoted here: in UTF-8 of several bytes there can be more of them.
 */
const OTHERWISE =
  /\de[+-]\d|-0[,\n]|(?:^|[,\n"])[\t\v\f \x80-\xff]|[\t\v\f \x80-\xff](?:[,\n"]|$)|\\\./;

const FIELDS = /("[^"]*(?:""[^"]*)*"|[^",\n]*)([,\n])/gy;

function valueOf(field: string, type: ColumnType | undefined): string | number | null {
  if (field === "") return null;
  if (type === "double") return Number(field);
  return field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
}

/** Whole lines of the server as they are in an export. @param types Of the columns. */
export function asExported(bytes: Uint8Array, types: readonly ColumnType[]): Uint8Array {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!OTHERWISE.test(lines.toString("latin1"))) return bytes;
  const out = new Bytes();
  const writeLine = csvLineWriter(USUAL_CSV, types.length);
  const row: (string | number | null)[] = [];
  for (const [, field = "", end] of lines.toString().matchAll(FIELDS)) {
    row.push(valueOf(field, types[row.length]));
    if (end === ",") continue;
    writeLine(out, row);
    row.length = 0;
  }
  return out.take();
}
