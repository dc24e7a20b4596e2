/**
 * What was read from all files, ticker by ticker. A file counts only once it has been read to its
 * end: until then it can be taken back.
 *
 * @module
 */
import type { Reject } from "../../model/prices.ts";
import { RowColumns } from "../files/row_columns.ts";

/** Number that stands for no ticker and for no source. */
export const NONE = -1;

/** Rows and rejects of a run. */
export class Collection {
  /** Rows, by the numbers of {@linkcode Collection.tickerNumber}. */
  table: RowColumns = new RowColumns(0, true);
  /** Rejects whose ticker could not be read. */
  readonly unassigned: Reject[] = [];
  /** Tickers in the files, wanted or not. */
  readonly seen: Set<string> = new Set();

  readonly #tickers = new Names();
  readonly #sources = new Names();
  readonly #rejects = new Map<number, Reject[]>();

  #keptRows = 0;
  #newRejects: { ticker: number; reject: Reject }[] = [];
  #newSeen = new Set<string>();

  /** Canonical tickers, by number. Some may be of files that were taken back. */
  get tickers(): readonly string[] {
    return this.#tickers.all;
  }

  /** What rows say that they are from, by number. Some may be of files that were taken back. */
  get sources(): readonly string[] {
    return this.#sources.all;
  }

  /** Rows added since the last {@linkcode Collection.keep}. */
  get newRows(): number {
    return this.table.length - this.#keptRows;
  }

  /** Rejects added since the last {@linkcode Collection.keep}. */
  get newRejects(): readonly { readonly reject: Reject }[] {
    return this.#newRejects;
  }

  /** The number of a ticker, a new one where it has none. */
  tickerNumber(ticker: string): number {
    return this.#tickers.number(ticker);
  }

  /** The number of a source, a new one where it has none. */
  sourceNumber(source: string): number {
    return this.#sources.number(source);
  }

  /** Notes that a ticker is in the file, also where none of its rows is wanted. */
  see(ticker: string): void {
    this.#newSeen.add(ticker);
  }

  /** Adds a reject of a ticker, or of none that could be read ({@linkcode NONE}). */
  reject(ticker: number, reject: Reject): void {
    this.#newRejects.push({ ticker, reject });
  }

  /** Makes what was added since the last call count. */
  keep(): void {
    this.#keptRows = this.table.length;
    for (const ticker of this.#newSeen) this.seen.add(ticker);
    for (const { ticker, reject } of this.#newRejects) {
      if (ticker === NONE) this.unassigned.push(reject);
      else this.#ofTicker(ticker).push(reject);
    }
    this.takeBack();
  }

  /** Drops what was added since the last {@linkcode Collection.keep}. */
  takeBack(): void {
    this.table.truncate(this.#keptRows);
    this.#newRejects = [];
    this.#newSeen = new Set();
  }

  /** Rejects of a ticker, by number. */
  rejectsOf(ticker: number): readonly Reject[] {
    return this.#rejects.get(ticker) ?? [];
  }

  /** Frees the rejects of a ticker. */
  forget(ticker: number): void {
    this.#rejects.delete(ticker);
  }

  /** Frees all rows and the rejects of all tickers. */
  clear(): void {
    this.table = new RowColumns(0, true);
    this.#keptRows = 0;
    this.#rejects.clear();
  }

  #ofTicker(ticker: number): Reject[] {
    let rejects = this.#rejects.get(ticker);
    if (rejects === undefined) this.#rejects.set(ticker, rejects = []);
    return rejects;
  }
}

/** Numbers names from 0. */
class Names {
  readonly all: string[] = [];
  readonly #numbers = new Map<string, number>();

  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.all.length;
    this.#numbers.set(name, number);
    this.all.push(name);
    return number;
  }
}
