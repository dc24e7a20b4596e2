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
  type PriceRow,
  type Reject,
  type RowPlace,
  type RowProblem,
  type SourceFailure,
  type SourceRequest,
  type SourceRun,
} from "../source.ts";
import { PayloadHash } from "../files/payload_hash.ts";
import { type Collection, NONE } from "./collection.ts";
import { isoOfDay } from "./days.ts";
import { VALUES } from "./row_table.ts";

/** Most rows, and most rejects, of a batch. */
export const BATCH_ROWS = 10_000;

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

/** The rows of one ticker, each key once. */
interface Picked {
  readonly rows: readonly number[];
  readonly superseded: readonly Reject[];
  readonly repeated: number;
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
      const { rows, superseded, repeated } = this.#pick(ticker, number);
      const rejects = [...this.#collection.rejectsOf(number), ...superseded];
      const hash = new PayloadHash();
      const end = Math.max(rows.length, rejects.length, 1);
      for (let at = 0; at < end; at += BATCH_ROWS) {
        this.#request.signal.throwIfAborted();
        const part = rows.slice(at, at + BATCH_ROWS);
        await hash.add(part.map((row) => this.#bytes(row)));
        yield {
          prices: part.map((row) => this.#price(row)),
          placeOf: (index) => this.#place(part[index] ?? -1),
          rejects: rejects.slice(at, at + BATCH_ROWS),
          repeated: at === 0 ? repeated : 0,
          ...(at + BATCH_ROWS < end ? {} : { payloadSha256: await hash.digest() }),
        };
      }
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

  /** Sorts the rows by day and source; of those with the same, the last that can be stored stays. */
  #pick(ticker: string, number: number): Picked {
    const { table } = this.#collection;
    const sorted = this.#rowsOf(number).slice().sort((a, b) =>
      table.day(a) - table.day(b) || this.#compareSources(a, b) || a - b
    );
    const rows: number[] = [];
    const superseded: Reject[] = [];
    let repeated = 0;
    for (let from = 0; from < sorted.length;) {
      const first = sorted[from] ?? 0;
      let to = from + 1;
      while (to < sorted.length && this.#sameKey(sorted[to] ?? 0, first)) to++;
      const same = sorted.subarray(from, to);
      const winner = same.length === 1 ? first : this.#winner(same);
      rows.push(winner);
      for (const row of same) {
        if (row === winner) continue;
        const found = this.#check(row);
        if (found === undefined && table.sameValues(row, winner)) repeated++;
        else superseded.push({ ...this.#superseded(ticker, row, winner), ...found });
      }
      from = to;
    }
    return { rows, superseded, repeated };
  }

  #sameKey(a: number, b: number): boolean {
    const { table } = this.#collection;
    return table.day(a) === table.day(b) && table.source(a) === table.source(b);
  }

  #check(row: number): RowProblem | undefined {
    return this.#request.check?.(this.#price(row));
  }

  #winner(rows: Uint32Array): number {
    const last = rows[rows.length - 1] ?? 0;
    return rows.findLast((row) => this.#check(row) === undefined) ?? last;
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

  #superseded(ticker: string, row: number, winner: number): Reject {
    const { table } = this.#collection;
    const date = isoOfDay(table.day(row));
    const close = VALUES.indexOf("close");
    return {
      origin: this.#fileNames[table.file(row)] ?? null,
      line: table.line(row),
      date,
      code: "superseded",
      reason: `${ticker} on ${date} is given again, differently, in ` +
        `${this.#fileNames[table.file(winner)]} line ${table.line(winner)} ` +
        `(close ${table.value(row, close)} here, ${table.value(winner, close)} there)`,
      raw: null,
    };
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
