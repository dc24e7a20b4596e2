/** Rows of quotes with their details as columns of numbers: 100 bytes a row. @module */
import { DETAIL_NUMBERS as NUMBERS, isSame, type PriceColumns } from "../../model/price_columns.ts";
import { numberAt, putNumber, RowColumns, wider } from "../files/row_columns.ts";
import { INSTRUMENT_BYTES, type InstrumentTable, type ReadInstrument } from "./instruments.ts";
import { FIELDS } from "./layout.ts";
import type { QuoteValues } from "./quote.ts";

/** Columns whose cells are left empty where they cannot be read. */
const MAY_BE_EMPTY = ["open", "high", "low", "volume", ...NUMBERS] as const;

/** 0 stands for none. */
const ZERO_IS_NONE = ["average", "bid", "ask"] as const;

/** Rows of quotes. */
export class QuoteColumns extends RowColumns {
  readonly instruments: InstrumentTable;
  instrument: Uint32Array = new Uint32Array();
  trades: Float64Array = new Float64Array();
  turnover: Float64Array = new Float64Array();
  average: Float64Array = new Float64Array();
  bid: Float64Array = new Float64Array();
  ask: Float64Array = new Float64Array();
  #hasEmpty = false;

  constructor(instruments: InstrumentTable) {
    super();
    this.instruments = instruments;
  }

  protected override growTo(capacity: number): void {
    super.growTo(capacity);
    this.instrument = wider(this.instrument, new Uint32Array(capacity));
    for (const name of NUMBERS) this[name] = wider(this[name], new Float64Array(capacity));
  }

  override push(ticker: number, file: number, line: number, row: QuoteValues): void {
    super.push(ticker, file, line, row);
    const index = this.length - 1;
    this.instrument[index] = row.instrument;
    this.trades[index] = row.trades;
    this.turnover[index] = row.turnover;
    this.average[index] = row.average;
    this.bid[index] = row.bid;
    this.ask[index] = row.ask;
    const sum = row.open + row.high + row.low + row.volume + row.trades + row.turnover +
      row.average + row.bid + row.ask;
    if (Number.isNaN(sum)) this.#hasEmpty = true;
  }

  override pushFrom(other: QuoteColumns, index: number): void {
    super.pushFrom(other, index);
    const own = this.length - 1;
    this.instrument[own] = other.instrument[index] ?? 0;
    this.#hasEmpty ||= other.#hasEmpty;
    for (const name of NUMBERS) this[name][own] = other[name][index] ?? NaN;
  }

  override repeats(a: number, b: number): boolean {
    return super.repeats(a, b) && this.#sameInstrument(a, b) &&
      NUMBERS.every((name) => isSame(numberAt(this[name], a), numberAt(this[name], b)));
  }

  #sameInstrument(a: number, b: number): boolean {
    return this.instruments.equal(this.instrument[a] ?? 0, this.instrument[b] ?? 0);
  }

  override copyTo(columns: PriceColumns, rows: Uint32Array): void {
    super.copyTo(columns, rows);
    for (const name of NUMBERS) columns.fill(name, this[name], rows);
    for (const name of ZERO_IS_NONE) {
      for (let row = 0; row < columns.length; row++) {
        if (columns[name](row) === 0) columns.set(name, row, NaN);
      }
    }
    columns.paper = Array.from(rows, (row) => this.#read(row).values);
  }

  #read(row: number): ReadInstrument {
    return this.instruments.read(this.instrument[row] ?? 0);
  }

  override get detailBytes(): number {
    return NUMBERS.length * 8 + 1 + INSTRUMENT_BYTES;
  }

  override hashDetails(
    bytes: DataView,
    at: number,
    row: number,
    before: number | undefined,
  ): number {
    let end = at;
    for (const name of NUMBERS) end = putNumber(bytes, end, numberAt(this[name], row));
    const isAnother = before === undefined || !this.#sameInstrument(before, row);
    bytes.setUint8(end++, isAnother ? 1 : 0);
    if (!isAnother) return end;
    new Uint8Array(bytes.buffer).set(this.instruments.bytesOf(this.instrument[row] ?? 0), end);
    return end + INSTRUMENT_BYTES;
  }

  override damagedAt(row: number): readonly string[] {
    const { damaged } = this.#read(row);
    if (damaged.length === 0 && !this.#hasEmpty) return super.damagedAt(row);
    const empty = MAY_BE_EMPTY.filter((name) => Number.isNaN(this[name][row]));
    return [...damaged, ...empty.map((name) => FIELDS[name])].map(({ name }) => name);
  }
}
