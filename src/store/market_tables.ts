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

const QUOTES = [
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
const OUTCOME = [
  "eventTicker",
  "status",
  "result",
  "settlementValueDollars",
  "settlementTs",
] as const;

/** Settlements. */
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

/** What of a row a table takes. */
export function storedValue(value: Value): string | number | null {
  return typeof value === "boolean" ? Number(value) : value;
}

/** Says, as SQL, that a stored row is another than the new one; both by the names of their tables. */
export type Changed = (stored: string, given: string) => string;

function differs(fields: readonly string[]): Changed {
  return (stored, given) =>
    fields.map(columnOf).map((name) => `${stored}.${name} IS DISTINCT FROM ${given}.${name}`)
      .join(" OR ");
}

/**
 * What changes a stored row of each table, if it is not newer than the new one: two runs ask at once, and
 * the one whose answer is older may write last.
 * @param utc As SQL, that a text is a time in UTC; anything else cannot be compared.
 */
export function changesOf(
  utc: string,
): Readonly<Record<"events" | "markets" | "settlements" | "snapshots", Changed>> {
  // `time` is that of the service's last change; `end` is filled when a row ends, for rows whose times do not tell.
  const newer =
    (fields: readonly string[], time: string, end?: string): Changed => (stored, given) => {
      // Without the Z, a time with fractions of a second comes behind that without.
      const [before, now] = [stored, given].map((each) => `rtrim(${each}.${time}, 'Z')`);
      const known = `(${stored}.${time} ${utc} AND ${given}.${time} ${utc})`;
      const isNotOlder = `NOT coalesce(${known} AND ${now} < ${before}, false)`;
      const isOther = `(${differs(fields)(stored, given)}) AND ${isNotOlder}`;
      if (end === undefined) return isOther;
      const isLater = `coalesce(${known} AND ${now} > ${before}, false)`;
      return `${isOther} AND (${isLater} OR ${stored}.${end} IS NULL OR ${given}.${end} IS NOT NULL)`;
    };
  return {
    events: newer(["raw"], "last_updated_ts"),
    markets: newer(["raw"], "updated_time", "settlement_ts"),
    settlements: newer(OUTCOME, "updated_time", "settlement_ts"),
    snapshots: differs([...QUOTES, "status"]),
  };
}
