/**
 * What is counted per ticker while reading, and taken back where a file turns out to be unusable.
 *
 * @module
 */

/** A counter per ticker id, with the part of the current file apart. */
class Counter {
  values = new Uint32Array(1024);
  pending = new Uint32Array(1024);

  grow(capacity: number): void {
    const values = new Uint32Array(capacity);
    values.set(this.values);
    this.values = values;
    const pending = new Uint32Array(capacity);
    pending.set(this.pending);
    this.pending = pending;
  }

  settle(keep: boolean, tickers: number): void {
    if (keep) {
      for (let id = 0; id < tickers; id++) {
        this.values[id] = (this.values[id] ?? 0) + (this.pending[id] ?? 0);
      }
    }
    this.pending.fill(0);
  }
}

/** Counters of the tickers of a run. Ids from {@linkcode TickerCounts.admit} on are in use. */
export class TickerCounts {
  readonly #isWanted: (id: number) => boolean;
  readonly #records = new Counter();
  readonly #rows = new Counter();
  readonly #outside = new Counter();
  /** Per ticker: an unwanted market it was seen in + 1. */
  #market = new Uint16Array(1024);
  #pendingMarket = new Uint16Array(1024);
  #wanted = new Uint8Array(1024);
  #tickers = 0;

  /** @param isWanted Whether rows of a ticker are wanted; asked once per ticker. */
  constructor(isWanted: (id: number) => boolean) {
    this.#isWanted = isWanted;
  }

  /** Makes room for a ticker id. Ids come in order, one more than the last at most. */
  admit(id: number): void {
    if (id < this.#tickers) return;
    this.#tickers = id + 1;
    if (id >= this.#wanted.length) {
      const capacity = this.#wanted.length * 2;
      for (const counter of [this.#records, this.#rows, this.#outside]) counter.grow(capacity);
      const market = new Uint16Array(capacity);
      market.set(this.#market);
      this.#market = market;
      const pendingMarket = new Uint16Array(capacity);
      pendingMarket.set(this.#pendingMarket);
      this.#pendingMarket = pendingMarket;
      const wanted = new Uint8Array(capacity);
      wanted.set(this.#wanted);
      this.#wanted = wanted;
    }
    this.#wanted[id] = this.#isWanted(id) ? 1 : 0;
  }

  /** Whether rows of this ticker are wanted. */
  isWanted(id: number): boolean {
    return this.#wanted[id] === 1;
  }

  /** Counts a record in a market that is wanted. */
  addRecord(id: number): void {
    this.#records.pending[id] = (this.#records.pending[id] ?? 0) + 1;
  }

  /** Counts a row that can be delivered. */
  addRow(id: number): void {
    this.#rows.pending[id] = (this.#rows.pending[id] ?? 0) + 1;
  }

  /** Counts a record of a day that was not asked for. */
  addOutside(id: number): void {
    this.#outside.pending[id] = (this.#outside.pending[id] ?? 0) + 1;
  }

  /** Notes a record in a market that is not wanted. */
  noteMarket(id: number, market: number): void {
    this.#pendingMarket[id] = market + 1;
  }

  /** Ends a file: its counts are kept, or dropped. */
  settle(keep: boolean): void {
    for (const counter of [this.#records, this.#rows, this.#outside]) {
      counter.settle(keep, this.#tickers);
    }
    if (keep) {
      for (let id = 0; id < this.#tickers; id++) {
        const market = this.#pendingMarket[id] ?? 0;
        if (market > 0) this.#market[id] = market;
      }
    }
    this.#pendingMarket.fill(0);
  }

  /** Records in wanted markets, of the files kept. */
  records(id: number): number {
    return this.#records.values[id] ?? 0;
  }

  /** Rows that can be delivered, of the files kept. */
  rows(id: number): number {
    return this.#rows.values[id] ?? 0;
  }

  /** Records of days that were not asked for, of the files kept. */
  outside(id: number): number {
    return this.#outside.values[id] ?? 0;
  }

  /** A market that is not wanted and has the ticker, as three digits, or undefined. */
  otherMarket(id: number): string | undefined {
    const market = this.#market[id] ?? 0;
    return market === 0 ? undefined : String(market - 1).padStart(3, "0");
  }
}
