/**
 * Which records of a file become rows: market and days.
 *
 * @module
 */
import { dayOfIso } from "../../base/day.ts";
import { digitsAt } from "./quote.ts";
import { FIELDS } from "./layout.ts";

/** What a request asks for, in the form in which records are compared. */
export class RowFilter {
  readonly #markets = new Uint8Array(1000);
  /** First and last day as `yyyymmdd`. */
  readonly #from: number;
  readonly #to: number;

  constructor(markets: readonly string[], from: string | null, to: string | null) {
    for (const market of markets) this.#markets[Number(market)] = 1;
    this.#from = from === null ? 0 : dayOfIso(from);
    this.#to = to === null ? 99_999_999 : dayOfIso(to);
  }

  /** Whether a market, as a number from 0 to 999, is asked for. */
  takesMarket(market: number): boolean {
    return this.#markets[market] === 1;
  }

  /** Whether a day, `yyyymmdd`, is asked for. */
  takesDate(date: number): boolean {
    return date >= this.#from && date <= this.#to;
  }
}

/** The market of a record as a number; negative where it is no number. */
export function marketAt(bytes: Uint8Array, at: number): number {
  return digitsAt(bytes, at + FIELDS.market.start, FIELDS.market.length);
}

/** The day of a record as `yyyymmdd`, perhaps impossible; negative where it is no number. */
export function dateAt(bytes: Uint8Array, at: number): number {
  return digitsAt(bytes, at + FIELDS.date.start, FIELDS.date.length);
}
