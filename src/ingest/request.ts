/** What a run of the library is asked for, checked before anything is touched. @module */
import { isDay } from "../base/day.ts";
import { UsageError } from "../base/errors.ts";
import { listedTickers } from "../model/ticker.ts";
import { checkCount } from "../sources/network.ts";
import { loadSource } from "../sources/registry.ts";
import type { Source } from "../sources/source.ts";
import type { IngestOptions } from "./types.ts";

/** Options of which the source is loaded and the tickers are canonical, each once. */
export interface IngestRequest extends IngestOptions {
  source: Source;
  tickers: readonly string[] | null;
  /** Names that were given and are no tickers. */
  refused: readonly UsageError[];
}

const NOT_NAMED = { tickers: null, refused: [] };

function checkDays({ from = null, to = null }: IngestOptions): void {
  for (const [name, day] of Object.entries({ from, to })) {
    if (day === null || isDay(day)) continue;
    throw new UsageError("bad_value", `${name} is ${JSON.stringify(day)}, which is no day`, {
      hint: "Write it as YYYY-MM-DD, for example 2024-01-31.",
      details: { option: name, value: day },
    });
  }
  if (from === null || to === null || from <= to) return;
  throw new UsageError("bad_window", `from ${from} is after to ${to}`, {
    hint: "Swap the two dates.",
    details: { from, to },
  });
}

function checkMaxRejected({ maxRejected }: IngestOptions): void {
  if (maxRejected === undefined || maxRejected >= 0 && maxRejected <= 1) return;
  const message = `maxRejected is ${maxRejected}, which is not a number from 0 to 1`;
  throw new UsageError("bad_value", message, {
    hint: "Set maxRejected to a share of the rows, for example 0.1 for a tenth.",
    details: { option: "maxRejected", value: maxRejected },
  });
}

function checkGaps({ fillGaps = false, from = null, to = null }: IngestOptions): void {
  if (!fillGaps || (from ?? to) === null) return;
  const limit = from === null ? "to" : "from";
  throw new UsageError("conflicting_options", `fillGaps and ${limit} were both given`, {
    hint: "Leave one of them out: the gaps decide the days.",
  });
}

function checkMinFree({ minFreeBytes }: IngestOptions): void {
  if (minFreeBytes === undefined || minFreeBytes >= 0) return;
  throw new UsageError("bad_value", `minFreeBytes is ${minFreeBytes}, which is no size`, {
    hint: "Set minFreeBytes to a number of bytes, or to 0 for no limit.",
    details: { option: "minFreeBytes", value: minFreeBytes },
  });
}

function checkTickers(
  { source, tickers, allStored = false, acceptRestatement = false }: IngestRequest,
): void {
  if (allStored && tickers !== null) {
    throw new UsageError("conflicting_options", "allStored and tickers were both given", {
      hint: "Leave one of them out.",
    });
  }
  if (allStored && acceptRestatement) {
    throw new UsageError("conflicting_options", "allStored and acceptRestatement were both given", {
      hint: "Name each ticker whose history is to be replaced in tickers.",
    });
  }
  const named = allStored || (tickers?.length ?? 0) > 0;
  if (source.input === "file" || source.datasets !== undefined || named) return;
  throw new UsageError(
    "missing_ticker",
    `the source ${source.name} needs tickers: none was given`,
    {
      hint: 'Name them in tickers, for example ["PETR4.SA"], or set allStored.',
      details: { source: source.name },
    },
  );
}

/**
 * Loads the source that is named, and refuses what makes no sense.
 * @throws {UsageError} As `ingest`, or what the source finds wrong with its own options.
 */
export async function checkedRequest(options: IngestOptions): Promise<IngestRequest> {
  const { source: given, tickers: named = null } = options;
  const source = typeof given === "string" ? await loadSource(given) : given;
  const { tickers, refused } = named === null ? NOT_NAMED : listedTickers(named);
  const request = { ...options, source, tickers, refused };
  checkDays(request);
  checkGaps(request);
  checkTickers(request);
  checkCount("concurrency", request.concurrency);
  checkMaxRejected(request);
  checkMinFree(request);
  source.checkNetwork?.(options.network ?? {});
  source.checkSelection?.(options.selection ?? {});
  return request;
}
