/**
 * Rows of quotes with their details as columns of numbers: 100 bytes a row.
 *
 * @module
 */
import { RowColumns, same, wider } from "../files/row_columns.ts";
import { type DetailReader, put, type RowDetails } from "../files/ticker_batch.ts";
import { INSTRUMENT_BYTES, type InstrumentTable } from "./instruments.ts";
import { FIELDS } from "./layout.ts";
import type { QuoteValues } from "./quote.ts";

/** Columns of numbers that a quote has beside its prices, in the order in which they are hashed. */
const NUMBERS = ["trades", "turnover", "average", "bid", "ask"] as const;

/** Columns whose cells are left empty where they cannot be read. */
const MAY_BE_EMPTY = ["open", "high", "low", "volume", ...NUMBERS] as const;

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) || value === 0 ? null : value;
}

/** Rows of quotes. */
export class QuoteColumns extends RowColumns implements DetailReader {
  readonly instruments: InstrumentTable;
  /** Number of each row's instrument in the table. */
  instrument: Uint32Array = new Uint32Array();
  trades: Float64Array = new Float64Array();
  turnover: Float64Array = new Float64Array();
  average: Float64Array = new Float64Array();
  bid: Float64Array = new Float64Array();
  ask: Float64Array = new Float64Array();
  readonly detailBytes: number = NUMBERS.length * 8 + 1 + INSTRUMENT_BYTES;

  /** @param instruments What rows have in common, by number. */
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
  }

  /** Adds a copy of row `index` of other columns with the same instruments. */
  override pushFrom(other: QuoteColumns, index: number): void {
    super.pushFrom(other, index);
    const own = this.length - 1;
    this.instrument[own] = other.instrument[index] ?? 0;
    for (const name of NUMBERS) this[name][own] = other[name][index] ?? NaN;
  }

  override repeats(a: number, b: number): boolean {
    return super.repeats(a, b) && NUMBERS.every((name) => same(this[name][a], this[name][b])) &&
      this.#sameInstrument(a, b);
  }

  #sameInstrument(a: number, b: number): boolean {
    return this.instruments.equal(this.instrument[a] ?? 0, this.instrument[b] ?? 0);
  }

  hashDetails(bytes: DataView, at: number, index: number, before: number | undefined): number {
    let end = at;
    for (const name of NUMBERS) {
      const value = this[name][index] ?? NaN;
      end = put(bytes, end, Number.isNaN(value) ? null : value);
    }
    const isAnother = before === undefined || !this.#sameInstrument(before, index);
    bytes.setUint8(end++, isAnother ? 1 : 0);
    if (!isAnother) return end;
    new Uint8Array(bytes.buffer).set(this.instruments.bytesOf(this.instrument[index] ?? 0), end);
    return end + INSTRUMENT_BYTES;
  }

  detailsOf(index: number): RowDetails {
    const { values, damaged } = this.instruments.read(this.instrument[index] ?? 0);
    const trades = this.trades[index] ?? NaN;
    const turnover = this.turnover[index] ?? NaN;
    const bad = MAY_BE_EMPTY.filter((name) => Number.isNaN(this[name][index]));
    return {
      details: {
        ...values,
        trades: Number.isNaN(trades) ? null : trades,
        turnover: Number.isNaN(turnover) ? null : turnover,
        average: orNull(this.average[index]),
        bid: orNull(this.bid[index]),
        ask: orNull(this.ask[index]),
      },
      damaged: damaged.length + bad.length === 0
        ? []
        : [...damaged, ...bad.map((name) => FIELDS[name])].map(({ name }) => name),
    };
  }
}
