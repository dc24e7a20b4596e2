/** Prices of tickers taken together, read at once: nothing else writes them while leased. @module */
import type { PriceRow } from "../../model/prices.ts";
import type { DaySpan, HeldLock } from "../store.ts";
import type { Transaction } from "./connection/connection.ts";
import { storedPricesOf, type WantedPrices } from "./tables/prices.ts";

/** Rows that are kept at most; of longer histories each ticker is read for itself. */
const MOST_ROWS = 20_000;

type Read = <T>(work: (db: Transaction) => Promise<T>) => Promise<T>;

interface Kept {
  readonly question: string;
  readonly rows: readonly PriceRow[];
}

/** The prices of a group of tickers. */
export class PricesAhead {
  readonly #read: Read;
  readonly #one: (wanted: WantedPrices) => Promise<PriceRow[]>;
  readonly #leases = new Map<string, HeldLock>();
  readonly #kept = new Map<string, Kept>();

  constructor(read: Read, one: (wanted: WantedPrices) => Promise<PriceRow[]>) {
    this.#read = read;
    this.#one = one;
  }

  take(leases: readonly HeldLock[]): void {
    if (leases.length < 2) return;
    for (const lease of leases) this.#leases.set(lease.name, lease);
  }

  forget(tickers: Iterable<string>): void {
    for (const ticker of tickers) {
      this.#leases.delete(ticker);
      this.#kept.delete(ticker);
    }
  }

  async prices(ticker: string, days: DaySpan, source?: string): Promise<readonly PriceRow[]> {
    const question = JSON.stringify([days.from, days.to, source]);
    if (!this.#isSafe(ticker)) {
      return await this.#one({ ticker, days, source });
    }
    const kept = this.#kept.get(ticker);
    if (kept?.question === question) return kept.rows;
    const group = [...this.#leases.keys()].filter((each) => this.#isSafe(each));
    const read = await this.#read((db) => storedPricesOf(db, group, days, source, MOST_ROWS));
    if (read === undefined) {
      this.forget(group);
      return await this.#one({ ticker, days, source });
    }
    for (const each of group) {
      if (this.#leases.has(each)) this.#kept.set(each, { question, rows: read.get(each) ?? [] });
    }
    return read.get(ticker) ?? [];
  }

  #isSafe(ticker: string): boolean {
    return this.#leases.get(ticker)?.isCurrent() === true;
  }
}
