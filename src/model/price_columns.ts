/** Prices as columns of numbers: an object for each of millions of rows would cost too much. @module */
import type { PriceDetails, PriceRow } from "./prices.ts";

/** The numbers of a price. */
export const PRICE_NUMBERS = ["open", "high", "low", "close", "adjClose", "volume"] as const;

/** The numbers of its details that are another each day. */
export const DETAIL_NUMBERS = ["trades", "turnover", "average", "bid", "ask"] as const;

/** What details say of the paper: the same on most days of a ticker. */
export type Paper = Omit<PriceDetails, typeof DETAIL_NUMBERS[number]>;

const NUMBERS = [...PRICE_NUMBERS, ...DETAIL_NUMBERS] as const;

/** Any of them. */
export type NumberName = typeof NUMBERS[number];

const WIDTH = NUMBERS.length;

/** Whether two numbers of a column are the same; none, which is NaN, is as good as none. */
export function isSame(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

/** A number of a column, with null for none. */
export function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** Rows that share one array: thousands of tickers have one row, and an array costs more than that. */
const CHUNK_ROWS = 512;

let chunk = new Float64Array();
let used = 0;

/** Room for so many rows that has not been given away before, of NaN. @returns Array and first place. */
function room(rows: number): readonly [Float64Array, number] {
  const size = rows * WIDTH;
  if (used + size > chunk.length) {
    chunk = new Float64Array(Math.max(rows, CHUNK_ROWS) * WIDTH).fill(NaN);
    used = 0;
  }
  const start = used;
  used += size;
  return [chunk, start];
}

/** Whether two papers are the same. Written out, not a loop over the names: it is asked for each row. */
export function isSamePaper(a: Paper | undefined, b: Paper | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined &&
    a.isin === b.isin && a.specification === b.specification &&
    a.distribution === b.distribution && a.strike === b.strike && a.expiry === b.expiry &&
    a.currency === b.currency && a.market === b.market && a.term === b.term);
}

/** What {@linkcode PriceRow} says, by column: NaN stands for null. */
export class PriceColumns implements Readonly<Record<NumberName, (row: number) => number>> {
  readonly length: number;
  readonly date: string[];
  /** What rows say that they are from; empty where none does. */
  source: readonly (string | undefined)[] = [];
  /** Undefined for a row without details; empty where none has any. */
  paper: readonly (Paper | undefined)[] = [];
  readonly #values: Float64Array;
  readonly #start: number;
  #rows: readonly PriceRow[] | undefined;

  /** Every number is NaN at first. @param date Of each row. */
  constructor(date: string[]) {
    this.length = date.length;
    this.date = date;
    [this.#values, this.#start] = room(date.length);
  }

  /** Makes columns of rows: what is no number becomes Infinity, which null does not; a close NaN. */
  static of(rows: readonly PriceRow[]): PriceColumns {
    const columns = new PriceColumns(rows.map(({ date }) => date));
    columns.#rows = rows;
    for (const [index, row] of rows.entries()) {
      for (const name of PRICE_NUMBERS) {
        const value = row[name];
        if (value !== null && Number.isFinite(value)) columns.set(name, index, value);
        else if (value !== null && name !== "close") columns.set(name, index, Infinity);
      }
      for (const name of DETAIL_NUMBERS) columns.set(name, index, row.details?.[name] ?? NaN);
    }
    if (rows.some(({ source }) => source !== undefined)) {
      columns.source = rows.map(({ source }) => source);
    }
    if (rows.some(({ details }) => details !== undefined)) {
      columns.paper = rows.map(({ details }) => details);
    }
    return columns;
  }

  #at(row: number, place: number): number {
    return this.#values[this.#start + row * WIDTH + place] ?? NaN;
  }

  open(row: number): number {
    return this.#at(row, 0);
  }

  high(row: number): number {
    return this.#at(row, 1);
  }

  low(row: number): number {
    return this.#at(row, 2);
  }

  close(row: number): number {
    return this.#at(row, 3);
  }

  adjClose(row: number): number {
    return this.#at(row, 4);
  }

  volume(row: number): number {
    return this.#at(row, 5);
  }

  trades(row: number): number {
    return this.#at(row, 6);
  }

  turnover(row: number): number {
    return this.#at(row, 7);
  }

  average(row: number): number {
    return this.#at(row, 8);
  }

  bid(row: number): number {
    return this.#at(row, 9);
  }

  ask(row: number): number {
    return this.#at(row, 10);
  }

  set(name: NumberName, row: number, value: number): void {
    this.#values[this.#start + row * WIDTH + NUMBERS.indexOf(name)] = value;
  }

  /** Sets a number of each row. @param from A column. @param rows Which of its rows, in order. */
  fill(name: NumberName, from: Float64Array, rows: ArrayLike<number>): void {
    let at = this.#start + NUMBERS.indexOf(name);
    for (let i = 0; i < rows.length; i++, at += WIDTH) {
      this.#values[at] = from[rows[i] ?? -1] ?? NaN;
    }
  }

  take(rows: readonly number[]): PriceColumns {
    const { date, source, paper } = this;
    const taken = new PriceColumns(rows.map((row) => date[row] ?? ""));
    let at = taken.#start;
    for (const row of rows) {
      for (let place = 0; place < WIDTH; place++) taken.#values[at++] = this.#at(row, place);
    }
    if (source.length > 0) taken.source = rows.map((row) => source[row]);
    if (paper.length > 0) taken.paper = rows.map((row) => paper[row]);
    return taken;
  }

  /** A row as an object: the one that it was made of, where it was. */
  rowAt(row: number): PriceRow {
    const given = this.#rows?.[row];
    if (given !== undefined) return given;
    const [source, paper] = [this.source[row], this.paper[row]];
    return {
      date: this.date[row] ?? "",
      open: orNull(this.open(row)),
      high: orNull(this.high(row)),
      low: orNull(this.low(row)),
      close: this.close(row),
      adjClose: orNull(this.adjClose(row)),
      volume: orNull(this.volume(row)),
      ...source === undefined ? {} : { source },
      ...paper === undefined ? {} : {
        details: {
          ...paper,
          trades: orNull(this.trades(row)),
          turnover: orNull(this.turnover(row)),
          average: orNull(this.average(row)),
          bid: orNull(this.bid(row)),
          ask: orNull(this.ask(row)),
        },
      },
    };
  }

  rows(): PriceRow[] {
    return this.date.map((_, row) => this.rowAt(row));
  }

  /** First and last day; both `""` where there is no row. */
  span(): { readonly from: string; readonly to: string } {
    let [from = "", to = ""] = [this.date[0], this.date[0]];
    for (const date of this.date) {
      if (date < from) from = date;
      if (date > to) to = date;
    }
    return { from, to };
  }
}
