import type { CsvStyle } from "../../base/csv.ts";
import { TickerlockError } from "../../base/errors.ts";
import { attemptOf, explain } from "../../platform/refusals.ts";
import type { Care, ExportQuery, ExportRows, Snapshot, UnknownName } from "../care.ts";
import { StoreError } from "../errors.ts";
import { type ExportSink, exportTarget, writeExportFile } from "./file.ts";
import type { ExportFormat } from "./format.ts";
import { type OnRows, Outflow, type Poured, pourText } from "./pour.ts";

interface ExportOptions {
  readonly format: ExportFormat;
  readonly csv?: CsvStyle | undefined;
  readonly to: string | ExportSink;
  readonly onProgress?: OnRows;
  readonly signal?: AbortSignal;
}

/** An export that was made. */
export interface Exported {
  readonly object: string;
  readonly format: ExportFormat;
  readonly rows: number;
  readonly bytes: number;
  readonly takenAt: string;
  /** The file, absolute and without symbolic links, with its checksum; null where there is none. */
  readonly file: { readonly path: string; readonly sha256: string } | null;
  readonly snapshotId: number | null;
  /** Why a file has no line in the manifest; null where it has one. */
  readonly manifestError: TickerlockError | null;
  readonly unknownNames: readonly UnknownName[];
  readonly cutShort: boolean;
}

async function pour(
  from: ExportRows,
  sink: ExportSink,
  query: ExportQuery,
  { format, csv, onProgress, signal }: ExportOptions,
  db: string,
): Promise<Poured> {
  const out = new Outflow(sink, signal);
  if (format !== "parquet") return await pourText(from, out, format, csv, onProgress);
  const { ParquetSchema, pourParquet } = await import("./parquet.ts");
  return await pourParquet(from, out, new ParquetSchema(from, query, db), onProgress);
}

/** Adds lines to the manifest; no ids where it takes none, and why. */
export async function keepManifest(
  rows: ExportRows,
  snapshots: readonly Snapshot[],
): Promise<{ ids: readonly number[]; manifestError: TickerlockError | null }> {
  try {
    return { ids: await rows.keep(snapshots), manifestError: null };
  } catch (error) {
    if (error instanceof TickerlockError) return { ids: [], manifestError: error };
    throw error;
  }
}

/** Filters and columns of a query, as the manifest has them. */
export function manifestQuery(
  { tickers, source, from, to, columns }: ExportQuery,
  csv?: CsvStyle,
): string {
  return JSON.stringify({ tickers, source, from, to, columns, ...csv });
}

/** What a failure to write is told as. */
export function writeFailed(
  path: string,
  error: unknown,
  to: string,
  left = "What was there before is as it was.",
): unknown {
  if (error instanceof TickerlockError) return error;
  const at = attemptOf(error)?.path ?? to;
  const { why, hint } = explain(error, at, "write", "choose another file with --out");
  // What is beside it may be another's; a hidden file would tell nothing.
  const what = at === `${to}.sha256` ? `${at}: ` : "";
  return new StoreError(
    "export_failed",
    `could not write the export to ${to}: ${what}${why}`,
    path,
    {
      hint: `${hint} ${left}`,
      cause: error,
    },
  );
}

/**
 * Exports a table or view as it is at one moment, while others read and write; equal data are equal byte
 * for byte. A file gets a `.sha256` beside it and a line in `snapshots`; without that line the export
 * counts as made and says why.
 * @throws {UsageError} `unknown_table`, `unknown_column`, `filter_not_possible`, `export_target_refused`.
 * @throws {StoreError} `export_running`, `export_failed`, `export_value_unfit`.
 * @throws The signal's reason.
 */
export async function exportTable(
  care: Care,
  query: ExportQuery,
  options: ExportOptions,
): Promise<Exported> {
  const { format, csv, to } = options;
  await using from = await care.exportRows(query);
  const { object } = query;
  const { takenAt } = from;
  const done = async ({ rows, bytes, cutShort }: Poured) => ({
    object,
    format,
    rows,
    bytes,
    takenAt,
    cutShort,
    unknownNames: await from.unknownNames(rows),
  });
  if (typeof to !== "string") {
    const poured = await pour(from, to, query, options, care.name);
    return { ...await done(poured), file: null, snapshotId: null, manifestError: null };
  }
  try {
    const target = exportTarget(care.name, to);
    let poured: Poured = { rows: 0, bytes: 0, cutShort: false };
    const file = await writeExportFile(care.name, target, async (sink) => {
      poured = await pour(from, sink, query, options, care.name);
    });
    const made = await done(poured);
    const line = { takenAt, object, query: manifestQuery(query, csv), format, rows: poured.rows };
    const { ids: [snapshotId = null], manifestError } = await keepManifest(from, [
      { ...line, ...file },
    ]);
    const { path, sha256 } = file;
    return { ...made, file: { path, sha256 }, snapshotId, manifestError };
  } catch (error) {
    throw options.signal?.aborted && error === options.signal.reason
      ? error
      : writeFailed(care.name, error, to);
  }
}
