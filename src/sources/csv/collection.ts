/**
 * What was read from all files. A file counts only once it has been read to its end: until then it
 * can be taken back.
 *
 * @module
 */
import { countRefused, type Reject } from "../../model/prices.ts";
import { RowColumns } from "../files/row_columns.ts";

/** Number that stands for no ticker and for no source. */
export const NONE = -1;

/** Numbers names from 0. */
class Names {
  readonly all: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of a name, a new one where it has none. */
  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.all.push(name) - 1;
    this.#numbers.set(name, number);
    return number;
  }
}

/** Rows and rejects of a run. */
export class Collection {
  /** Rows, by the numbers of tickers and sources. */
  readonly table: RowColumns = new RowColumns(true);
  /** By number of the ticker, {@linkcode NONE} where it could not be read. */
  readonly rejects: { readonly ticker: number; readonly reject: Reject }[] = [];
  /** Tickers in the files, wanted or not. */
  readonly seen: Set<string> = new Set();
  /** Canonical tickers. Some may be of files that were taken back. */
  readonly tickers: Names = new Names();
  /** What rows say that they are from. Some may be of files that were taken back. */
  readonly sources: Names = new Names();

  #keptRows = 0;
  #keptRejects = 0;
  #newSeen = new Set<string>();

  /** Rows added since the last {@linkcode Collection.keep}. */
  get newRows(): number {
    return this.table.length - this.#keptRows;
  }

  /** Rows refused since the last {@linkcode Collection.keep}. */
  get newRefused(): number {
    return countRefused(this.rejects.slice(this.#keptRejects).map(({ reject }) => reject));
  }

  /** Notes that a ticker is in the file, also where none of its rows is wanted. */
  see(ticker: string): void {
    this.#newSeen.add(ticker);
  }

  /** Makes what was added since the last call count. */
  keep(): void {
    this.#keptRows = this.table.length;
    this.#keptRejects = this.rejects.length;
    for (const ticker of this.#newSeen) this.seen.add(ticker);
  }

  /**
   * Takes out the rejects that belong to no ticker.
   *
   * @param from How many rejects there were before those of the file.
   */
  takeUnassigned(from: number): readonly Reject[] {
    const added = this.rejects.splice(from);
    this.rejects.push(...added.filter(({ ticker }) => ticker !== NONE));
    this.#keptRejects = this.rejects.length;
    return added.filter(({ ticker }) => ticker === NONE).map(({ reject }) => reject);
  }

  /** Drops what was added since the last {@linkcode Collection.keep}. */
  takeBack(): void {
    this.table.truncate(this.#keptRows);
    this.rejects.length = this.#keptRejects;
    this.#newSeen.clear();
  }
}
