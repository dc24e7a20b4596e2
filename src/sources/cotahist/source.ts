/** The historical quotes of B3, the Brazilian exchange, from files as published. @module */
import { SourceError } from "../../base/errors.ts";
import { exchangeDay, SERIES } from "../b3/services.ts";
import { checkNetwork } from "../network.ts";
import { tryFiles } from "../files/try_files.ts";
import { describePassedOver, expandInputFiles, nothingUsable } from "../files/input_files.ts";
import { checkTickers, LIMIT_OPTIONS, LIMIT_SELECTS } from "../files/limits.ts";
import { EVERYTHING, type Source, type SourceRequest, type SourceRun } from "../source.ts";
import type { FetchedFiles } from "./fetch_files.ts";
import { wantedFiles } from "./series.ts";
import { RecordIndex } from "./record_index.ts";
import { wantedOf } from "./layout.ts";
import { RowFilter } from "./quote.ts";
import { type FirstPass, readAgain, readAll } from "./reader.ts";
import { RowStore } from "./row_store.ts";
import { cotahistRun } from "./run.ts";
import { reasonToPassOver } from "./texts.ts";

/** Rows in memory while tickers are written, which takes memory of its own: reading again takes little. */
const GROUP_ROWS = 200_000;

/** Limits of a COTAHIST source; tests lower them. */
export interface CotahistOptions {
  /** Rows of 100 bytes in memory at most; more are read again in groups. Default 600,000. */
  readonly rowBudget?: number;
  /** Rejects kept at most, and the first of each ticker. Default 10,000. */
  readonly maxRejects?: number;
}

function nothingRead(ticker: string): SourceError {
  return new SourceError("ticker_not_in_file", `no file was read for ${ticker}`, {
    hint: "Say which days are wanted, for example with --year.",
  });
}

function idleRun({ skips, failures }: FetchedFiles): SourceRun {
  return {
    tickers: [],
    missing: nothingRead,
    extent: "nothing",
    ...{ unassigned: [], failures, skips, warnings: [], details: {} },
    plan: () => EVERYTHING,
    fetch(ticker) {
      throw nothingRead(ticker);
    },
    forget() {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function open(request: SourceRequest, options: CotahistOptions): Promise<SourceRun> {
  if (request.files.length > 0) return await read(request, options);
  const { fetchFiles } = await import("./fetch_files.ts");
  await using cleanup = new AsyncDisposableStack();
  const fetched = cleanup.use(await fetchFiles(request));
  if (fetched.paths.length === 0) {
    if (fetched.failures.length > 0) throw nothingUsable(fetched.failures);
    return idleRun(fetched);
  }
  const asked = { ...request, files: fetched.paths, from: request.from ?? fetched.since };
  const run = await read(asked, options, fetched);
  cleanup.move();
  return run;
}

/** Tells which files were read to their end, and which are no good. */
async function settle(fetched: FetchedFiles, { texts, failures }: FirstPass): Promise<void> {
  const byPath = Map.groupBy(texts, ({ path }) => path);
  for (const path of fetched.paths) {
    const days = byPath.get(path)?.map((text) => text.days) ?? [];
    const isBad = failures.some(({ what }) => what === path || what.startsWith(`${path} (`));
    if (isBad) await fetched.settle(path, undefined);
    // What was cut, and is taken as it is, may have more of its days another time.
    else if (days.length > 0 && !days.includes(undefined)) {
      await fetched.settle(path, [...new Set(days.flatMap((each) => each ?? []))].sort());
    }
  }
}

async function read(
  request: SourceRequest,
  options: CotahistOptions,
  fetched?: FetchedFiles,
): Promise<SourceRun> {
  const { rowBudget = 600_000, maxRejects = 10_000 } = options;
  const wanted = wantedOf(request.selection);
  const { markets, limits } = wanted;
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
  const first = await readAll(paths, records, request, wanted);
  if (fetched !== undefined) await settle(fetched, first);
  const passedOver = [...inputs.passedOver, ...first.passedOver];
  const pass = {
    ...first,
    failures: [...fetched?.failures ?? [], ...inputs.failures, ...first.failures],
    warnings: [
      ...(passedOver.length > 0 ? [describePassedOver(passedOver)] : []),
      ...first.warnings,
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
    // The store alone has them from here on, so that they go when the run is disposed of.
    columns: records.takeRows(),
    isWhole: records.isWhole,
    order: ids,
    rows: counts.rows,
    tickers: names.length,
    rowBudget: Math.min(rowBudget, GROUP_ROWS),
    read: (mask, into) => readAgain(pass.texts, records, request, mask, into, limits),
  });
  return cotahistRun({
    request,
    records,
    pass,
    tickers: ids.map((id) => names[id] ?? ""),
    rejects,
    store,
    fetched,
    details: {
      ...fetched === undefined ? {} : { fetched: fetched.fetched },
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

/** A COTAHIST source with limits of its own, for tests. */
export function createCotahistSource(options: CotahistOptions = {}): Source {
  const source: Source = {
    name: "cotahist",
    description: "B3 historical quotes: COTAHIST files, fetched or named, zipped or not",
    input: "file",
    fetches: true,
    network: SERIES,
    capabilities: { incremental: false, corporateActions: false, splitAdjusted: false },
    options: [
      ...["file", "year", "month", "day", "since", "files-dir", "markets"] as const,
      ...["allow-truncated", "from", "to", "all", "force-refresh"] as const,
      ...["rate", "timeout", "attempts", "deadline", "ca-file"] as const,
      ...LIMIT_OPTIONS,
    ],
    selects: ["markets", "allowTruncated", "year", "month", "day", "since", ...LIMIT_SELECTS],
    checkNetwork,
    checkSelection(selection) {
      wantedOf(selection);
      wantedFiles(selection, exchangeDay(Date.now()));
    },
    open: (request) => open(request, options),
    async test(request) {
      if (request.files.length > 0) return await tryFiles(source, request);
      return await (await import("./fetch_files.ts")).trySeries(request);
    },
  };
  return source;
}

/** The COTAHIST source. Prices are raw: never adjusted for dividends or splits. */
export const cotahist: Source = createCotahistSource();
