/**
 * The tables of prediction markets: their columns, keys, and how a row becomes values.
 *
 * @module
 */
import type { SQLInputValue } from "node:sqlite";
import type { EventRow, MarketRow } from "../../../model/markets.ts";

/** A table's columns, its key, and how a row becomes values. */
export interface Shape<Row> {
  readonly table: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly values: (row: Row) => SQLInputValue[];
  /** What says that a stored row is another than the new one. */
  readonly changed: string;
}

/** A time in UTC; anything else cannot be compared. */
const UTC = "GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z'";

/**
 * Says that a stored row is not newer than the new one. Two runs ask at once, and the one whose answer
 * is older may write last.
 *
 * @param time Column with the time of the service's last change.
 * @param end Column that is filled when a row comes to its end, for rows whose times do not tell.
 */
function notNewer(table: string, time: string, end?: string): string {
  // Without the Z, a time with fractions of a second comes behind that without.
  const [stored, given] = [`rtrim(${table}.${time}, 'Z')`, `rtrim(excluded.${time}, 'Z')`];
  const known = `(${table}.${time} ${UTC} AND excluded.${time} ${UTC})`;
  const older = `ifnull(${known} AND ${given} < ${stored}, 0)`;
  if (end === undefined) return `NOT ${older}`;
  const later = `ifnull(${known} AND ${given} > ${stored}, 0)`;
  const goesOn = `(${table}.${end} IS NULL OR excluded.${end} IS NOT NULL)`;
  return `NOT ${older} AND (${later} OR ${goesOn})`;
}

/** The statement that inserts a row, and what it does where the key is there. */
export function upsertSql<Row>(
  { table, key, columns, changed }: Shape<Row>,
  onConflict: "UPDATE" | "NOTHING",
): string {
  const all = [...columns, "source", "ingest_id"];
  const places = all.map(() => "?").join(", ");
  const insert = `INSERT INTO ${table} (${all.join(", ")}) VALUES (${places})`;
  if (onConflict === "NOTHING") return `${insert} ON CONFLICT (${key.join(", ")}) DO NOTHING`;
  const set = all.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`);
  return `${insert} ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${
    set.join(", ")
  } WHERE ${changed}`;
}

/** `events`. */
export const EVENTS: Shape<EventRow> = {
  table: "events",
  key: ["event_ticker"],
  columns: [
    "event_ticker",
    "series_ticker",
    "title",
    "sub_title",
    "category",
    "mutually_exclusive",
    "strike_date",
    "strike_period",
    "last_updated_ts",
    "is_placeholder",
    "raw",
  ],
  values: (row) => [
    row.eventTicker,
    row.seriesTicker,
    row.title,
    row.subTitle,
    row.category,
    row.mutuallyExclusive === null ? null : Number(row.mutuallyExclusive),
    row.strikeDate,
    row.strikePeriod,
    row.lastUpdatedTs,
    0,
    row.raw,
  ],
  changed: `events.raw IS NOT excluded.raw AND ${notNewer("events", "last_updated_ts")}`,
};

/** Columns of prices and sizes. */
export const QUOTE_COLUMNS = [
  "yes_bid_dollars",
  "yes_ask_dollars",
  "no_bid_dollars",
  "no_ask_dollars",
  "last_price_dollars",
  "yes_bid_size_fp",
  "yes_ask_size_fp",
  "volume_fp",
  "volume_24h_fp",
  "open_interest_fp",
] as const;

/** Values of {@linkcode QUOTE_COLUMNS}. */
export function quotesOf(row: MarketRow): SQLInputValue[] {
  return [
    row.yesBidDollars,
    row.yesAskDollars,
    row.noBidDollars,
    row.noAskDollars,
    row.lastPriceDollars,
    row.yesBidSizeFp,
    row.yesAskSizeFp,
    row.volumeFp,
    row.volume24hFp,
    row.openInterestFp,
  ];
}

/** `markets`. */
export const MARKETS: Shape<MarketRow> = {
  table: "markets",
  key: ["ticker"],
  columns: [
    "ticker",
    "event_ticker",
    "market_type",
    "yes_sub_title",
    "no_sub_title",
    "created_time",
    "updated_time",
    "open_time",
    "close_time",
    "expected_expiration_time",
    "latest_expiration_time",
    "settlement_ts",
    ...QUOTE_COLUMNS,
    "status",
    "result",
    "settlement_value_dollars",
    "raw",
  ],
  values: (row) => [
    row.ticker,
    row.eventTicker,
    row.marketType,
    row.yesSubTitle,
    row.noSubTitle,
    row.createdTime,
    row.updatedTime,
    row.openTime,
    row.closeTime,
    row.expectedExpirationTime,
    row.latestExpirationTime,
    row.settlementTs,
    ...quotesOf(row),
    row.status,
    row.result,
    row.settlementValueDollars,
    row.raw,
  ],
  changed: `markets.raw IS NOT excluded.raw AND ${
    notNewer("markets", "updated_time", "settlement_ts")
  }`,
};

/** `settlements`. */
export const SETTLEMENTS: Shape<MarketRow> = {
  table: "settlements",
  key: ["ticker"],
  columns: [
    "ticker",
    "event_ticker",
    "status",
    "result",
    "settlement_value_dollars",
    "settlement_ts",
    "updated_time",
    "raw",
  ],
  values: (row) => [
    row.ticker,
    row.eventTicker,
    row.status,
    row.result,
    row.settlementValueDollars,
    row.settlementTs,
    row.updatedTime,
    row.raw,
  ],
  // A market changes in ways that are none of its settlement's.
  changed: `(${
    ["event_ticker", "status", "result", "settlement_value_dollars", "settlement_ts"]
      .map((name) => `settlements.${name} IS NOT excluded.${name}`).join(" OR ")
  }) AND ${notNewer("settlements", "updated_time", "settlement_ts")}`,
};
