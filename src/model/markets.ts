/**
 * What a source of prediction markets delivers: events, markets, settlements, snapshots of prices. Money
 * and counts are decimal text, exactly as received: as floats they would not be exact.
 * @module
 */

/**
 * Decimal text (`0.5600`), or null where it is missing: missing is not 0.
 * @category Writing a source
 */
export type Decimal = string | null;

/**
 * A question that markets belong to.
 * @category Writing a source
 */
export interface EventRow {
  /** The service's own key of the event. */
  readonly eventTicker: string;
  /** The series that it belongs to. */
  readonly seriesTicker: string | null;
  /** The question, for people. */
  readonly title: string | null;
  /** More of the question, for people. */
  readonly subTitle: string | null;
  /** The service's own category. */
  readonly category: string | null;
  /** Whether one of its markets at most can come true. */
  readonly mutuallyExclusive: boolean | null;
  /** The day that the question is about; ISO 8601. */
  readonly strikeDate: string | null;
  /** The period that the question is about, in the service's words. */
  readonly strikePeriod: string | null;
  /** When the service changed it last; ISO 8601. An older answer never replaces a newer one. */
  readonly lastUpdatedTs: string | null;
  /** The object as received. */
  readonly raw: string;
}

/**
 * Prices and sizes of a market at one moment.
 * @category Writing a source
 */
export interface Quotes {
  /** Best price that is bid for "yes", in dollars. */
  readonly yesBidDollars: Decimal;
  /** Best price that is asked for "yes", in dollars. */
  readonly yesAskDollars: Decimal;
  /** Best price that is bid for "no", in dollars. */
  readonly noBidDollars: Decimal;
  /** Best price that is asked for "no", in dollars. */
  readonly noAskDollars: Decimal;
  /** Price of the last trade, in dollars. */
  readonly lastPriceDollars: Decimal;
  /** Contracts at the best bid for "yes". */
  readonly yesBidSizeFp: Decimal;
  /** Contracts at the best ask for "yes". */
  readonly yesAskSizeFp: Decimal;
  /** Contracts traded since the beginning. */
  readonly volumeFp: Decimal;
  /** Contracts traded in the last 24 hours. */
  readonly volume24hFp: Decimal;
  /** Contracts that are open. */
  readonly openInterestFp: Decimal;
}

/**
 * A market: one outcome that can be traded.
 * @category Writing a source
 */
export interface MarketRow extends Quotes {
  /** The service's own key of the market. */
  readonly ticker: string;
  /** The event that it belongs to. */
  readonly eventTicker: string;
  /** `binary` or `scalar`. */
  readonly marketType: string | null;
  /** What "yes" means, for people. */
  readonly yesSubTitle: string | null;
  /** What "no" means, for people. */
  readonly noSubTitle: string | null;
  /** ISO 8601. */
  readonly createdTime: string | null;
  /** ISO 8601. An older answer never replaces a newer one. */
  readonly updatedTime: string | null;
  /** When trading begins; ISO 8601. */
  readonly openTime: string | null;
  /** When trading ends; ISO 8601. */
  readonly closeTime: string | null;
  /** When the outcome is expected to be known; ISO 8601. */
  readonly expectedExpirationTime: string | null;
  /** When the outcome is known at the latest; ISO 8601. */
  readonly latestExpirationTime: string | null;
  /** When it was settled; ISO 8601, null before. */
  readonly settlementTs: string | null;
  /** As received: `active`, `finalized`, … */
  readonly status: string | null;
  /** `yes`, `no`, `scalar` or empty. */
  readonly result: string | null;
  /** What one "yes" was paid, in dollars; null before the settlement. */
  readonly settlementValueDollars: Decimal;
  /** The object as received. */
  readonly raw: string;
}

/**
 * A part of a dataset, to be written in one transaction.
 * @category Writing a source
 */
export interface MarketBatch {
  /** Events that were received, each once. */
  readonly events: readonly EventRow[];
  /** Their events are made as placeholders where they are not stored yet. */
  readonly markets: readonly MarketRow[];
  /** Those of `markets` that are settled, for `settlements`. */
  readonly settled: readonly MarketRow[];
  /** Markets whose prices are kept as a snapshot; a market that is not stored yet is stored. */
  readonly snapshots: readonly MarketRow[];
  /** Moment of the snapshots, ISO 8601 in UTC with milliseconds. */
  readonly takenAt: string | null;
}
