import { TickerlockError, UsageError } from "../../base/errors.ts";
import { statIfThere } from "../../platform/files.ts";
import { PART } from "../../files/exclusive_file.ts";
import { joinPath } from "../../platform/paths.ts";
import type { Care, ExportQuery, ExportRows, Snapshot, UnknownName } from "../care.ts";
import { StoreError } from "../errors.ts";
import { keepManifest, manifestQuery, writeFailed } from "./export.ts";
import { ExportFile, exportTarget, refuseTarget, type WrittenFile } from "./file.ts";
import { factsOf } from "./objects.ts";
import { ParquetDocument, ParquetSchema, rowsOf } from "./parquet.ts";
import { type OnRows, Outflow } from "./pour.ts";

const NO_YEAR = "__HIVE_DEFAULT_PARTITION__";

/** Rows of all years that may wait in memory for their group to become whole. */
const MOST_WAITING = 250_000;

interface PartitionOptions {
  /** Folder, which is made where it is missing. */
  readonly to: string;
  readonly onProgress?: OnRows;
  readonly signal?: AbortSignal;
}

/** An export that was made, as {@linkcode Exported}; files in the order of their years. */
export interface ExportedPartitions {
  readonly object: string;
  readonly rows: number;
  readonly bytes: number;
  readonly takenAt: string;
  readonly folder: string;
  readonly files: readonly (WrittenFile & {
    readonly rows: number;
    readonly snapshotId: number | null;
  })[];
  readonly manifestError: TickerlockError | null;
  readonly unknownNames: readonly UnknownName[];
}

interface Partition {
  readonly document: ParquetDocument;
  readonly file: ExportFile;
}

function yearColumn(
  { columns, types }: ExportRows,
  { object, columns: chosen }: ExportQuery,
): number {
  const name = factsOf(object).date ?? "date";
  const at = columns.indexOf(name);
  if (types[at] === "day" || types[at] === "time") return at;
  throw new UsageError(
    "partition_not_possible",
    `${object} cannot be parted by year: ` +
      (chosen === null || at >= 0
        ? `it has no column ${name} of days or times`
        : `--columns leaves ${name} out`),
    {
      hint: at < 0 && chosen !== null
        ? `Add ${name} to --columns, or leave --partition out.`
        : "Leave --partition out: one file takes all rows.",
      details: { table: object },
    },
  );
}

function checkFolder(folder: string): void {
  if (statIfThere(folder)?.isDirectory === false) {
    throw refuseTarget(folder, "is a file, and --partition writes a folder");
  }
}

/** Parquet files of a folder that this export does not replace: readers of the folder would take them. */
function staleFiles(folder: string, written: ReadonlySet<string>, below = ""): string[] {
  const stale: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(joinPath(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory && below === "") stale.push(...staleFiles(folder, written, path));
    else if (/\.(parquet|parq|pq)$/i.test(name) && !name.startsWith(".") && !written.has(path)) {
      stale.push(path);
    }
  }
  return stale.sort();
}

function refuseStale(db: string, folder: string, stale: readonly string[]): StoreError {
  const [first, ...more] = stale;
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return new StoreError(
    "export_stale_partition",
    `${folder} has ${first}${others}, of which this export has no rows: who reads the folder ` +
      "would take old rows with new ones",
    db,
    { hint: "Remove what is there, or export into another folder; no file was changed." },
  );
}

async function pourByYear(
  from: ExportRows,
  query: ExportQuery,
  db: string,
  { to, onProgress, signal }: PartitionOptions,
  files: AsyncDisposableStack,
): Promise<Map<string, Partition>> {
  const at = yearColumn(from, query);
  const schema = new ParquetSchema(from, query, db);
  const partitions = new Map<string, Partition>();
  const partitionOf = async (year: string): Promise<Partition> => {
    const target = exportTarget(db, joinPath(joinPath(to, `year=${year}`), PART));
    const file = files.use(await ExportFile.create(db, target));
    const made = { file, document: new ParquetDocument(schema, new Outflow(file, signal)) };
    partitions.set(year, made);
    return made;
  };
  let waiting = 0;
  const flush = async ({ document }: Partition): Promise<void> => {
    waiting -= document.waiting.length;
    await document.flush();
  };
  for await (const page of rowsOf(from, onProgress)) {
    signal?.throwIfAborted();
    for (const row of page) {
      const value = row[at] ?? null;
      const year = value === null ? NO_YEAR : /^\d{4}(?=-)/.exec(String(value))?.[0] ??
        schema.refuse(from.columns[at] ?? "", value, from.types[at] ?? "day");
      const partition = partitions.get(year) ?? await partitionOf(year);
      waiting++;
      if (partition.document.add(row)) await flush(partition);
      if (waiting < MOST_WAITING) continue;
      const most = [...partitions.values()].reduce((a, b) =>
        b.document.waiting.length > a.document.waiting.length ? b : a
      );
      await flush(most);
    }
  }
  for (const { document, file } of partitions.values()) {
    await document.end();
    await file.finish();
  }
  return partitions;
}

/**
 * Exports a table or view into a folder, a Parquet file for each year, all of one moment; no file gets its
 * name before all are written.
 * @throws {UsageError} `partition_not_possible`, or as `exportTable`.
 * @throws {StoreError} `export_stale_partition`, or as `exportTable`.
 * @throws The signal's reason.
 */
export async function exportPartitions(
  care: Care,
  query: ExportQuery,
  options: PartitionOptions,
): Promise<ExportedPartitions> {
  const { to, signal } = options;
  await using from = await care.exportRows(query);
  const { object } = query;
  const { takenAt } = from;
  let placed = 0;
  try {
    checkFolder(to);
    await using open = new AsyncDisposableStack();
    const made = await pourByYear(from, query, care.name, options, open);
    await Deno.mkdir(to, { recursive: true });
    const years = [...made].sort(([a], [b]) => a < b ? -1 : 1);
    const stale = staleFiles(to, new Set(years.map(([year]) => `year=${year}/${PART}`)));
    if (stale.length > 0) throw refuseStale(care.name, to, stale);
    const files = [];
    for (const [, { document, file }] of years) {
      files.push({ ...await file.place(), rows: document.rows });
      placed++;
    }
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    const unknownNames = await from.unknownNames(rows);
    const line = { takenAt, object, query: manifestQuery(query), format: "parquet" };
    const { ids, manifestError } = await keepManifest(
      from,
      files.map((file): Snapshot => ({ ...line, ...file })),
    );
    return {
      object,
      rows,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      takenAt,
      folder: await Deno.realPath(to),
      files: files.map((file, at) => ({ ...file, snapshotId: ids[at] ?? null })),
      manifestError,
      unknownNames,
    };
  } catch (error) {
    throw error === signal?.reason ? error : writeFailed(
      care.name,
      error,
      to,
      placed === 0 ? undefined : `${placed} files are new already.`,
    );
  }
}
