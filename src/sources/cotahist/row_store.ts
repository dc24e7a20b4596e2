/** The rows between reading and delivering: in memory, or read again by groups. @module */
import { serial } from "../../base/fifo.ts";
import { groupByTicker, type Grouping, indicesOf } from "../files/row_columns.ts";
import { QuoteColumns } from "./quote_columns.ts";

interface RowStoreOptions {
  readonly order: readonly number[];
  readonly rows: Uint32Array;
  readonly tickers: number;
  /** All rows, or room for those of a group. */
  readonly columns: QuoteColumns;
  readonly isWhole: boolean;
  /** Rows in memory for the current group, and again for rows kept aside. */
  readonly rowBudget: number;
  /** Adds the rows of the ids whose place in `mask` is 1. */
  readonly read: (mask: Uint8Array, into: QuoteColumns) => Promise<void>;
}

/** Groups of tickers that fit the budget; what is left behind is kept aside, or read again. */
export class RowStore {
  readonly #options: RowStoreOptions;
  readonly #groups: number[][] = [];
  readonly #groupOf = new Map<number, number>();
  readonly #done = new Set<number>();
  readonly #aside = new Map<number, QuoteColumns>();
  readonly #rows: QuoteColumns;
  #grouping: Grouping | undefined;
  #asideRows = 0;
  #current = -1;
  readonly #inTurn = serial();

  constructor(options: RowStoreOptions) {
    this.#options = options;
    const { columns, isWhole } = options;
    this.#rows = columns;
    if (isWhole) {
      this.#grouping = groupByTicker(columns, options.tickers);
      this.#current = 0;
    } else columns.reserve(options.rowBudget);
    let group: number[] = [];
    let size = 0;
    for (const id of options.order) {
      const rows = options.rows[id] ?? 0;
      if (!isWhole && group.length > 0 && size + rows > options.rowBudget) {
        this.#groups.push(group);
        group = [];
        size = 0;
      }
      this.#groupOf.set(id, this.#groups.length);
      group.push(id);
      size += rows;
    }
    if (group.length > 0) this.#groups.push(group);
  }

  get groups(): number {
    return this.#options.isWhole ? 0 : this.#groups.length;
  }

  /** Calls `use` with the rows of a ticker, valid during the call only. */
  withRows<T>(id: number, use: (rows: QuoteColumns, indices: Uint32Array) => T): Promise<T> {
    return this.#inTurn(() => this.#use(id, use));
  }

  forget(id: number): void {
    this.#done.add(id);
    const aside = this.#aside.get(id);
    if (aside === undefined) return;
    this.#aside.delete(id);
    this.#asideRows -= aside.length;
  }

  async #use<T>(id: number, use: (rows: QuoteColumns, indices: Uint32Array) => T): Promise<T> {
    const aside = this.#aside.get(id);
    if (aside !== undefined) {
      this.forget(id);
      return use(aside, Uint32Array.from({ length: aside.length }, (_, index) => index));
    }
    const group = this.#groupOf.get(id);
    if (group === undefined) {
      return use(new QuoteColumns(this.#rows.instruments), new Uint32Array());
    }
    if (group !== this.#current) await this.#load(group);
    this.#done.add(id);
    return use(this.#rows, this.#grouping ? indicesOf(this.#grouping, id) : new Uint32Array());
  }

  #leave(): void {
    const grouping = this.#grouping;
    if (grouping === undefined) return;
    for (const id of this.#groups[this.#current] ?? []) {
      const indices = indicesOf(grouping, id);
      if (this.#done.has(id) || this.#asideRows + indices.length > this.#options.rowBudget) {
        continue;
      }
      const kept = new QuoteColumns(this.#rows.instruments);
      kept.reserve(indices.length);
      for (const index of indices) kept.pushFrom(this.#rows, index);
      this.#aside.set(id, kept);
      this.#asideRows += kept.length;
    }
  }

  async #load(group: number): Promise<void> {
    this.#leave();
    this.#current = -1;
    this.#grouping = undefined;
    this.#rows.truncate(0);
    const mask = new Uint8Array(this.#options.tickers);
    for (const id of this.#groups[group] ?? []) mask[id] = 1;
    await this.#options.read(mask, this.#rows);
    this.#grouping = groupByTicker(this.#rows, this.#options.tickers);
    this.#current = group;
  }
}
