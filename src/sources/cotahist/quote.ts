/** The values of one quote record, read from bytes, and which records become rows. @module */
import { dayOfIso } from "../../base/day.ts";
import type { RowValues } from "../files/row_columns.ts";
import { type Field, FIELDS, PRICE_DIVISOR } from "./layout.ts";

const ZERO = 48;
/** 2^53 - 1 = 9,007,199 × 10^9 + 254,740,991: QUATOT is compared in two halves of nine digits. */
const MAX_HIGH = 9_007_199;
const MAX_LOW = 254_740_991;
const BILLION = 1_000_000_000;

/** Why a record was refused. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
}

/** A field as text, Latin-1. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

/** A field of a record as text. */
export function fieldAt(bytes: Uint8Array, at: number, { start, length }: Field): string {
  return textOf(bytes, at + start, at + start + length);
}

/** Up to nine digits as a number; negative where a byte is no digit. */
export function digitsAt(bytes: Uint8Array, start: number, length: number): number {
  let value = 0;
  let bad = 0;
  for (let i = start; i < start + length; i++) {
    const digit = (bytes[i] ?? 0) - ZERO;
    // The sign bit of either is set where the byte is no digit: one test at the end, none per byte.
    bad |= digit | (9 - digit);
    value = Math.imul(value, 10) + digit;
  }
  return bad < 0 ? -1 : value;
}

/** The same of nine digits, written out: a loop takes twice as long over most bytes of a file. */
function nineDigitsAt(bytes: Uint8Array, at: number): number {
  const a = (bytes[at] ?? 0) - ZERO;
  const b = (bytes[at + 1] ?? 0) - ZERO;
  const c = (bytes[at + 2] ?? 0) - ZERO;
  const d = (bytes[at + 3] ?? 0) - ZERO;
  const e = (bytes[at + 4] ?? 0) - ZERO;
  const f = (bytes[at + 5] ?? 0) - ZERO;
  const g = (bytes[at + 6] ?? 0) - ZERO;
  const h = (bytes[at + 7] ?? 0) - ZERO;
  const i = (bytes[at + 8] ?? 0) - ZERO;
  const bad = a | b | c | d | e | f | g | h | i | (9 - a) | (9 - b) | (9 - c) | (9 - d) | (9 - e) |
    (9 - f) | (9 - g) | (9 - h) | (9 - i);
  if (bad < 0) return -1;
  return (((a * 10 + b) * 10 + c) * 1000 + (d * 10 + e) * 10 + f) * 1000 + (g * 10 + h) * 10 + i;
}

/** Thirteen digits, (11)V99 without the point; negative where a byte is no digit. Below 2^53. */
export function priceAt(bytes: Uint8Array, at: number): number {
  const a = (bytes[at] ?? 0) - ZERO;
  const b = (bytes[at + 1] ?? 0) - ZERO;
  const c = (bytes[at + 2] ?? 0) - ZERO;
  const d = (bytes[at + 3] ?? 0) - ZERO;
  const low = nineDigitsAt(bytes, at + 4);
  const bad = a | b | c | d | (9 - a) | (9 - b) | (9 - c) | (9 - d) | low;
  return bad < 0 ? -1 : ((a * 10 + b) * 100 + c * 10 + d) * BILLION + low;
}

/** The market of a record as a number; negative where it is no number. */
export function marketAt(bytes: Uint8Array, at: number): number {
  return digitsAt(bytes, at + FIELDS.market.start, FIELDS.market.length);
}

/** The term of a forward in days, text of three characters; negative where it is no number, or 0. */
export function termAt(bytes: Uint8Array, at: number): number {
  const text = fieldAt(bytes, at, FIELDS.term).trim();
  return /^[0-9]+$/.test(text) && Number(text) > 0 ? Number(text) : -1;
}

/** The day of a record as `yyyymmdd`, perhaps impossible; negative where it is no number. */
export function dateAt(bytes: Uint8Array, at: number): number {
  return digitsAt(bytes, at + FIELDS.date.start, FIELDS.date.length);
}

/** Which markets and days a request asks for. */
export class RowFilter {
  readonly #markets = new Uint8Array(1000);
  readonly #from: number;
  readonly #to: number;

  constructor(markets: readonly string[], from: string | null, to: string | null) {
    for (const market of markets) this.#markets[Number(market)] = 1;
    this.#from = from === null ? 0 : dayOfIso(from);
    this.#to = to === null ? 99_999_999 : dayOfIso(to);
  }

  takesMarket(market: number): boolean {
    return this.#markets[market] === 1;
  }

  takesDate(date: number): boolean {
    return date >= this.#from && date <= this.#to;
  }
}

function numberOf(integer: number, divisor: number): number {
  return integer < 0 ? NaN : integer / divisor;
}

/** What one row holds besides its ticker. */
export interface QuoteValues extends RowValues {
  /** NaN where it is damaged, as of those below. */
  readonly trades: number;
  readonly turnover: number;
  /** 0 for none, as of bid and ask. */
  readonly average: number;
  readonly bid: number;
  readonly ask: number;
  readonly instrument: number;
}

/** Reads the numbers of quote records into itself: one object for all records. */
export class QuoteReader implements QuoteValues {
  date = 0;
  open = 0;
  high = 0;
  low = 0;
  close = 0;
  volume = 0;
  trades = 0;
  turnover = 0;
  average = 0;
  bid = 0;
  ask = 0;
  instrument = 0;
  #divisor = 0;

  /**
   * Only the close and the factor cost the row, other damage is NaN; a price is divided once by
   * {@linkcode PRICE_DIVISOR} × factor, so that 10.50 is exactly 10.5.
   */
  readNumbers(bytes: Uint8Array, at: number): boolean {
    const open = priceAt(bytes, at + FIELDS.open.start);
    const high = priceAt(bytes, at + FIELDS.high.start);
    const low = priceAt(bytes, at + FIELDS.low.start);
    const close = priceAt(bytes, at + FIELDS.close.start);
    const volumeHigh = nineDigitsAt(bytes, at + FIELDS.volume.start);
    const volumeLow = nineDigitsAt(bytes, at + FIELDS.volume.start + 9);
    const factor = digitsAt(bytes, at + FIELDS.factor.start, FIELDS.factor.length);
    if (close < 0 || factor <= 0) return false;
    const divisor = this.#divisor = PRICE_DIVISOR * factor;
    this.open = numberOf(open, divisor);
    this.high = numberOf(high, divisor);
    this.low = numberOf(low, divisor);
    this.close = close / divisor;
    const isVolume = (volumeHigh | volumeLow) >= 0 &&
      (volumeHigh < MAX_HIGH || (volumeHigh === MAX_HIGH && volumeLow <= MAX_LOW));
    this.volume = isVolume ? volumeHigh * BILLION + volumeLow : NaN;
    return true;
  }

  readDetails(bytes: Uint8Array, at: number): void {
    const { trades, turnover, average, bid, ask } = FIELDS;
    const high = nineDigitsAt(bytes, at + turnover.start);
    const low = nineDigitsAt(bytes, at + turnover.start + 9);
    this.trades = numberOf(digitsAt(bytes, at + trades.start, trades.length), 1);
    this.turnover = numberOf((high | low) < 0 ? -1 : high * BILLION + low, PRICE_DIVISOR);
    this.average = numberOf(priceAt(bytes, at + average.start), this.#divisor);
    this.bid = numberOf(priceAt(bytes, at + bid.start), this.#divisor);
    this.ask = numberOf(priceAt(bytes, at + ask.start), this.#divisor);
  }

  refusalAt(bytes: Uint8Array, at: number): Refusal {
    const { close, factor } = FIELDS;
    for (const field of [close, factor]) {
      if (!/^[0-9]+$/.test(fieldAt(bytes, at, field))) return badNumber(bytes, at, field);
    }
    const divisor = fieldAt(bytes, at, factor);
    const reason = `the quote factor FATCOT is ${divisor}: prices cannot be divided by it`;
    return { code: "bad_quote_factor", reason };
  }
}

/** The refusal of a field that should hold digits only. */
export function badNumber(bytes: Uint8Array, at: number, field: Field): Refusal {
  const shown = JSON.stringify(fieldAt(bytes, at, field));
  return { code: "bad_number", reason: `field ${field.name} is ${shown}: digits only are allowed` };
}
