/**
 * What a source of prediction markets delivers: events, markets, settlements, snapshots of prices.
 * Money and counts are decimal text, exactly as received: as floats they would not be exact.
 *
 * @module
 */

/** Decimal text (`0.5600`), or null where it is missing: missing is not 0. */
export type Decimal = string | null;

/** A question that markets belong to. */
export interface EventRow {
  readonly eventTicker: string;
  readonly seriesTicker: string | null;
  readonly title: string | null;
  readonly subTitle: string | null;
  readonly category: string | null;
  readonly mutuallyExclusive: boolean | null;
  readonly strikeDate: string | null;
  readonly strikePeriod: string | null;
  readonly lastUpdatedTs: string | null;
  /** The object as received. */
  readonly raw: string;
}

/** Prices and sizes of a market at one moment. */
export interface Quotes {
  readonly yesBidDollars: Decimal;
  readonly yesAskDollars: Decimal;
  readonly noBidDollars: Decimal;
  readonly noAskDollars: Decimal;
  readonly lastPriceDollars: Decimal;
  readonly yesBidSizeFp: Decimal;
  readonly yesAskSizeFp: Decimal;
  readonly volumeFp: Decimal;
  readonly volume24hFp: Decimal;
  readonly openInterestFp: Decimal;
}

/** A market: one outcome that can be traded. */
export interface MarketRow extends Quotes {
  readonly ticker: string;
  readonly eventTicker: string;
  readonly marketType: string | null;
  readonly yesSubTitle: string | null;
  readonly noSubTitle: string | null;
  readonly createdTime: string | null;
  readonly updatedTime: string | null;
  readonly openTime: string | null;
  readonly closeTime: string | null;
  readonly expectedExpirationTime: string | null;
  readonly latestExpirationTime: string | null;
  readonly settlementTs: string | null;
  /** As received: `active`, `finalized`, … */
  readonly status: string | null;
  /** `yes`, `no`, `scalar` or empty. */
  readonly result: string | null;
  readonly settlementValueDollars: Decimal;
  /** The object as received. */
  readonly raw: string;
}

/** A part of a dataset, to be written in one transaction. */
export interface MarketBatch {
  readonly events: readonly EventRow[];
  /** Their events are made as placeholders where nobody has brought them yet. */
  readonly markets: readonly MarketRow[];
  /** Those of `markets` that are settled, for `settlements`. */
  readonly settled: readonly MarketRow[];
  /** Markets whose prices are kept as a snapshot; a market that is not stored yet is stored. */
  readonly snapshots: readonly MarketRow[];
  /** Moment of the snapshots, ISO 8601 in UTC with milliseconds. */
  readonly takenAt: string | null;
}
