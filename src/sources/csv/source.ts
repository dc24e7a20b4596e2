/** Prices from CSV files. @module */
import { UsageError } from "../../base/errors.ts";
import type { Reject } from "../../model/prices.ts";
import {
  baseName,
  describePassedOver,
  expandInputFiles,
  fileFault,
  nothingUsable,
  orFailure,
  throttledProgress,
} from "../files/input_files.ts";
import { checkTickers, LIMIT_SELECTS, limitsOf } from "../files/limits.ts";
import type { Source, SourceFailure, SourceRequest, SourceRun } from "../source.ts";
import { tryFiles } from "../files/try_files.ts";
import { Collection, NONE } from "./collection.ts";
import { dayOfIso } from "../../base/day.ts";
import { tryCanonicalTicker } from "../../model/ticker.ts";
import { type FileSummary, readCsvFile } from "./read_file.ts";
import { CSV_SELECTS, type CsvOptions, csvOptions } from "./options.ts";
import { type Wanted, withSuffix } from "./row_reader.ts";
import { csvRun } from "./run.ts";
import { understandingOf } from "./survey.ts";
import { loadParseCsv } from "../../base/std.ts";

/**
 * CSV files of programs; one that can be read in two ways is refused with the option that decides.
 */
export const csv: Source = {
  name: "csv",
  description: "CSV files of many programs: date, close and, where present, the other prices",
  input: "file",
  capabilities: { incremental: false, corporateActions: false, splitAdjusted: false },
  options: [
    ...["file", "from", "to", "all", "force-refresh", "date-format", "decimal"] as const,
    ...["column", "columns", "ticker-from-name", "suffix", "time-zone"] as const,
    ...["max-tickers", "max-records"] as const,
  ],
  selects: [...CSV_SELECTS, ...LIMIT_SELECTS],
  checkSelection: (selection) => void [csvOptions(selection), limitsOf(selection)],
  open,
  test: (request) => tryFiles(csv, request),
};

async function open(request: SourceRequest): Promise<SourceRun> {
  if (request.files.length === 0) {
    throw new UsageError("file_required", "the source csv reads files, and none was given", {
      hint: "Name files or folders with --file.",
    });
  }
  const { paths, passedOver, failures: badInputs } = await expandInputFiles(request.files, {
    reasonAgainst,
    subfolders: false,
  }, request.signal);
  const limits = limitsOf(request.selection);
  const failures: SourceFailure[] = [...badInputs];
  const collection = new Collection();
  const summaries: FileSummary[] = [];
  const warnings = passedOver.length > 0 ? [describePassedOver(passedOver)] : [];
  const understood: string[] = [];
  const given = csvOptions(request.selection);
  const plain = understandingOf({ ...given, dateFormat: null, decimal: null });
  const parse = await loadParseCsv();
  const report = throttledProgress(request.onProgress);
  const wanted: Wanted = {
    tickers: request.tickers === null ? null : new Set(request.tickers),
    from: request.from === null ? -Infinity : dayOfIso(request.from),
    to: request.to === null ? Infinity : dayOfIso(request.to),
  };
  for (const [file, path] of paths.entries()) {
    const named = given.tickerFromName ? tickerOfName(path, given) : undefined;
    if (named !== undefined && wanted.tickers?.has(named) === false) continue;
    const read = async (): Promise<void> => {
      if (given.tickerFromName && named === undefined) throw noTickerInName(path);
      const before = collection.rejects.length;
      const summary = await readCsvFile(path, {
        parse,
        wanted,
        given,
        onlyTicker: named ?? (request.tickers?.length === 1 ? request.tickers[0] : undefined),
        file,
        into: collection,
        limits,
        signal: request.signal,
        onPiece: ({ bytesDone, bytesTotal }, rows) =>
          report({ label: baseName(path), bytesDone, bytesTotal, rows }),
      });
      summaries.push(summary);
      const { dates, numbers } = summary;
      const isPlain = dates === plain.dates && numbers === plain.numbers;
      if (!isPlain) understood.push(`${baseName(path)}: dates ${dates}; numbers ${numbers}`);
      if (summary.kept > 0 || summary.rejected === 0) return;
      const isWhole = summary.rejected === summary.rows;
      const rejects = isWhole ? collection.takeUnassigned(before) : [];
      if (rejects.length > 0) failures.push(everyRowRefused(path, rejects));
      else warnings.push(`${path}: every row was refused (${summary.rejected})`);
    };
    await orFailure(path, read, failures, request.signal);
  }
  if (summaries.length === 0 && failures.length > 0) throw nothingUsable(failures);
  const details = { files: summaries, passedOver, sources: sourcesOf(collection), understood };
  const run = csvRun(request, collection, paths.map(baseName), { failures, warnings, details });
  checkTickers(run.tickers.length, limits);
  return run;
}

/** In a folder .txt files are rarely prices: they are read where they are named. */
function reasonAgainst(path: string, pattern: string | undefined): string | undefined {
  if (pattern === undefined ? /\.[ct]sv$/i.test(path) : /\.([ct]sv|txt)$/i.test(path)) {
    return undefined;
  }
  return `is not named ${pattern === undefined ? "" : ".txt, "}.csv or .tsv`;
}

/** The ticker that a file is named by, without its extension: `PETR4.csv`, `aapl.us.txt`. */
function tickerOfName(path: string, given: CsvOptions): string | undefined {
  const ticker = tryCanonicalTicker(baseName(path).replace(/\.[^.]*$/, ""));
  return ticker === undefined ? undefined : withSuffix(ticker, given);
}

function noTickerInName(path: string): Error {
  const message = `${path} is not named by a ticker`;
  return fileFault(path, "csv_no_ticker", message, "Name the file by its ticker, as in PETR4.csv.");
}

function everyRowRefused(path: string, rejects: readonly Reject[]): SourceFailure {
  const message = `none of the rows of ${path} is valid; the first is refused because ` +
    `${rejects[0]?.reason}`;
  const hint = "Look at the file, and at the rows: tickerlock logs show JOB.";
  return { what: path, error: fileFault(path, "no_valid_rows", message, hint), rejects };
}

function sourcesOf({ table, sources }: Collection): string[] {
  const found = new Set<number>();
  for (let row = 0; row < table.length; row++) found.add(table.source[row] ?? NONE);
  found.delete(NONE);
  return [...found].map((number) => sources.all[number] ?? "").sort();
}
