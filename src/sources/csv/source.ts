/**
 * Prices from CSV files.
 *
 * @module
 */
import { UsageError } from "../../base/errors.ts";
import {
  baseName,
  expandInputFiles,
  nothingUsable,
  orFailure,
  throttledProgress,
} from "../files/input_files.ts";
import type { Source, SourceFailure, SourceRequest, SourceRun } from "../source.ts";
import { tryFiles } from "../files/try_files.ts";
import { Collection, NONE } from "./collection.ts";
import { dayOfIso } from "../../base/day.ts";
import { type FileSummary, readCsvFile } from "./read_file.ts";
import type { Wanted } from "./row_reader.ts";
import { CsvRun } from "./run.ts";
import { loadParseCsv } from "../../base/std.ts";

/**
 * CSV files with a header line, UTF-8, parted by commas, semicolons or tabs.
 *
 * Columns, in any case and order: `date` and `close`; `ticker` (or `symbol`), without which exactly
 * one ticker has to be asked for; `open`, `high`, `low`, `adj_close` (also `Adj Close`, `adjclose`,
 * `adjusted_close`), `volume` and `source` where present. Others are ignored and listed in the
 * details. How numbers and days may be written is told by `NumberReader` and `DayReader`.
 *
 * A bad row is a reject. A file that is no CSV, lacks a column or has a quote that is never closed
 * fails as a whole, and the others go on.
 */
export const csv: Source = {
  name: "csv",
  description: "CSV files with a header line: date, close and, where present, the other prices",
  input: "file",
  capabilities: { incremental: false, corporateActions: false, splitAdjusted: false },
  options: ["file", "from", "to", "all", "force-refresh"],
  open,
  test: (request) => tryFiles(csv, request),
};

async function open(request: SourceRequest): Promise<SourceRun> {
  if (request.files.length === 0) {
    throw new UsageError("file_required", "the source csv reads files, and none was given", {
      hint: "Name files or folders with --file.",
    });
  }
  // In a folder .txt files are rarely prices: they are read where they are named.
  const failures: SourceFailure[] = [];
  const onFailure = (failure: SourceFailure): void => void failures.push(failure);
  const extensions = [".csv", ".tsv", ".txt"];
  const options = { extensions, defaultPattern: "*.?sv" };
  const paths = await expandInputFiles(request.files, options, onFailure);
  const collection = new Collection();
  const summaries: FileSummary[] = [];
  const warnings: string[] = [];
  const parse = await loadParseCsv();
  const report = throttledProgress(request.onProgress);
  const wanted: Wanted = {
    tickers: request.tickers === null ? null : new Set(request.tickers),
    from: request.from === null ? -Infinity : dayOfIso(request.from),
    to: request.to === null ? Infinity : dayOfIso(request.to),
  };
  for (const [file, path] of paths.entries()) {
    await orFailure(
      path,
      async () => {
        const summary = await readCsvFile(path, {
          parse,
          wanted,
          onlyTicker: request.tickers?.length === 1 ? request.tickers[0] : undefined,
          file,
          into: collection,
          signal: request.signal,
          onPiece: ({ bytesDone, bytesTotal }, rows) =>
            report({ label: baseName(path), bytesDone, bytesTotal, rows }),
        });
        summaries.push(summary);
        if (summary.kept === 0 && summary.rejected > 0) {
          warnings.push(`${path}: every row was refused (${summary.rejected})`);
        }
      },
      onFailure,
      request.signal,
    );
  }
  if (summaries.length === 0) throw nothingUsable(failures);
  return new CsvRun({
    request,
    collection,
    fileNames: paths.map(baseName),
    failures,
    warnings,
    details: { files: summaries, sources: sourcesOf(collection) },
  });
}

/** What the rows taken say that they are from, sorted, each once. */
function sourcesOf({ table, sources }: Collection): string[] {
  const found = new Set<number>();
  for (let row = 0; row < table.length; row++) found.add(table.source[row] ?? NONE);
  found.delete(NONE);
  return [...found].map((number) => sources.all[number] ?? "").sort();
}
