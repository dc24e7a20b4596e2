/**
 * Delivers what was read from CSV files, ticker by ticker.
 *
 * @module
 */
import { closest } from "../../base/closest.ts";
import { SourceError } from "../../base/errors.ts";
import {
  type Batch,
  EVERYTHING,
  type FetchPlan,
  type SourceFailure,
  type SourceRequest,
  type SourceRun,
} from "../source.ts";
import type { Reject } from "../../model/prices.ts";
import { groupByTicker, type Grouping, indicesOf } from "../files/row_columns.ts";
import { BatchBuilder } from "../files/ticker_batch.ts";
import type { Collection } from "./collection.ts";

/** Options of {@linkcode CsvRun}. */
export interface CsvRunOptions {
  readonly request: SourceRequest;
  /** What was read. Belongs to the run from then on. */
  readonly collection: Collection;
  /** Names of the files, by number, for rejects. */
  readonly fileNames: readonly string[];
  readonly failures: readonly SourceFailure[];
  readonly warnings: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
}

/** An opened CSV source. All rows are in memory until the last ticker is delivered or forgotten. */
export class CsvRun implements SourceRun {
  readonly tickers: readonly string[];
  readonly unassigned: readonly Reject[];
  readonly failures: readonly SourceFailure[];
  readonly warnings: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;

  readonly #request: SourceRequest;
  readonly #collection: Collection;
  /** Tickers neither delivered nor forgotten, with their numbers. */
  readonly #pending = new Map<string, number>();
  readonly #batches: BatchBuilder;
  #grouping: Grouping | undefined;

  constructor(options: CsvRunOptions) {
    const { request, collection, fileNames, failures, warnings, details } = options;
    this.#request = request;
    this.#collection = collection;
    this.failures = failures;
    this.warnings = warnings;
    this.details = details;
    this.unassigned = collection.unassigned;
    this.#batches = new BatchBuilder(fileNames, collection.sources);
    this.#grouping = groupByTicker(collection.table, collection.tickers.length);
    for (const [number, ticker] of collection.tickers.entries()) {
      if (this.#rowsOf(number).length > 0 || collection.rejectsOf(number).length > 0) {
        this.#pending.set(ticker, number);
      }
    }
    this.tickers = [...this.#pending.keys()].sort();
  }

  missing(ticker: string): Error {
    const { seen } = this.#collection;
    if (seen.has(ticker)) {
      const { from, to } = this.#request;
      return new SourceError(
        "no_rows_in_window",
        `the files have no rows of ${ticker} from ${from ?? "the first"} to ${
          to ?? "the last"
        } day`,
        { hint: "Widen --from and --to.", details: { ticker, from, to } },
      );
    }
    const near = closest(ticker, [...seen]);
    return new SourceError("ticker_not_in_file", `the files have no rows of ${ticker}`, {
      hint: near === undefined
        ? "Check the ticker and the files given with --file."
        : `Did you mean ${near}?`,
      details: { ticker, ...(near === undefined ? {} : { nearest: near }) },
    });
  }

  plan(): FetchPlan {
    return EVERYTHING;
  }

  async *fetch(ticker: string): AsyncGenerator<Batch> {
    const number = this.#pending.get(ticker);
    if (number === undefined) throw this.#unavailable(ticker);
    try {
      this.#request.signal.throwIfAborted();
      const rejects = this.#collection.rejectsOf(number);
      yield await this.#batches.build(this.#collection.table, this.#rowsOf(number), rejects);
    } finally {
      this.forget(ticker);
    }
  }

  forget(ticker: string): void {
    const number = this.#pending.get(ticker);
    if (number === undefined) return;
    this.#pending.delete(ticker);
    this.#collection.forget(number);
    if (this.#pending.size === 0) this.#release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#pending.clear();
    this.#release();
    return Promise.resolve();
  }

  #release(): void {
    this.#collection.clear();
    this.#grouping = undefined;
  }

  #unavailable(ticker: string): Error {
    if (!this.tickers.includes(ticker)) return this.missing(ticker);
    return new SourceError("ticker_already_fetched", `${ticker} was fetched or forgotten before`, {
      hint: "Open the source again.",
      details: { ticker },
    });
  }

  #rowsOf(number: number): Uint32Array {
    return this.#grouping === undefined ? new Uint32Array() : indicesOf(this.#grouping, number);
  }
}
