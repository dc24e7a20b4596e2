/**
 * Exports of tables and views.
 *
 * @module
 */
import { messageOf, TickerlockError } from "../../../base/errors.ts";
import { Database } from "../connection/database.ts";
import { DatabaseError } from "../../errors.ts";
import { toDatabaseError } from "../connection/errors.ts";
import { type ExportSink, exportTarget, writeExportFile } from "./file.ts";
import { type ExportFormat, formatterOf } from "./format.ts";
import { type ExportPlan, type ExportQuery, planExport } from "./plan.ts";
import { countRows, exportPages, PageSize } from "./rows.ts";
import { type UnknownName, unknownNames } from "./names.ts";
import { exportObject } from "./schema.ts";
import { fileIdentity } from "../connection/file.ts";
import { pendingMigrations } from "../connection/migrate.ts";
import { quietPlace } from "../connection/trace_free_read.ts";
import { Reader } from "../connection/reader.ts";
import { insertSnapshot, type Snapshot } from "../tables/export_manifest.ts";
import { writer } from "../connection/writer.ts";

/** How to export. */
export interface ExportOptions {
  readonly format: ExportFormat;
  /** Path of a file, or whatever takes the bytes. */
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

/** What SQLite may keep in memory, in KiB: pages are read once, in order. */
const CACHE_KIB = 8000;

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
  db: Reader,
  plan: ExportPlan,
  sink: ExportSink,
  { format, onProgress, signal }: ExportOptions,
): Promise<Poured> {
  const formatter = formatterOf(format, plan.columns);
  const encoder = new TextEncoder();
  const size = new PageSize();
  const there = countRows(db, plan);
  let [rows, bytes] = [0, 0];
  // The next page is made while the one before is being written.
  let pending: Promise<boolean> = Promise.resolve(true);
  const write = async (text: string): Promise<boolean> => {
    const goesOn = await abortable(pending, signal);
    if (!goesOn) return false;
    const piece = encoder.encode(text);
    bytes += piece.length;
    pending = sink.write(piece);
    // Whoever awaits it next hears of a failure.
    pending.catch(() => {});
    return true;
  };
  let text = formatter.head;
  for (const page of exportPages(db, plan, size, there)) {
    const before = text.length;
    text += formatter.page(page);
    size.learn(page.length, text.length - before);
    if (!await write(text)) return { rows, bytes, cutShort: true };
    text = "";
    rows += page.length;
    onProgress?.(rows, there);
  }
  const wanted = await write(text + formatter.tail) && await abortable(pending, signal);
  return { rows, bytes, cutShort: !wanted };
}

async function keepManifest(
  path: string,
  identity: string | undefined,
  snapshot: Snapshot,
): Promise<
  Pick<Exported, "snapshotId" | "manifestError">
> {
  try {
    // Opening would make a new one.
    if (identity === undefined || fileIdentity(path) !== identity) {
      throw new DatabaseError(
        "db_moved",
        `database ${path} was removed or replaced meanwhile`,
        path,
        {
          hint: "Find out what moves the file, then export again.",
        },
      );
    }
    using db: Database = await writer(path);
    return { snapshotId: await insertSnapshot(db, snapshot), manifestError: null };
  } catch (error) {
    if (error instanceof TickerlockError) return { snapshotId: null, manifestError: error };
    throw error;
  }
}

function schemaOld(path: string): DatabaseError {
  return new DatabaseError(
    "db_schema_old",
    `database ${path} has an older schema than this program`,
    path,
    { hint: `Bring it up to date with: tickerlock db migrate --db ${path}` },
  );
}

function writeFailed(path: string, error: unknown, to: string): unknown {
  if (error instanceof TickerlockError) return error;
  const known = toDatabaseError(error, path, "export from");
  if (known instanceof TickerlockError) return known;
  return new DatabaseError(
    "export_failed",
    `could not write the export to ${to}: ${messageOf(error)}`,
    path,
    {
      hint: "Make the folder writable and see that there is space (df, ulimit -f), or choose " +
        "another file with --out. What was there before is as it was.",
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
 * @param path The database. It is left as it is but for the line in `snapshots`.
 * @param query Which rows and columns of which table.
 * @param options Format, where to, progress.
 * @throws {UsageError} `unknown_table`, `unknown_column`, `filter_not_possible`.
 * @throws {UsageError} `export_target_refused`.
 * @throws {DatabaseError} `export_running`, `export_failed`, or where the
 *   database cannot be read.
 * @throws {InterruptedError} Whatever the signal's reason is.
 */
export async function exportTable(
  path: string,
  query: ExportQuery,
  options: ExportOptions,
): Promise<Exported> {
  const { format, to } = options;
  const made = await read(path, query, options);
  const { takenAt, poured, file } = made;
  const done = {
    object: query.object,
    format,
    rows: poured.rows,
    bytes: poured.bytes,
    takenAt,
    file: file === null ? null : { path: file.path, sha256: file.sha256 },
    cutShort: poured.cutShort,
    unknownNames: made.unknownNames,
  };
  if (file === null || typeof to !== "string") {
    return { ...done, snapshotId: null, manifestError: null };
  }
  if (made.isOld) return { ...done, snapshotId: null, manifestError: schemaOld(path) };
  const { object, tickers, source, from, to: until, columns } = query;
  const kept = await keepManifest(path, made.identity, {
    takenAt,
    object,
    query: JSON.stringify({ tickers, source, from, to: until, columns }),
    format,
    rows: poured.rows,
    ...file,
  });
  return { ...done, ...kept };
}

async function read(path: string, query: ExportQuery, options: ExportOptions) {
  const { to } = options;
  using place = quietPlace(path);
  using db = Reader.open(path, { anySchema: true }, place.file);
  const isOld = pendingMigrations(db.raw, path).length > 0;
  const identity = fileIdentity(path);
  db.get(`PRAGMA cache_size = -${CACHE_KIB}`);
  // One state for all pages, for as long as it takes. Closing the connection ends it.
  db.raw.prepare("BEGIN").run();
  const plan = planExport(exportObject(db, query.object), query);
  const takenAt = new Date().toISOString();
  const facts = { takenAt, isOld, identity };
  const unknown = ({ rows }: Poured): readonly UnknownName[] => unknownNames(db, plan, query, rows);
  if (typeof to !== "string") {
    const poured = await pour(db, plan, to, options);
    return { ...facts, poured, file: null, unknownNames: unknown(poured) };
  }
  try {
    const target = exportTarget(path, to);
    let poured: Poured = { rows: 0, bytes: 0, cutShort: false };
    const file = await writeExportFile(path, target, async (sink) => {
      poured = await pour(db, plan, sink, options);
    });
    return { ...facts, poured, file, unknownNames: unknown(poured) };
  } catch (error) {
    throw writeFailed(path, error, to);
  }
}
