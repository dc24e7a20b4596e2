/** Rows as columns of numbers: 56 bytes a row, 68 with adjusted close and source. @module */
import { isSame, type PriceColumns } from "../../model/price_columns.ts";

const INTEGERS = ["ticker", "date", "line", "file"] as const;
const FLOATS = ["open", "high", "low", "close", "volume"] as const;

/** What one row holds besides the ticker. Prices per unit, volume in units; NaN for none. */
export interface RowValues {
  date: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  /** Kept by wide columns only. */
  adjClose?: number;
  /** Number of what the row says that it is from, negative for none. Kept by wide columns only. */
  source?: number;
}

/** A number of a column; NaN where there is none. */
export function numberAt(column: Float64Array, row: number): number {
  return column[row] ?? NaN;
}

/** Copies numbers into a larger array. */
export function wider<C extends Uint8Array | Uint32Array | Int32Array | Float64Array>(
  from: C,
  to: C,
): C {
  to.set(from);
  return to;
}

/** What stands for no value in the hash: a NaN, always the same. */
const NO_VALUE = 0x7ff80000;

/** Writes a number for the hash, and says where the next one goes. */
export function putNumber(bytes: DataView, at: number, value: number): number {
  if (Number.isNaN(value)) {
    bytes.setUint32(at, 0);
    bytes.setUint32(at + 4, NO_VALUE, true);
  } else bytes.setFloat64(at, value, true);
  return at + 8;
}

/** Rows in the order in which they were read. Grows by doubling; truncating keeps the capacity. */
export class RowColumns {
  length = 0;
  readonly isWide: boolean;
  ticker: Uint32Array = new Uint32Array();
  date: Uint32Array = new Uint32Array();
  line: Uint32Array = new Uint32Array();
  file: Uint32Array = new Uint32Array();
  open: Float64Array = new Float64Array();
  high: Float64Array = new Float64Array();
  low: Float64Array = new Float64Array();
  close: Float64Array = new Float64Array();
  volume: Float64Array = new Float64Array();
  adjClose: Float64Array = new Float64Array();
  source: Int32Array = new Int32Array();

  constructor(isWide = false) {
    this.isWide = isWide;
  }

  get capacity(): number {
    return this.date.length;
  }

  /** The system gives memory when it is written to, so that room that stays empty costs nothing. */
  reserve(capacity: number): void {
    if (capacity > this.capacity) this.growTo(capacity);
  }

  protected growTo(capacity: number): void {
    for (const name of INTEGERS) this[name] = wider(this[name], new Uint32Array(capacity));
    for (const name of FLOATS) this[name] = wider(this[name], new Float64Array(capacity));
    if (!this.isWide) return;
    this.adjClose = wider(this.adjClose, new Float64Array(capacity));
    this.source = wider(this.source, new Int32Array(capacity));
  }

  push(ticker: number, file: number, line: number, row: RowValues): void {
    const index = this.#next();
    this.ticker[index] = ticker;
    this.date[index] = row.date;
    this.line[index] = line;
    this.file[index] = file;
    this.open[index] = row.open;
    this.high[index] = row.high;
    this.low[index] = row.low;
    this.close[index] = row.close;
    this.volume[index] = row.volume;
    if (!this.isWide) return;
    this.adjClose[index] = row.adjClose ?? NaN;
    this.source[index] = row.source ?? -1;
  }

  pushFrom(other: RowColumns, index: number): void {
    const own = this.#next();
    for (const name of [...INTEGERS, ...FLOATS]) this[name][own] = other[name][index] ?? NaN;
    if (!this.isWide) return;
    this.adjClose[own] = other.adjClose[index] ?? NaN;
    this.source[own] = other.source[index] ?? -1;
  }

  #next(): number {
    if (this.length === this.capacity) this.growTo(Math.max(16, this.length * 2));
    return this.length++;
  }

  truncate(length: number): void {
    this.length = Math.min(this.length, length);
  }

  /** Whether two rows have the same day, source and values. */
  repeats(a: number, b: number): boolean {
    return this.date[a] === this.date[b] && this.source[a] === this.source[b] &&
      FLOATS.every((name) => isSame(numberAt(this[name], a), numberAt(this[name], b))) &&
      isSame(numberAt(this.adjClose, a), numberAt(this.adjClose, b));
  }

  copyTo(columns: PriceColumns, rows: Uint32Array): void {
    for (const name of FLOATS) columns.fill(name, this[name], rows);
    if (this.isWide) columns.fill("adjClose", this.adjClose, rows);
  }

  get detailBytes(): number {
    return 0;
  }

  /** Writes what is hashed of a row's details, and says where the next goes. */
  hashDetails(_bytes: DataView, at: number, _row: number, _before: number | undefined): number {
    return at;
  }

  damagedAt(_row: number): readonly string[] {
    return NONE;
  }
}

const NONE: readonly string[] = [];

/** Rows by ticker id: those of id `i` are in `order` from `starts[i]` to `starts[i + 1]`. */
export interface Grouping {
  readonly starts: Uint32Array;
  readonly order: Uint32Array;
}

/** The rows of a ticker, in the order in which they were read. */
export function indicesOf({ starts, order }: Grouping, id: number): Uint32Array {
  return order.subarray(starts[id] ?? 0, starts[id + 1] ?? 0);
}

/** Groups rows by ticker with a counting sort; those of a ticker stay in reading order. */
export function groupByTicker(rows: RowColumns, tickers: number): Grouping {
  const starts = new Uint32Array(tickers + 1);
  const { ticker, length } = rows;
  for (let i = 0; i < length; i++) {
    const next = (ticker[i] ?? 0) + 1;
    starts[next] = (starts[next] ?? 0) + 1;
  }
  for (let id = 0; id < tickers; id++) starts[id + 1] = (starts[id + 1] ?? 0) + (starts[id] ?? 0);
  const fill = starts.slice(0, tickers);
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    const id = ticker[i] ?? 0;
    const at = fill[id] ?? 0;
    order[at] = i;
    fill[id] = at + 1;
  }
  return { starts, order };
}
