/** What a record says of the paper itself: mostly the same, so its bytes are kept once. @module */
import { isCalendarDay, isoOfDay } from "../../base/day.ts";
import type { Paper } from "../../model/price_columns.ts";
import { wider } from "../files/row_columns.ts";
import { type Field, FIELDS, PRICE_DIVISOR } from "./layout.ts";
import { digitsAt, fieldAt, priceAt, termAt } from "./quote.ts";

/** An instrument, and which of its fields could not be read. */
export interface ReadInstrument {
  readonly values: Paper;
  readonly damaged: readonly Field[];
}

/** The bytes that are kept, as runs of a record: first and last position, counted from 1. */
const RUNS = [[25, 27], [40, 56], [189, 201], [203, 217], [231, 245]] as const;

/** Bytes kept of an instrument. */
export const INSTRUMENT_BYTES = RUNS.reduce((sum, [first, last]) => sum + last - first + 1, 0);

const OFFSETS = Uint8Array.from(
  RUNS.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => first - 1 + i)
  ),
);

/** DATVEN of what does not expire. */
const NEVER = 99_991_231;

function textAt(record: Uint8Array, field: Field): string | null {
  return fieldAt(record, 0, field).trim() || null;
}

function read(record: Uint8Array): ReadInstrument {
  const damaged: Field[] = [];
  const numberAt = (field: Field): number | null => {
    if (fieldAt(record, 0, field).trim() === "") return null;
    const value = field.length > 9
      ? priceAt(record, field.start)
      : digitsAt(record, field.start, field.length);
    if (value >= 0) return value;
    damaged.push(field);
    return null;
  };
  const { currency, isin, specification, market, factor } = FIELDS;
  const term = termAt(record, 0);
  if (term < 0 && !/^(0*| *)$/.test(fieldAt(record, 0, FIELDS.term))) damaged.push(FIELDS.term);
  const strike = numberAt(FIELDS.strike);
  const divisor = PRICE_DIVISOR * digitsAt(record, factor.start, factor.length);
  const expiry = numberAt(FIELDS.expiry);
  const expires = expiry !== null && expiry !== 0 && expiry !== NEVER;
  if (expires && !isCalendarDay(expiry)) damaged.push(FIELDS.expiry);
  const values = {
    currency: textAt(record, currency),
    isin: textAt(record, isin),
    specification: textAt(record, specification),
    distribution: numberAt(FIELDS.distribution),
    market: textAt(record, market),
    term: term < 0 ? null : term,
    strike: strike === null || strike === 0 ? null : strike / divisor,
    expiry: expires && isCalendarDay(expiry) ? isoOfDay(expiry) : null,
  };
  return { values, damaged };
}

/** Instruments by number; a record that says the same as the ticker's last has its number. */
export class InstrumentTable {
  #bytes = new Uint8Array(256 * INSTRUMENT_BYTES);
  #length = 0;
  /** Per ticker: its last instrument + 1. Of a table that was cut back it may name another ticker's. */
  #last = new Uint32Array(1024);
  readonly #record = new Uint8Array(Math.max(...OFFSETS) + 1);
  #lastRead: { readonly id: number; readonly instrument: ReadInstrument } | undefined;

  get length(): number {
    return this.#length;
  }

  idAt(bytes: Uint8Array, at: number, ticker: number): number {
    if (ticker >= this.#last.length) {
      this.#last = wider(this.#last, new Uint32Array(Math.max(ticker + 1, this.#last.length * 2)));
    }
    const last = (this.#last[ticker] ?? 0) - 1;
    if (last >= 0 && last < this.#length && this.#isAt(last, bytes, at)) return last;
    const id = this.#length++;
    const start = id * INSTRUMENT_BYTES;
    if (start === this.#bytes.length) {
      this.#bytes = wider(this.#bytes, new Uint8Array(this.#bytes.length * 2));
    }
    for (let i = 0; i < INSTRUMENT_BYTES; i++) {
      this.#bytes[start + i] = bytes[at + (OFFSETS[i] ?? 0)] ?? 0;
    }
    this.#last[ticker] = id + 1;
    return id;
  }

  #isAt(id: number, bytes: Uint8Array, at: number): boolean {
    const start = id * INSTRUMENT_BYTES;
    // From the end: the distribution number and the ISIN change more often than the market.
    for (let i = INSTRUMENT_BYTES - 1; i >= 0; i--) {
      if (this.#bytes[start + i] !== bytes[at + (OFFSETS[i] ?? 0)]) return false;
    }
    return true;
  }

  bytesOf(id: number): Uint8Array {
    return this.#bytes.subarray(id * INSTRUMENT_BYTES, (id + 1) * INSTRUMENT_BYTES);
  }

  equal(a: number, b: number): boolean {
    if (a === b) return true;
    const other = this.bytesOf(b);
    return this.bytesOf(a).every((byte, index) => byte === other[index]);
  }

  read(id: number): ReadInstrument {
    if (this.#lastRead?.id === id) return this.#lastRead.instrument;
    const start = id * INSTRUMENT_BYTES;
    for (let i = 0; i < INSTRUMENT_BYTES; i++) {
      this.#record[OFFSETS[i] ?? 0] = this.#bytes[start + i] ?? 0;
    }
    const instrument = read(this.#record);
    this.#lastRead = { id, instrument };
    return instrument;
  }

  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
    this.#lastRead = undefined;
  }
}
