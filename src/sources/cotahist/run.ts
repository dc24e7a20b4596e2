/** An opened COTAHIST source: its tickers, why one is not there, and the rows of each. @module */
import { closest } from "../../base/closest.ts";
import { SourceError } from "../../base/errors.ts";
import {
  type Batch,
  EVERYTHING,
  type FetchPlan,
  type RecordCounts,
  type SourceFailure,
  type SourceRequest,
  type SourceRun,
  type SourceSkip,
} from "../source.ts";
import type { FetchedFiles } from "./fetch_files.ts";
import type { Reject } from "../../model/prices.ts";
import { BatchBuilder } from "../files/ticker_batch.ts";
import type { RecordIndex } from "./record_index.ts";
import type { FirstPass } from "./reader.ts";
import type { RowStore } from "./row_store.ts";
import { NO_TICKER, SUFFIX } from "./ticker_table.ts";

interface CotahistRunOptions {
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
export class CotahistRun implements SourceRun {
  readonly tickers: readonly string[];
  readonly unassigned: readonly Reject[];
  readonly furtherUnassigned: number;
  readonly records: RecordCounts;
  readonly failures: readonly SourceFailure[];
  readonly skips: readonly SourceSkip[];
  readonly extent: "all" | "some days";
  readonly warnings: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly #options: CotahistRunOptions;
  readonly #fetchable: ReadonlySet<string>;
  readonly #batches: BatchBuilder;
  /** Undefined when disposed of: the rows are the bulk of the memory. */
  #store: RowStore | undefined;
  #names: string[] | undefined;

  constructor(options: CotahistRunOptions) {
    const { pass, records, rejects } = options;
    this.#options = options;
    this.#store = options.store;
    this.#batches = new BatchBuilder(pass.origins);
    this.#fetchable = new Set(options.tickers);
    this.tickers = options.tickers;
    this.unassigned = rejects.get(NO_TICKER) ?? [];
    const { rows, refused, unassigned, otherMarket, otherTicker, otherDay } = records.counts.total;
    this.furtherUnassigned = unassigned - this.unassigned.length;
    this.records = { read: pass.read, rows, refused, otherMarket, otherTicker, otherDay };
    this.failures = pass.failures;
    this.skips = options.fetched?.skips ?? [];
    this.extent = options.fetched === undefined ? "all" : "some days";
    this.warnings = [...pass.warnings, ...records.warnings()];
    this.details = options.details;
  }

  plan(): FetchPlan {
    return EVERYTHING;
  }

  async *fetch(ticker: string): AsyncGenerator<Batch> {
    const id = this.#options.records.tickers.idOf(ticker);
    if (id === undefined || !this.#fetchable.has(ticker)) throw this.missing(ticker);
    if (this.#store === undefined) {
      const message = `${ticker} was asked for after the source was closed`;
      throw new SourceError("source_closed", message, {
        hint: "Fetch every ticker before disposing of the source.",
      });
    }
    this.#options.request.signal.throwIfAborted();
    const rejects = this.#options.rejects.get(id) ?? [];
    const further = (this.#options.records.counts.refused[id] ?? 0) - rejects.length;
    yield await this.#store.withRows(
      id,
      (rows, indices) => this.#batches.build(rows, indices, rejects, further),
    );
  }

  forget(ticker: string): void {
    const id = this.#options.records.tickers.idOf(ticker);
    if (id !== undefined) this.#store?.forget(id);
  }

  missing(ticker: string): SourceError {
    const { records } = this.#options;
    const { counts } = records;
    const id = records.tickers.idOf(ticker);
    const outside = id === undefined ? 0 : counts.outside[id] ?? 0;
    if (outside > 0) return this.#outsideWindow(ticker, outside);
    if (id !== undefined && counts.records[id] === 0) {
      const market = records.otherMarket(id);
      if (market !== undefined) return this.#inOtherMarket(ticker, market);
    }
    const forward = this.#forwardOf(ticker);
    const elsewhere = forward === undefined
      ? undefined
      : records.otherMarket(records.tickers.idOf(forward) ?? NO_TICKER);
    if (elsewhere !== undefined) return this.#inOtherMarket(ticker, elsewhere, forward);
    const name = forward ?? this.#nearest(ticker);
    const failed = this.failures.length;
    const message = `${ticker} is in none of the files that could be read`;
    return new SourceError("ticker_not_in_file", message, {
      hint: name !== undefined
        ? `Did you mean ${name}?`
        : failed > 0
        ? "See to the files that could not be used: the ticker may be in one of them."
        : "Check the ticker and the days that the files cover.",
      details: { ticker, nearest: name ?? null, failedFiles: failed },
    });
  }

  #outsideWindow(ticker: string, rows: number): SourceError {
    const { request: { from, to }, records: { days } } = this.#options;
    const window = `${from ?? "the beginning"} to ${to ?? "the end"}`;
    const message = `${ticker} has no row from ${window}, but ${rows} on other days`;
    return new SourceError("no_rows_in_window", message, {
      hint: days === null
        ? "Widen --from and --to."
        : `Widen --from and --to: the files cover ${days.first} to ${days.last}.`,
      details: { ticker, from, to, rows, days },
    });
  }

  /** A forward of that code: its name has a term behind the code. */
  #forwardOf(ticker: string): string | undefined {
    if (!ticker.endsWith(SUFFIX)) return undefined;
    const start = `${ticker.slice(0, -SUFFIX.length)}-`;
    return this.#options.records.tickers.names.filter((name) => {
      const term = name.startsWith(start) ? name.slice(start.length, -SUFFIX.length) : "";
      return /^[0-9]{3}$/.test(term);
    }).sort()[0];
  }

  #inOtherMarket(ticker: string, market: string, as = ticker): SourceError {
    const message = `${ticker} is in the files, but in market ${market}, which was not asked for`;
    return new SourceError("ticker_in_other_market", message, {
      hint: as === ticker
        ? `Add --markets ${market}.`
        : `Add --markets ${market} and ask for ${as}: a forward's term is part of its name.`,
      details: { ticker, market },
    });
  }

  #nearest(ticker: string): string | undefined {
    const { records } = this.#options;
    const isThere = (name: string) => {
      const id = records.tickers.idOf(name);
      return id !== undefined && (records.counts.records[id] ?? 0) > 0;
    };
    if (isThere(ticker + SUFFIX)) return ticker + SUFFIX;
    this.#names ??= records.tickers.names.filter(isThere).sort();
    // A year has 200,000 option tickers: compare only those that share the first or all other letters.
    const candidates = this.#names.filter((name) =>
      name !== ticker && (name[0] === ticker[0] || name.endsWith(ticker.slice(1)))
    );
    return closest(ticker, candidates);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#store = undefined;
    await this.#options.fetched?.[Symbol.asyncDispose]();
  }
}
