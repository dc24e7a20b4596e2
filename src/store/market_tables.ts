/**
 * Tables of prediction markets, as every engine writes them: their keys, and what of a row is stored.
 *
 * @module
 */
import type { EventRow, MarketRow } from "../model/markets.ts";

/** Who writes: the source and the row of `ingest_logs` that answers for it. */
export interface Writer {
  readonly source: string;
  readonly ingestId: number;
}

/** What a column takes; true and false are stored as 1 and 0. */
export type Value = string | number | boolean | null;

/** A table. */
export interface MarketTable<Row = object> {
  readonly name: string;
  /** Columns of its key. */
  readonly key: readonly string[];
  /** What of a row is stored; {@linkcode columnOf} has the names of the columns. */
  readonly fields: readonly (keyof Row & string)[];
}

/** `volume24hFp` is stored as `volume_24h_fp`. */
export function columnOf(field: string): string {
  return field.replaceAll(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`);
}

/** Events, and the placeholders of those that markets name. */
export const EVENTS: MarketTable<EventRow & { readonly isPlaceholder: boolean }> = {
  name: "events",
  key: ["event_ticker"],
  fields: [
    "eventTicker",
    "seriesTicker",
    "title",
    "subTitle",
    "category",
    "mutuallyExclusive",
    "strikeDate",
    "strikePeriod",
    "lastUpdatedTs",
    "isPlaceholder",
    "raw",
  ],
};

/** What the market says of prices. */
export const QUOTES = [
  "yesBidDollars",
  "yesAskDollars",
  "noBidDollars",
  "noAskDollars",
  "lastPriceDollars",
  "yesBidSizeFp",
  "yesAskSizeFp",
  "volumeFp",
  "volume24hFp",
  "openInterestFp",
] as const;

/** Markets as they are now. */
export const MARKETS: MarketTable<MarketRow> = {
  name: "markets",
  key: ["ticker"],
  fields: [
    "ticker",
    "eventTicker",
    "marketType",
    "yesSubTitle",
    "noSubTitle",
    "createdTime",
    "updatedTime",
    "openTime",
    "closeTime",
    "expectedExpirationTime",
    "latestExpirationTime",
    "settlementTs",
    ...QUOTES,
    "status",
    "result",
    "settlementValueDollars",
    "raw",
  ],
};

/** What of a settlement is compared: what else changes of a market is no change of it. */
export const OUTCOME = [
  "eventTicker",
  "status",
  "result",
  "settlementValueDollars",
  "settlementTs",
] as const;

export const SETTLEMENTS: MarketTable<MarketRow> = {
  name: "settlements",
  key: ["ticker"],
  fields: ["ticker", ...OUTCOME, "updatedTime", "raw"],
};

/** Prices of markets at one moment. */
export const SNAPSHOTS: MarketTable<MarketRow & { readonly takenAt: string }> = {
  name: "price_snapshots",
  key: ["taken_at", "ticker"],
  fields: ["ticker", "takenAt", ...QUOTES, "status"],
};
