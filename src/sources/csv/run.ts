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
import type { PriceRow, Reject, RowPlace } from "../../model/prices.ts";
import { PayloadHash } from "../files/payload_hash.ts";
import { type Collection, NONE } from "./collection.ts";
import { isoOfDay } from "./days.ts";
import { VALUES } from "./row_table.ts";

/** Rows that are hashed at a time. */
const HASHED_ROWS = 10_000;

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
  readonly #fileNames: readonly string[];
  /** Tickers neither delivered nor forgotten, with their numbers. */
  readonly #pending = new Map<string, number>();
  #rows: Uint32Array;
  #starts: Uint32Array;

  constructor(options: CsvRunOptions) {
    const { request, collection, fileNames, failures, warnings, details } = options;
    this.#request = request;
    this.#collection = collection;
    this.#fileNames = fileNames;
    this.failures = failures;
    this.warnings = warnings;
    this.details = details;
    this.unassigned = collection.unassigned;
    const { rows, starts } = collection.table.byTicker(collection.tickers.length);
    this.#rows = rows;
    this.#starts = starts;
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
      const rows = this.#sorted(number);
      const hash = new PayloadHash();
      // Without repetitions: the hash does not tell how often a file says the same.
      const once = rows.filter((row, index) =>
        index === 0 || !this.#repeats(row, rows[index - 1] ?? 0)
      );
      for (let at = 0; at < once.length; at += HASHED_ROWS) {
        await hash.add(Array.from(once.subarray(at, at + HASHED_ROWS), (row) => this.#bytes(row)));
      }
      yield {
        prices: Array.from(rows, (row) => this.#price(row)),
        placeOf: (index) => this.#place(rows[index] ?? -1),
        rejects: this.#collection.rejectsOf(number),
        payloadSha256: await hash.digest(),
      };
    } finally {
      this.forget(ticker);
    }
  }

  #place(row: number): RowPlace {
    const { table } = this.#collection;
    return { origin: this.#fileNames[table.file(row)] ?? null, line: table.line(row) };
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
    this.#rows = this.#starts = new Uint32Array(0);
  }

  #unavailable(ticker: string): Error {
    if (!this.tickers.includes(ticker)) return this.missing(ticker);
    return new SourceError("ticker_already_fetched", `${ticker} was fetched or forgotten before`, {
      hint: "Open the source again.",
      details: { ticker },
    });
  }

  #rowsOf(number: number): Uint32Array {
    return this.#rows.subarray(this.#starts[number] ?? 0, this.#starts[number + 1] ?? 0);
  }

  /** A ticker's rows by day and source; those of one day and source as read. */
  #sorted(number: number): Uint32Array {
    const { table } = this.#collection;
    return this.#rowsOf(number).slice().sort((a, b) =>
      table.day(a) - table.day(b) || this.#compareSources(a, b) || a - b
    );
  }

  /** Whether a row says the same as another of its day and source. */
  #repeats(row: number, other: number): boolean {
    const { table } = this.#collection;
    return table.day(row) === table.day(other) && table.source(row) === table.source(other) &&
      table.sameValues(row, other);
  }

  #compareSources(a: number, b: number): number {
    const [left, right] = [this.#source(a), this.#source(b)];
    return left === right ? 0 : left < right ? -1 : 1;
  }

  /** What a row says that it is from; empty where it does not say. */
  #source(row: number): string {
    const number = this.#collection.table.source(row);
    return number === NONE ? "" : this.#collection.sources[number] ?? "";
  }

  #price(row: number): PriceRow {
    const { table } = this.#collection;
    const value = (index: number) => {
      const number = table.value(row, index);
      return Number.isNaN(number) ? null : number;
    };
    const source = this.#source(row);
    // In the order of VALUES.
    return {
      date: isoOfDay(table.day(row)),
      open: value(0),
      high: value(1),
      low: value(2),
      close: table.value(row, 3),
      adjClose: value(4),
      volume: value(5),
      ...(source === "" ? {} : { source }),
    };
  }

  /**
   * What the hash covers of a row, little-endian: the day as `yyyymmdd` in 32 bits, the values in
   * the order of `VALUES` as 64-bit floats, 0x7ff8000000000000 for none, then the source in ASCII
   * behind one byte with its length.
   */
  #bytes(row: number): Uint8Array<ArrayBuffer> {
    const { table } = this.#collection;
    const source = this.#source(row);
    const valuesEnd = 4 + VALUES.length * 8;
    const bytes = new Uint8Array(valuesEnd + 1 + source.length);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, table.day(row), true);
    for (let index = 0; index < VALUES.length; index++) {
      const value = table.value(row, index);
      if (Number.isNaN(value)) view.setBigUint64(4 + index * 8, 0x7ff8000000000000n, true);
      else view.setFloat64(4 + index * 8, value, true);
    }
    bytes[valuesEnd] = source.length;
    for (let i = 0; i < source.length; i++) bytes[valuesEnd + 1 + i] = source.charCodeAt(i);
    return bytes;
  }
}
