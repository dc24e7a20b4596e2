/** An opened COTAHIST source: its tickers, why one is not there, and the rows of each. @module */
import { closest } from "../../base/closest.ts";
import { SourceError } from "../../base/errors.ts";
import { EVERYTHING, type SourceRequest, type SourceRun } from "../source.ts";
import type { FetchedFiles } from "./fetch_files.ts";
import type { Reject } from "../../model/prices.ts";
import { BatchBuilder } from "../files/ticker_batch.ts";
import type { RecordIndex } from "./record_index.ts";
import type { FirstPass } from "./reader.ts";
import type { RowStore } from "./row_store.ts";
import { NO_TICKER, SUFFIX } from "./ticker_table.ts";

interface Opened {
  readonly request: SourceRequest;
  readonly records: RecordIndex;
  readonly pass: FirstPass;
  readonly tickers: readonly string[];
  readonly rejects: ReadonlyMap<number, readonly Reject[]>;
  readonly store: RowStore;
  /** Disposed of with the run; undefined where the files were named. */
  readonly fetched: FetchedFiles | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Delivers what the first pass found. */
export function cotahistRun(opened: Opened): SourceRun {
  const { request, records, pass, tickers, rejects, fetched, details } = opened;
  const { rows, refused, unassigned, otherMarket, otherTicker, otherDay } = records.counts.total;
  const batches = new BatchBuilder(pass.origins);
  const fetchable = new Set(tickers);
  const missing = missingIn(opened);
  // Undefined when disposed of: the rows are the bulk of the memory.
  let store: RowStore | undefined = opened.store;
  return {
    tickers,
    missing,
    unassigned: rejects.get(NO_TICKER) ?? [],
    furtherUnassigned: unassigned - (rejects.get(NO_TICKER)?.length ?? 0),
    records: { read: pass.read, rows, refused, otherMarket, otherTicker, otherDay },
    failures: pass.failures,
    skips: fetched?.skips ?? [],
    extent: fetched === undefined ? "all" : "some days",
    warnings: [...pass.warnings, ...records.warnings()],
    details,
    plan: () => EVERYTHING,
    async *fetch(ticker) {
      const id = records.tickers.idOf(ticker);
      if (id === undefined || !fetchable.has(ticker)) throw missing(ticker);
      if (store === undefined) {
        const message = `${ticker} was asked for after the source was closed`;
        throw new SourceError("source_closed", message, {
          hint: "Fetch every ticker before disposing of the source.",
        });
      }
      request.signal.throwIfAborted();
      const own = rejects.get(id) ?? [];
      const further = (records.counts.refused[id] ?? 0) - own.length;
      yield await store.withRows(id, (rows, at) => batches.build(rows, at, own, further));
    },
    forget(ticker) {
      const id = records.tickers.idOf(ticker);
      if (id !== undefined) store?.forget(id);
    },
    async [Symbol.asyncDispose]() {
      store = undefined;
      await fetched?.[Symbol.asyncDispose]();
    },
  };
}

function missingIn({ request, records, pass }: Opened): (ticker: string) => SourceError {
  const { from, to } = request;
  const { counts, tickers, days } = records;
  let names: readonly string[] | undefined;
  const isThere = (name: string): boolean => (counts.records[tickers.idOf(name) ?? -1] ?? 0) > 0;
  const nearest = (ticker: string): string | undefined => {
    if (isThere(ticker + SUFFIX)) return ticker + SUFFIX;
    names ??= tickers.names.filter(isThere).sort();
    // A year has 200,000 option tickers: compare only those that share the first or all other letters.
    const candidates = names.filter((name) =>
      name !== ticker && (name[0] === ticker[0] || name.endsWith(ticker.slice(1)))
    );
    return closest(ticker, candidates);
  };
  return (ticker) => {
    const id = tickers.idOf(ticker) ?? NO_TICKER;
    const rows = counts.outside[id] ?? 0;
    if (rows > 0) {
      const window = `${from ?? "the beginning"} to ${to ?? "the end"}`;
      const message = `${ticker} has no row from ${window}, but ${rows} on other days`;
      const cover = days === null ? "" : `: the files cover ${days.first} to ${days.last}`;
      return new SourceError("no_rows_in_window", message, {
        hint: `Widen --from and --to${cover}.`,
        details: { ticker, from, to, rows, days },
      });
    }
    const market = counts.records[id] === 0 ? records.otherMarket(id) : undefined;
    if (market !== undefined) return inOtherMarket(ticker, market);
    const forward = forwardOf(ticker, tickers.names);
    const elsewhere = forward && records.otherMarket(tickers.idOf(forward) ?? NO_TICKER);
    if (elsewhere !== undefined) return inOtherMarket(ticker, elsewhere, forward);
    const name = forward ?? nearest(ticker);
    const failedFiles = pass.failures.length;
    const message = `${ticker} is in none of the files that could be read`;
    return new SourceError("ticker_not_in_file", message, {
      hint: name !== undefined
        ? `Did you mean ${name}?`
        : failedFiles > 0
        ? "See to the files that could not be used: the ticker may be in one of them."
        : "Check the ticker and the days that the files cover.",
      details: { ticker, nearest: name ?? null, failedFiles },
    });
  };
}

/** A forward of that code: its name has a term behind the code. */
function forwardOf(ticker: string, names: readonly string[]): string | undefined {
  if (!ticker.endsWith(SUFFIX)) return undefined;
  const start = `${ticker.slice(0, -SUFFIX.length)}-`;
  return names.filter((name) =>
    name.startsWith(start) && /^[0-9]{3}$/.test(name.slice(start.length, -SUFFIX.length))
  ).sort()[0];
}

function inOtherMarket(ticker: string, market: string, as = ticker): SourceError {
  const message = `${ticker} is in the files, but in market ${market}, which was not asked for`;
  return new SourceError("ticker_in_other_market", message, {
    hint: as === ticker
      ? `Add --markets ${market}.`
      : `Add --markets ${market} and ask for ${as}: a forward's term is part of its name.`,
    details: { ticker, market },
  });
}
