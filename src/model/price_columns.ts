/**
 * Rows of prices as columns of numbers, from the parser to the statement: a file has millions of them,
 * and an object for each would cost more than what is done with it.
 *
 * @module
 */
import type { PriceDetails, PriceRow } from "./prices.ts";

/** The numbers of a price. */
export const PRICE_NUMBERS = ["open", "high", "low", "close", "adjClose", "volume"] as const;

/** The numbers of its details that are another each day. */
export const DETAIL_NUMBERS = ["trades", "turnover", "average", "bid", "ask"] as const;

/** What details say of the paper: the same on most days of a ticker. */
export type Paper = Omit<PriceDetails, typeof DETAIL_NUMBERS[number]>;

const NUMBERS = [...PRICE_NUMBERS, ...DETAIL_NUMBERS] as const;

/** A number of a column; NaN where there is none. */
export function numberAt(column: Float64Array, row: number): number {
  return column[row] ?? NaN;
}

/** Whether two numbers of a column are the same; none is as good as none. */
export function isSame(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

/** The same, with null for none. */
export function orNull(column: Float64Array, row: number): number | null {
  const value = numberAt(column, row);
  return Number.isNaN(value) ? null : value;
}

/** Copies some rows of a column. */
export function pick(from: Float64Array, rows: ArrayLike<number>, into: Float64Array): void {
  for (let i = 0; i < rows.length; i++) into[i] = from[rows[i] ?? -1] ?? NaN;
}

/** Whether two papers are the same. Written out, not a loop over the names: it is asked for each row. */
export function isSamePaper(a: Paper | undefined, b: Paper | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined &&
    a.isin === b.isin && a.specification === b.specification &&
    a.distribution === b.distribution && a.strike === b.strike && a.expiry === b.expiry &&
    a.currency === b.currency && a.market === b.market && a.term === b.term);
}

/** What {@linkcode PriceRow} says, by column: NaN stands for null. */
export class PriceColumns {
  /** Number of rows. */
  readonly length: number;
  readonly date: string[];
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly adjClose: Float64Array;
  readonly volume: Float64Array;
  /** What rows say that they are from; empty where none does. */
  source: (string | undefined)[] = [];
  /** Undefined for a row without details; empty where none has any, as are the columns below. */
  paper: (Paper | undefined)[] = [];
  readonly trades: Float64Array;
  readonly turnover: Float64Array;
  readonly average: Float64Array;
  readonly bid: Float64Array;
  readonly ask: Float64Array;
  /** The rows that it was made of. */
  #rows: readonly PriceRow[] | undefined;

  /** @param date Of each row. @param isDetailed Whether there is room for details. */
  constructor(date: string[], isDetailed: boolean) {
    const { length } = date;
    this.length = length;
    this.date = date;
    const all = new Float64Array(length * (isDetailed ? NUMBERS.length : PRICE_NUMBERS.length));
    const column = (place: number) => all.subarray(place * length, (place + 1) * length);
    this.open = column(0);
    this.high = column(1);
    this.low = column(2);
    this.close = column(3);
    this.adjClose = column(4);
    this.volume = column(5);
    this.trades = column(6);
    this.turnover = column(7);
    this.average = column(8);
    this.bid = column(9);
    this.ask = column(10);
  }

  /**
   * Makes columns of rows. What is no number, such as a given NaN, becomes Infinity, which null does not;
   * a close NaN, which no table takes.
   */
  static of(rows: readonly PriceRow[]): PriceColumns {
    const isDetailed = rows.some(({ details }) => details !== undefined);
    const columns = new PriceColumns(rows.map(({ date }) => date), isDetailed);
    columns.#rows = rows;
    for (const name of PRICE_NUMBERS) {
      for (const [index, { [name]: value }] of rows.entries()) {
        columns[name][index] = value !== null && Number.isFinite(value)
          ? value
          : value === null || name === "close"
          ? NaN
          : Infinity;
      }
    }
    if (rows.some(({ source }) => source !== undefined)) {
      columns.source = rows.map(({ source }) => source);
    }
    if (!isDetailed) return columns;
    columns.paper = rows.map(({ details }) => details);
    for (const name of DETAIL_NUMBERS) {
      for (const [index, { details }] of rows.entries()) {
        columns[name][index] = details?.[name] ?? NaN;
      }
    }
    return columns;
  }

  /** Copies some rows. */
  take(rows: readonly number[]): PriceColumns {
    const { date, source, paper } = this;
    const taken = new PriceColumns(rows.map((row) => date[row] ?? ""), paper.length > 0);
    for (const name of NUMBERS) {
      if (this[name].length > 0) pick(this[name], rows, taken[name]);
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
      open: orNull(this.open, row),
      high: orNull(this.high, row),
      low: orNull(this.low, row),
      close: numberAt(this.close, row),
      adjClose: orNull(this.adjClose, row),
      volume: orNull(this.volume, row),
      ...source === undefined ? {} : { source },
      ...paper === undefined ? {} : {
        details: {
          ...paper,
          trades: orNull(this.trades, row),
          turnover: orNull(this.turnover, row),
          average: orNull(this.average, row),
          bid: orNull(this.bid, row),
          ask: orNull(this.ask, row),
        },
      },
    };
  }

  /** All rows as objects. */
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
