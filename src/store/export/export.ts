/**
 * Exports of tables and views.
 *
 * @module
 */
import type { CsvStyle } from "../../base/csv.ts";
import { TickerlockError } from "../../base/errors.ts";
import { attemptOf, explain } from "../../platform/refusals.ts";
import type { Care, ExportQuery, ExportRows, Snapshot, UnknownName } from "../care.ts";
import { StoreError } from "../errors.ts";
import { type ExportSink, exportTarget, writeExportFile } from "./file.ts";
import { type ExportFormat, formatterOf } from "./format.ts";

/** How to export. */
export interface ExportOptions {
  readonly format: ExportFormat;
  /** Of CSV. Default as RFC 4180 has it. */
  readonly csv?: CsvStyle | undefined;
  /** Path of a file, or what takes the bytes. */
  readonly to: string | ExportSink;
  /** Told how far it has come; the total is undefined where it is not known. */
  readonly onProgress?: (rowsDone: number, rowsTotal: number | undefined) => void;
  /** Ends the export; what was there before stays. */
  readonly signal?: AbortSignal;
}

/** An export that was made. */
export interface Exported {
  readonly object: string;
  readonly format: ExportFormat;
  readonly rows: number;
  readonly bytes: number;
  /** The moment whose state was exported, ISO 8601 in UTC. */
  readonly takenAt: string;
  /** The file, absolute and without symbolic links, with its checksum; null where there is none. */
  readonly file: { readonly path: string; readonly sha256: string } | null;
  /** Id of its line in the manifest; null where there is none. */
  readonly snapshotId: number | null;
  /** Why a file has no line in the manifest; null where it has one. */
  readonly manifestError: TickerlockError | null;
  /** Tickers and the source that were asked for and that no row has, whatever its day. */
  readonly unknownNames: readonly UnknownName[];
  /** Whether the reader went away before the end. */
  readonly cutShort: boolean;
}

/** Characters of text that one page should become: beyond it nothing gets faster. */
const PAGE_CHARACTERS = 128 * 1024;

const FIRST_ROWS = 64;
const MOST_ROWS = 8192;

interface Poured {
  readonly rows: number;
  readonly bytes: number;
  readonly cutShort: boolean;
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function pour(
  from: ExportRows,
  sink: ExportSink,
  { format, csv, onProgress, signal }: ExportOptions,
): Promise<Poured> {
  const formatter = formatterOf(format, from.columns, csv);
  const encoder = new TextEncoder();
  let pageRows = FIRST_ROWS;
  let [rows, bytes] = [0, 0];
  // The next page is made while the one before is being written.
  let pending: Promise<boolean> = Promise.resolve(true);
  const write = async (text: string): Promise<boolean> => {
    const goesOn = await abortable(pending, signal);
    if (!goesOn) return false;
    const piece = encoder.encode(text);
    bytes += piece.length;
    pending = sink.write(piece);
    // The next await hears of a failure.
    pending.catch(() => {});
    return true;
  };
  let text = formatter.head;
  for (let page; (page = await from.page(pageRows)) !== undefined;) {
    const before = text.length;
    text += formatter.page(page);
    const fitting = Math.floor(PAGE_CHARACTERS * page.length / Math.max(text.length - before, 1));
    // Growing by steps: rows that are short at first may be long later on.
    pageRows = Math.max(1, Math.min(fitting, pageRows * 8, MOST_ROWS));
    if (!await write(text)) return { rows, bytes, cutShort: true };
    text = "";
    rows += page.length;
    onProgress?.(rows, from.total);
  }
  const wanted = await write(text + formatter.tail) && await abortable(pending, signal);
  return { rows, bytes, cutShort: !wanted };
}

async function keepManifest(
  rows: ExportRows,
  snapshot: Snapshot,
): Promise<Pick<Exported, "snapshotId" | "manifestError">> {
  try {
    return { snapshotId: await rows.keep(snapshot), manifestError: null };
  } catch (error) {
    if (error instanceof TickerlockError) return { snapshotId: null, manifestError: error };
    throw error;
  }
}

function writeFailed(path: string, error: unknown, to: string): unknown {
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
      hint: `${hint} What was there before is as it was.`,
      cause: error,
    },
  );
}

/**
 * Exports a table or view, as it is at one moment, while others read and write. Rows come in the order
 * of their key, so that two exports of equal data are equal byte for byte. Memory stays flat.
 *
 * A file gets a `.sha256` beside it and, once it has its name, a line in the table `snapshots`. Where
 * the database cannot take that line, the export counts as made and says why.
 *
 * @param care The database. It is left as it is but for the line in `snapshots`.
 * @throws {UsageError} `unknown_table`, `unknown_column`, `filter_not_possible`,
 *   `export_target_refused`.
 * @throws {StoreError} `export_running`, `export_failed`, or where the database cannot be read.
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
    const poured = await pour(from, to, options);
    return { ...await done(poured), file: null, snapshotId: null, manifestError: null };
  }
  try {
    const target = exportTarget(care.name, to);
    let poured: Poured = { rows: 0, bytes: 0, cutShort: false };
    const file = await writeExportFile(care.name, target, async (sink) => {
      poured = await pour(from, sink, options);
    });
    const made = await done(poured);
    const { tickers, source, from: first, to: last, columns } = query;
    const kept = await keepManifest(from, {
      takenAt,
      object,
      query: JSON.stringify({ tickers, source, from: first, to: last, columns, ...csv }),
      format,
      rows: poured.rows,
      ...file,
    });
    return { ...made, file: { path: file.path, sha256: file.sha256 }, ...kept };
  } catch (error) {
    throw options.signal?.aborted && error === options.signal.reason
      ? error
      : writeFailed(care.name, error, to);
  }
}
