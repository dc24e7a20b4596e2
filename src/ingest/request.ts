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

function refuse(code: string, message: string, hint: string, details = {}): never {
  throw new UsageError(code, message, { hint, details });
}

function refuseValue(option: string, value: unknown, what: string, hint: string): never {
  refuse("bad_value", `${option} is ${value}, which is ${what}`, hint, { option, value });
}

function checkValues({ from = null, to = null, maxRejected = 0, minFreeBytes = 0 }: IngestOptions) {
  for (const [name, day] of Object.entries({ from, to })) {
    if (day === null || isDay(day)) continue;
    const message = `${name} is ${JSON.stringify(day)}, which is no day`;
    const hint = "Write it as YYYY-MM-DD, for example 2024-01-31.";
    refuse("bad_value", message, hint, { option: name, value: day });
  }
  if (from !== null && to !== null && from > to) {
    refuse("bad_window", `from ${from} is after to ${to}`, "Swap the two dates.", { from, to });
  }
  if (!(maxRejected >= 0 && maxRejected <= 1)) {
    const hint = "Set maxRejected to a share of the rows, for example 0.1 for a tenth.";
    refuseValue("maxRejected", maxRejected, "not a number from 0 to 1", hint);
  }
  if (!(minFreeBytes >= 0)) {
    const hint = "Set minFreeBytes to a number of bytes, or to 0 for no limit.";
    refuseValue("minFreeBytes", minFreeBytes, "no size", hint);
  }
}

function refuseBoth(one: string, other: string, hint: string): never {
  refuse("conflicting_options", `${one} and ${other} were both given`, hint);
}

function checkTogether(request: IngestRequest): void {
  const { source, tickers, allStored = false, fillGaps = false } = request;
  const { from = null, to = null, acceptRestatement = false } = request;
  if (fillGaps && (from ?? to) !== null) {
    const hint = "Leave one of them out: the gaps decide the days.";
    refuseBoth("fillGaps", from === null ? "to" : "from", hint);
  }
  if (allStored && tickers !== null) refuseBoth("allStored", "tickers", "Leave one of them out.");
  if (allStored && acceptRestatement) {
    const hint = "Name each ticker whose history is to be replaced in tickers.";
    refuseBoth("allStored", "acceptRestatement", hint);
  }
  const named = allStored || (tickers?.length ?? 0) > 0;
  if (source.input === "file" || source.datasets !== undefined || named) return;
  const message = `the source ${source.name} needs tickers: none was given`;
  const hint = 'Name them in tickers, for example ["PETR4.SA"], or set allStored.';
  refuse("missing_ticker", message, hint, { source: source.name });
}

/** Loads the source that is named. @throws {UsageError} As `ingest`, or as the source. */
export async function checkedRequest(options: IngestOptions): Promise<IngestRequest> {
  const { source: given, tickers: named = null } = options;
  const source = typeof given === "string" ? await loadSource(given) : given;
  const { tickers, refused } = named === null
    ? { tickers: null, refused: [] }
    : listedTickers(named);
  const request = { ...options, source, tickers, refused };
  checkValues(request);
  checkTogether(request);
  checkCount("concurrency", request.concurrency);
  source.checkNetwork?.(options.network ?? {});
  source.checkSelection?.(options.selection ?? {});
  return request;
}
