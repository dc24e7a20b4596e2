/**
 * Reading the prices of tickers that are taken together in one statement, when the first is asked for.
 *
 * While a ticker is leased nothing else writes its prices, so what was read stays true.
 *
 * @module
 */
import type { PriceRow } from "../../model/prices.ts";
import type { DaySpan, HeldLock } from "../store.ts";
import type { Transaction } from "./connection/connection.ts";
import { storedPricesOf, type WantedPrices } from "./tables/prices.ts";

/** Rows that are kept at most; of longer histories each ticker is read for itself. */
const MOST_ROWS = 20_000;

/** Reads in a transaction. */
type Read = <T>(work: (db: Transaction) => Promise<T>) => Promise<T>;

interface Kept {
  readonly question: string;
  readonly rows: readonly PriceRow[];
}

/** The prices of a group of tickers. */
export class PricesAhead {
  readonly #read: Read;
  readonly #one: (wanted: WantedPrices) => Promise<PriceRow[]>;
  /** Leases of the tickers that were taken together. */
  readonly #leases = new Map<string, HeldLock>();
  readonly #kept = new Map<string, Kept>();

  /** @param one Reads the prices of one ticker. */
  constructor(read: Read, one: (wanted: WantedPrices) => Promise<PriceRow[]>) {
    this.#read = read;
    this.#one = one;
  }

  /** Notes tickers that were taken together. */
  take(leases: readonly HeldLock[]): void {
    if (leases.length < 2) return;
    for (const lease of leases) this.#leases.set(lease.name, lease);
  }

  /** Forgets tickers that are let go. */
  forget(tickers: Iterable<string>): void {
    for (const ticker of tickers) {
      this.#leases.delete(ticker);
      this.#kept.delete(ticker);
    }
  }

  /** The stored rows of a ticker, as `Store.prices` says. */
  async prices(ticker: string, days: DaySpan, source?: string): Promise<readonly PriceRow[]> {
    const question = JSON.stringify([days.from, days.to, source]);
    if (!this.#isSafe(ticker)) {
      return await this.#one({ ticker, days, source });
    }
    const kept = this.#kept.get(ticker);
    if (kept?.question === question) return kept.rows;
    const group = [...this.#leases.keys()].filter((each) => this.#isSafe(each));
    const read = await this.#read(
      (db) => storedPricesOf(db, group, days, source, MOST_ROWS),
    );
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
