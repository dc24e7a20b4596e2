/**
 * Rows of prices in typed arrays: 68 bytes each, where an object with seven properties takes some
 * 200.
 *
 * @module
 */

/** The values of a row, in the order in which {@linkcode RowTable} keeps them. */
export const VALUES = ["open", "high", "low", "close", "adj_close", "volume"] as const;

/** What a row has beside its values. */
export interface RowKey {
  /** Number of the ticker, from 0. */
  readonly ticker: number;
  /** `yyyymmdd`. */
  readonly day: number;
  /** Number of what the row says it is from, or -1. */
  readonly source: number;
  /** Number of the file. */
  readonly file: number;
  /** 1-based line that the row begins in. */
  readonly line: number;
}

const KEYS = 5;

/** Grows by doubling; rows are numbered from 0 in the order in which they were added. */
export class RowTable {
  #keys = new Int32Array(0);
  #values = new Float64Array(0);
  #length = 0;

  /** Number of rows. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a row.
   *
   * @param key Copied.
   * @param values As many as {@linkcode VALUES}, NaN for none. Copied.
   */
  add(key: RowKey, values: Float64Array): void {
    if ((this.#length + 1) * KEYS > this.#keys.length) this.#grow();
    const at = this.#length * KEYS;
    this.#keys[at] = key.ticker;
    this.#keys[at + 1] = key.day;
    this.#keys[at + 2] = key.source;
    this.#keys[at + 3] = key.file;
    this.#keys[at + 4] = key.line;
    this.#values.set(values, this.#length * VALUES.length);
    this.#length++;
  }

  /**
   * Drops the last rows.
   *
   * @param length Number of rows to keep; 0 gives the memory back.
   */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
    if (this.#length > 0) return;
    this.#keys = new Int32Array(0);
    this.#values = new Float64Array(0);
  }

  /** Number of the ticker of a row. */
  ticker(row: number): number {
    return this.#keys[row * KEYS] ?? -1;
  }

  /** Day of a row, `yyyymmdd`. */
  day(row: number): number {
    return this.#keys[row * KEYS + 1] ?? 0;
  }

  /** Number of the source of a row, or -1. */
  source(row: number): number {
    return this.#keys[row * KEYS + 2] ?? -1;
  }

  /** Number of the file of a row. */
  file(row: number): number {
    return this.#keys[row * KEYS + 3] ?? -1;
  }

  /** 1-based line of a row. */
  line(row: number): number {
    return this.#keys[row * KEYS + 4] ?? 0;
  }

  /**
   * One value of a row.
   *
   * @param row Number of the row.
   * @param value Position in {@linkcode VALUES}.
   * @returns NaN for none.
   */
  value(row: number, value: number): number {
    return this.#values[row * VALUES.length + value] ?? NaN;
  }

  /** Whether two rows have the same values; none equals none. */
  sameValues(a: number, b: number): boolean {
    for (let value = 0; value < VALUES.length; value++) {
      if (!Object.is(this.value(a, value), this.value(b, value))) return false;
    }
    return true;
  }

  /**
   * The numbers of all rows, by ticker and, within one, as added.
   *
   * @param tickers Number of tickers.
   * @returns The row numbers, and for each ticker the position where its own begin (and behind the
   * last ticker their end).
   */
  byTicker(tickers: number): { rows: Uint32Array; starts: Uint32Array } {
    const starts = new Uint32Array(tickers + 1);
    for (let row = 0; row < this.#length; row++) {
      const next = this.ticker(row) + 1;
      starts[next] = (starts[next] ?? 0) + 1;
    }
    for (let i = 1; i <= tickers; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
    const rows = new Uint32Array(this.#length);
    const free = starts.slice();
    for (let row = 0; row < this.#length; row++) {
      const ticker = this.ticker(row);
      const at = free[ticker] ?? 0;
      rows[at] = row;
      free[ticker] = at + 1;
    }
    return { rows, starts };
  }

  #grow(): void {
    const capacity = Math.max(1024, this.#length * 2);
    const keys = new Int32Array(capacity * KEYS);
    keys.set(this.#keys);
    this.#keys = keys;
    const values = new Float64Array(capacity * VALUES.length);
    values.set(this.#values);
    this.#values = values;
  }
}
