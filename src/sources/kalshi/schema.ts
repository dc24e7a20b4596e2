/**
 * What an answer of the trade API must be to be read at all, and how its objects become rows. Every
 * field but the keys may be missing, and fields that nobody knows are kept in the raw object.
 *
 * @module
 */
import * as v from "valibot";
import { clipped, shownValue } from "../http/shown.ts";
import type { EventRow, MarketRow } from "../market_rows.ts";
import type { Reject } from "../rows.ts";

/** Longest key that is stored. */
const MOST_KEY = 200;

const key = v.pipe(v.string(), v.trim(), v.minLength(1, "is empty"), v.maxLength(MOST_KEY));
const text = v.nullish(v.string());

/**
 * Decimal text, at most as long as an exact number can be. A number in its place is taken as it is
 * written; anything else is no number at all.
 */
const decimal = v.nullish(v.union([
  v.pipe(v.string(), v.regex(/^-?\d{1,30}(\.\d{1,18})?$/, "is no decimal number")),
  v.pipe(v.number(), v.finite(), v.transform(String)),
]));

/** A moment: text as received, or seconds since 1970. */
const moment = v.nullish(v.union([
  v.string(),
  v.pipe(
    v.number(),
    v.minValue(0),
    v.maxValue(253_402_300_799),
    v.transform((seconds) => new Date(seconds * 1000).toISOString()),
  ),
]));

const eventSchema = v.looseObject({
  event_ticker: key,
  series_ticker: text,
  title: text,
  sub_title: text,
  category: text,
  mutually_exclusive: v.nullish(v.boolean()),
  strike_date: moment,
  strike_period: text,
  last_updated_ts: moment,
});

const marketSchema = v.looseObject({
  ticker: key,
  event_ticker: key,
  market_type: text,
  yes_sub_title: text,
  no_sub_title: text,
  created_time: moment,
  updated_time: moment,
  open_time: moment,
  close_time: moment,
  expected_expiration_time: moment,
  latest_expiration_time: moment,
  settlement_ts: moment,
  yes_bid_dollars: decimal,
  yes_ask_dollars: decimal,
  no_bid_dollars: decimal,
  no_ask_dollars: decimal,
  last_price_dollars: decimal,
  yes_bid_size_fp: decimal,
  yes_ask_size_fp: decimal,
  volume_fp: decimal,
  volume_24h_fp: decimal,
  open_interest_fp: decimal,
  status: text,
  result: text,
  settlement_value_dollars: decimal,
});

const list = v.custom<readonly unknown[]>((value) => Array.isArray(value), "is no array");

/** A page of a list. */
export const pageSchema = v.looseObject({
  events: v.nullish(list),
  markets: v.nullish(list),
  cursor: text,
});

/** `GET /historical/cutoff`. */
export const cutoffSchema = v.looseObject({ market_settled_ts: moment });

/** `GET /events/{event_ticker}`. */
export const oneEventSchema = v.looseObject({ event: v.unknown() });

/** Longest text kept of a refused object. */
const MOST_RAW = 500;

/** What a list of objects comes to. */
export interface Parsed<Row> {
  readonly rows: readonly Row[];
  readonly rejects: readonly Reject[];
}

function rejected(origin: string, object: unknown, issue: v.BaseIssue<unknown>): Reject {
  const path = v.getDotPath(issue) ?? "the object";
  return {
    origin,
    line: null,
    date: null,
    code: "bad_field",
    reason: `${path} is ${shownValue(issue.input)}: ${clipped(issue.message, 200)}`,
    raw: shownValue(object, MOST_RAW),
  };
}

function parseAll<Schema extends v.GenericSchema<unknown, object>, Row>(
  objects: readonly unknown[],
  schema: Schema,
  origin: string,
  make: (object: v.InferOutput<Schema>, raw: string) => Row,
): Parsed<Row> {
  const rows: Row[] = [];
  const rejects: Reject[] = [];
  for (const object of objects) {
    const checked = v.safeParse(schema, object, { abortEarly: true });
    if (checked.success) rows.push(make(checked.output, JSON.stringify(object)));
    else rejects.push(rejected(origin, object, checked.issues[0]));
  }
  return { rows, rejects };
}

/**
 * Reads events.
 *
 * @param objects As received.
 * @param origin What answered, for rejects.
 */
export function parseEvents(objects: readonly unknown[], origin: string): Parsed<EventRow> {
  return parseAll(objects, eventSchema, origin, (event, raw) => ({
    eventTicker: event.event_ticker,
    seriesTicker: event.series_ticker ?? null,
    title: event.title ?? null,
    subTitle: event.sub_title ?? null,
    category: event.category ?? null,
    mutuallyExclusive: event.mutually_exclusive ?? null,
    strikeDate: event.strike_date ?? null,
    strikePeriod: event.strike_period ?? null,
    lastUpdatedTs: event.last_updated_ts ?? null,
    raw,
  }));
}

/**
 * Reads markets.
 *
 * @param objects As received.
 * @param origin What answered, for rejects.
 */
export function parseMarkets(objects: readonly unknown[], origin: string): Parsed<MarketRow> {
  return parseAll(objects, marketSchema, origin, (market, raw) => ({
    ticker: market.ticker,
    eventTicker: market.event_ticker,
    marketType: market.market_type ?? null,
    yesSubTitle: market.yes_sub_title ?? null,
    noSubTitle: market.no_sub_title ?? null,
    createdTime: market.created_time ?? null,
    updatedTime: market.updated_time ?? null,
    openTime: market.open_time ?? null,
    closeTime: market.close_time ?? null,
    expectedExpirationTime: market.expected_expiration_time ?? null,
    latestExpirationTime: market.latest_expiration_time ?? null,
    settlementTs: market.settlement_ts ?? null,
    yesBidDollars: market.yes_bid_dollars ?? null,
    yesAskDollars: market.yes_ask_dollars ?? null,
    noBidDollars: market.no_bid_dollars ?? null,
    noAskDollars: market.no_ask_dollars ?? null,
    lastPriceDollars: market.last_price_dollars ?? null,
    yesBidSizeFp: market.yes_bid_size_fp ?? null,
    yesAskSizeFp: market.yes_ask_size_fp ?? null,
    volumeFp: market.volume_fp ?? null,
    volume24hFp: market.volume_24h_fp ?? null,
    openInterestFp: market.open_interest_fp ?? null,
    status: market.status ?? null,
    result: market.result ?? null,
    settlementValueDollars: market.settlement_value_dollars ?? null,
    raw,
  }));
}
