/** What is counted while reading, and taken back where a file turns out to be unusable. @module */

import { wider } from "../files/row_columns.ts";

const PER_TICKER = ["records", "rows", "refused", "outside", "market"] as const;

/** Adds 1 to a counter. */
export function count(counters: Uint32Array, at: number): void {
  counters[at] = (counters[at] ?? 0) + 1;
}

/** Counters of a run. */
export class Counts {
  /** Per ticker: records in wanted markets. */
  records = new Uint32Array(1024);
  /** Per ticker: rows that can be delivered. */
  rows = new Uint32Array(1024);
  /** Per ticker: records that were refused. */
  refused = new Uint32Array(1024);
  /** Per ticker: records of days that were not asked for. */
  outside = new Uint32Array(1024);
  /** Per ticker: an unwanted market it was seen in + 1. */
  market = new Uint32Array(1024);
  /** Records per market, documented or not. */
  markets = new Uint32Array(1000);
  /** Records per CODBDI: its two bytes as one number. */
  bdi = new Uint32Array(65_536);
  /** Codes that were met: of 65,536 a file has some twenty. */
  readonly bdiCodes = new Set<number>();
  /** Each record is a row, refused, or outside of what was asked for; days are `yyyymmdd`. */
  total = {
    rows: 0,
    refused: 0,
    unassigned: 0,
    otherMarket: 0,
    otherTicker: 0,
    otherDay: 0,
    firstDate: 99_999_999,
    lastDate: 0,
  };

  readonly #isWanted: (id: number) => boolean;
  #wanted = new Uint8Array(1024);
  #tickers = 0;
  #before = this.#copy();

  constructor(isWanted: (id: number) => boolean) {
    this.#isWanted = isWanted;
  }

  countBdi(code: number): void {
    if (this.bdi[code] === 0) this.bdiCodes.add(code);
    count(this.bdi, code);
  }

  /** Makes room for a ticker id; ids come in order. */
  admit(id: number): void {
    if (id < this.#tickers) return;
    this.#tickers = id + 1;
    if (id >= this.#wanted.length) {
      this.#wanted = wider(this.#wanted, new Uint8Array(this.#wanted.length * 2));
      this.#makeRoom();
    }
    this.#wanted[id] = this.#isWanted(id) ? 1 : 0;
  }

  isWanted(id: number): boolean {
    return this.#wanted[id] === 1;
  }

  /** Rows and refused records since the last {@linkcode Counts.mark}. */
  get ofFile(): { readonly rows: number; readonly refused: number } {
    const { total } = this.#before;
    return { rows: this.total.rows - total.rows, refused: this.total.refused - total.refused };
  }

  mark(): void {
    this.#before = this.#copy();
  }

  takeBack(): void {
    Object.assign(this, this.#before);
    this.#makeRoom();
  }

  #copy() {
    const { records, rows, refused, outside, market, markets, bdi, total } = this;
    return {
      records: records.slice(),
      rows: rows.slice(),
      refused: refused.slice(),
      outside: outside.slice(),
      market: market.slice(),
      markets: markets.slice(),
      bdi: bdi.slice(),
      total: { ...total },
    };
  }

  #makeRoom(): void {
    const { length } = this.#wanted;
    for (const name of PER_TICKER) this[name] = wider(this[name], new Uint32Array(length));
  }
}
