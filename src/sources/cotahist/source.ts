/**
 * The COTAHIST source: the historical quotes of B3, the Brazilian exchange, from files as published.
 *
 * @module
 */
import { UsageError } from "../../base/errors.ts";
import { tryFiles } from "../files/try_files.ts";
import { describePassedOver, expandInputFiles, nothingUsable } from "../files/input_files.ts";
import { checkTickers, LIMIT_OPTIONS, LIMIT_SELECTS } from "../files/limits.ts";
import type { Source, SourceRequest, SourceRun } from "../source.ts";
import { RecordIndex } from "./record_index.ts";
import { wantedOf } from "./layout.ts";
import { RowFilter } from "./quote.ts";
import { readAgain, readAll } from "./reader.ts";
import { RowStore } from "./row_store.ts";
import { CotahistRun } from "./run.ts";
import { reasonToPassOver } from "./texts.ts";

/** Limits of a COTAHIST source; tests lower them. */
export interface CotahistOptions {
  /** Rows held in memory at most, 100 bytes each. Past it, files are read again. Default 600,000. */
  readonly rowBudget?: number;
  /**
   * Rejects kept with their reasons at most, and the first of each ticker; further ones are counted.
   * Default 10,000.
   */
  readonly maxRejects?: number;
}

async function open(request: SourceRequest, options: CotahistOptions): Promise<SourceRun> {
  const { rowBudget = 600_000, maxRejects = 10_000 } = options;
  const wanted = wantedOf(request.selection);
  const { markets, limits } = wanted;
  if (request.files.length === 0) {
    throw new UsageError("file_required", "the cotahist source needs files", {
      hint: "Give --file with a COTAHIST .TXT or .ZIP, or a folder of them.",
    });
  }
  const { signal } = request;
  const rules = {
    reasonAgainst: (path: string) => reasonToPassOver(path, limits, signal),
    subfolders: true,
  };
  const { paths, ...inputs } = await expandInputFiles(request.files, rules, signal);
  const records = new RecordIndex({
    filter: new RowFilter(markets, request.from, request.to),
    tickers: request.tickers === null ? null : new Set(request.tickers),
    rowBudget,
    maxRejects,
  });
  const read = await readAll(paths, records, request, wanted);
  const passedOver = [...inputs.passedOver, ...read.passedOver];
  const pass = {
    ...read,
    failures: [...inputs.failures, ...read.failures],
    warnings: [
      ...(passedOver.length > 0 ? [describePassedOver(passedOver)] : []),
      ...read.warnings,
    ],
  };
  if (pass.texts.length === 0) throw nothingUsable(pass.failures);

  const { counts, tickers: { names } } = records;
  const rejects = records.rejectsById();
  const ids = names.map((_, id) => id)
    .filter((id) => (counts.rows[id] ?? 0) + (counts.refused[id] ?? 0) > 0)
    .sort((a, b) => (names[a] ?? "") < (names[b] ?? "") ? -1 : 1);
  checkTickers(ids.length, limits);
  const store = new RowStore({
    kept: records.rows,
    order: ids,
    rows: counts.rows,
    tickers: names.length,
    instruments: records.instruments,
    rowBudget,
    read: (mask, into) => readAgain(pass.texts, records, request, mask, into, limits),
  });
  // The store alone holds the rows from here on, so that they go when the run is disposed of.
  records.rows = undefined;
  return new CotahistRun({
    request,
    records,
    pass,
    tickers: ids.map((id) => names[id] ?? ""),
    rejects,
    store,
    details: {
      files: pass.files,
      passedOver,
      markets: records.marketCounts(),
      days: records.days,
      rows: counts.total.rows,
      tickers: ids.length,
      readAgain: store.groups,
    },
  });
}

/** A COTAHIST source with limits of its own. Everything but tests uses {@linkcode cotahist}. */
export function createCotahistSource(options: CotahistOptions = {}): Source {
  const source: Source = {
    name: "cotahist",
    description: "B3 historical quotes: COTAHIST files, zipped or not",
    input: "file",
    capabilities: { incremental: false, corporateActions: false, splitAdjusted: false },
    options: [
      "file",
      "markets",
      "allow-truncated",
      "from",
      "to",
      "all",
      "force-refresh",
      ...LIMIT_OPTIONS,
    ],
    selects: ["markets", "allowTruncated", ...LIMIT_SELECTS],
    checkSelection: (selection) => void wantedOf(selection),
    open: (request) => open(request, options),
    test: (request) => tryFiles(source, request),
  };
  return source;
}

/** The COTAHIST source. Prices are raw: never adjusted for dividends or splits. */
export const cotahist: Source = createCotahistSource();
