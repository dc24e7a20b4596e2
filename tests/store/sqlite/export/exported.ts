/**
 * Exports as texts and rows.
 *
 * @module
 */
import type { ExportFormat } from "../../../../src/store/export/format.ts";
import type { ExportQuery } from "../../../../src/store/care.ts";
import { sqliteCare } from "../../../../src/store/sqlite/care.ts";
import { exportTable } from "../../../../src/store/export/export.ts";
import { assertEquals } from "../../../assert.ts";

/** An export as text. */
export async function textOf(
  path: string,
  query: ExportQuery,
  format: ExportFormat = "csv",
  onPiece: () => void = () => {},
): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  const { rows, bytes } = await exportTable(sqliteCare(path), query, {
    format,
    to: {
      write: (piece) => {
        text += decoder.decode(piece, { stream: true });
        onPiece();
        return Promise.resolve(true);
      },
    },
  });
  assertEquals(bytes, new TextEncoder().encode(text).length);
  if (format === "ndjson") assertEquals(text.split("\n").length - 1, rows);
  return text;
}

/** An export as objects. */
export async function rowsOf(path: string, query: ExportQuery): Promise<Record<string, unknown>[]> {
  const text = await textOf(path, query, "ndjson");
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
