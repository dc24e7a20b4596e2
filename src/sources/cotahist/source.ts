/**
 * The COTAHIST source: the historical quotes of B3, the Brazilian exchange, from files as published.
 *
 * @module
 */
import { UsageError } from "../../base/errors.ts";
import { tryFiles } from "../files/try_files.ts";
import { expandInputFiles, nothingUsable } from "../files/input_files.ts";
import type { Source, SourceFailure, SourceRequest, SourceRun } from "../source.ts";
import { RecordIndex } from "./record_index.ts";
import { RowFilter } from "./filter.ts";
import { wantedOf } from "./layout.ts";
import { readAgain, readAll } from "./reader.ts";
import { GroupStore, MemoryStore, type RowStore } from "./row_store.ts";
import { CotahistRun } from "./run.ts";

/** Limits of a COTAHIST source; tests lower them. */
export interface CotahistOptions {
  /** Rows held in memory at most, 56 bytes each. Past it, files are read again. Default 600,000. */
  readonly rowBudget?: number;
  /** Rejects kept with their reasons at most; further ones are counted. Default 10,000. */
  readonly maxRejects?: number;
}

/** Which files of a folder are COTAHIST files. */
export const COTAHIST_FILES = {
  extensions: [".TXT", ".ZIP"],
  defaultPattern: "COTAHIST*",
} as const;

async function open(request: SourceRequest, options: CotahistOptions): Promise<SourceRun> {
  const { rowBudget = 600_000, maxRejects = 10_000 } = options;
  const { markets, allowTruncated } = wantedOf(request.selection);
  if (request.files.length === 0) {
    throw new UsageError("file_required", "the cotahist source needs files", {
      hint: "Give --file with a COTAHIST .TXT or .ZIP, or a folder of them.",
    });
  }
  const unreadable: SourceFailure[] = [];
  const paths = await expandInputFiles(
    request.files,
    COTAHIST_FILES,
    (failure) => unreadable.push(failure),
  );
  const filter = new RowFilter(markets, request.from, request.to);
  const asked = request.tickers === null ? null : new Set(request.tickers);
  const records = new RecordIndex({ filter, tickers: asked, rowBudget, maxRejects });
  const read = await readAll(paths, records, request, allowTruncated);
  const pass = { ...read, failures: [...unreadable, ...read.failures] };
  if (pass.texts.length === 0) throw nothingUsable(pass.failures);

  const { names } = records.tickers;
  const rejects = records.rejectsById();
  const ids = names.map((_, id) => id)
    .filter((id) => records.counts.rows(id) > 0 || rejects.has(id))
    .sort((a, b) => (names[a] ?? "") < (names[b] ?? "") ? -1 : 1);
  let store: RowStore;
  let groups = 0;
  const { rows } = records;
  if (rows !== undefined) {
    store = new MemoryStore(rows, names.length);
    // The store alone holds the rows from here on, so that they go when the run is disposed of.
    records.rows = undefined;
  } else {
    const rowsOf = (id: number) => records.counts.rows(id);
    const tickers = names.length;
    const grouped = new GroupStore({
      order: ids,
      rowsOf,
      tickers,
      rowBudget,
      read: (mask, into) => {
        const expected = mask.reduce((sum, on, id) => on === 1 ? sum + rowsOf(id) : sum, 0);
        const { texts } = pass;
        return readAgain(mask, into, {
          texts,
          tickers: records.tickers,
          filter,
          request,
          expected,
        });
      },
    });
    groups = grouped.groups;
    store = grouped;
  }
  return new CotahistRun({
    request,
    records,
    pass,
    tickers: ids.map((id) => names[id] ?? ""),
    rejects,
    store,
    details: {
      files: pass.files,
      markets: records.marketCounts(),
      days: records.days,
      rows: records.totalRows,
      tickers: ids.length,
      readAgain: groups,
    },
  });
}

/** A COTAHIST source with limits of its own. Everything but tests uses {@linkcode cotahist}. */
export function createCotahistSource(options: CotahistOptions = {}): Source {
  const source: Source = {
    name: "cotahist",
    description: "B3 historical quotes: COTAHIST .TXT and .ZIP files",
    input: "file",
    capabilities: { incremental: false, corporateActions: false, splitAdjusted: false },
    options: ["file", "markets", "allow-truncated", "from", "to", "all", "force-refresh"],
    selects: ["markets", "allowTruncated"],
    checkSelection: (selection) => void wantedOf(selection),
    open: (request) => open(request, options),
    test: (request) => tryFiles(source, request),
  };
  return source;
}

/** The COTAHIST source. Prices are raw: never adjusted for dividends or splits. */
export const cotahist: Source = createCotahistSource();
