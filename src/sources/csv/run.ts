/** Delivers what was read from CSV files, ticker by ticker. @module */
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
import { groupByTicker, type Grouping, indicesOf, type RowColumns } from "../files/row_columns.ts";
import { BatchBuilder } from "../files/ticker_batch.ts";
import { type Collection, NONE } from "./collection.ts";

interface CsvRunOptions {
  readonly request: SourceRequest;
  readonly collection: Collection;
  readonly fileNames: readonly string[];
  readonly failures: readonly SourceFailure[];
  readonly warnings: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
}

/** An opened CSV source; rows are in memory until the last ticker is delivered or forgotten. */
export class CsvRun implements SourceRun {
  readonly tickers: readonly string[];
  readonly unassigned: readonly Reject[];
  readonly failures: readonly SourceFailure[];
  readonly warnings: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;

  readonly #request: SourceRequest;
  readonly #seen: ReadonlySet<string>;
  readonly #pending = new Map<string, number>();
  readonly #rejects = new Map<number, readonly Reject[]>();
  readonly #batches: BatchBuilder;
  /** Undefined once nothing is pending: they are the bulk of the memory. */
  #rows: { readonly table: RowColumns; readonly grouping: Grouping } | undefined;

  constructor({ request, collection, fileNames, failures, warnings, details }: CsvRunOptions) {
    const { table, tickers, sources, rejects, seen } = collection;
    this.#request = request;
    this.#seen = seen;
    this.failures = failures;
    this.warnings = warnings;
    this.details = details;
    for (const [number, group] of Map.groupBy(rejects, ({ ticker }) => ticker)) {
      this.#rejects.set(number, group.map(({ reject }) => reject));
    }
    this.unassigned = this.#rejects.get(NONE) ?? [];
    this.#batches = new BatchBuilder(fileNames, sources.all);
    const grouping = groupByTicker(table, tickers.all.length);
    this.#rows = { table, grouping };
    for (const [number, ticker] of tickers.all.entries()) {
      if (indicesOf(grouping, number).length > 0 || this.#rejects.has(number)) {
        this.#pending.set(ticker, number);
      }
    }
    this.tickers = [...this.#pending.keys()].sort();
  }

  missing(ticker: string): Error {
    if (this.#seen.has(ticker)) {
      const { from, to } = this.#request;
      const window = `from ${from ?? "the first"} to ${to ?? "the last"} day`;
      const message = `the files have no rows of ${ticker} ${window}`;
      return new SourceError("no_rows_in_window", message, {
        hint: "Widen --from and --to.",
        details: { ticker, from, to },
      });
    }
    const nearest = closest(ticker, [...this.#seen]);
    return new SourceError("ticker_not_in_file", `the files have no rows of ${ticker}`, {
      hint: nearest === undefined
        ? "Check the ticker and the files given with --file."
        : `Did you mean ${nearest}?`,
      details: nearest === undefined ? { ticker } : { ticker, nearest },
    });
  }

  plan(): FetchPlan {
    return EVERYTHING;
  }

  async *fetch(ticker: string): AsyncGenerator<Batch> {
    const number = this.#pending.get(ticker);
    if (number === undefined || this.#rows === undefined) throw this.#unavailable(ticker);
    try {
      this.#request.signal.throwIfAborted();
      const { table, grouping } = this.#rows;
      const rejects = this.#rejects.get(number) ?? [];
      yield await this.#batches.build(table, indicesOf(grouping, number), rejects);
    } finally {
      this.forget(ticker);
    }
  }

  forget(ticker: string): void {
    const number = this.#pending.get(ticker);
    if (number === undefined) return;
    this.#pending.delete(ticker);
    this.#rejects.delete(number);
    if (this.#pending.size === 0) this.#rows = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#pending.clear();
    this.#rejects.clear();
    this.#rows = undefined;
    return Promise.resolve();
  }

  #unavailable(ticker: string): Error {
    if (!this.tickers.includes(ticker)) return this.missing(ticker);
    return new SourceError("ticker_already_fetched", `${ticker} was fetched or forgotten before`, {
      hint: "Open the source again.",
      details: { ticker },
    });
  }
}
