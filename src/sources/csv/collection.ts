/** What was read from all files; a file counts only once it was read to its end. @module */
import { countRefused, type Reject } from "../../model/prices.ts";
import { RowColumns } from "../files/row_columns.ts";

/** Number that stands for no ticker and for no source. */
export const NONE = -1;

class Names {
  readonly all: string[] = [];
  readonly #numbers = new Map<string, number>();

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
  readonly table: RowColumns = new RowColumns(true);
  readonly rejects: { readonly ticker: number; readonly reject: Reject }[] = [];
  readonly seen: Set<string> = new Set();
  /** Canonical; some may be of files that were taken back. */
  readonly tickers: Names = new Names();
  readonly sources: Names = new Names();

  #keptRows = 0;
  #keptRejects = 0;
  #newSeen = new Set<string>();

  get newRows(): number {
    return this.table.length - this.#keptRows;
  }

  get newRefused(): number {
    return countRefused(this.rejects.slice(this.#keptRejects).map(({ reject }) => reject));
  }

  /** Notes a ticker, also where none of its rows is wanted. */
  see(ticker: string): void {
    this.#newSeen.add(ticker);
  }

  keep(): void {
    this.#keptRows = this.table.length;
    this.#keptRejects = this.rejects.length;
    for (const ticker of this.#newSeen) this.seen.add(ticker);
  }

  takeUnassigned(from: number): readonly Reject[] {
    const added = this.rejects.splice(from);
    this.rejects.push(...added.filter(({ ticker }) => ticker !== NONE));
    this.#keptRejects = this.rejects.length;
    return added.filter(({ ticker }) => ticker === NONE).map(({ reject }) => reject);
  }

  takeBack(): void {
    this.table.truncate(this.#keptRows);
    this.rejects.length = this.#keptRejects;
    this.#newSeen.clear();
  }
}
