/** Answers of the trade API, and rows of its objects; all but the keys may be missing. @module */
import * as v from "valibot";
import { clipped } from "../../base/text.ts";
import type { EventRow, MarketRow } from "../../model/markets.ts";
import type { Reject } from "../../model/prices.ts";
import { memberText } from "../http/json_text.ts";

const MOST_KEY = 200;

/** A key is compared by the database, typed by people, and a part of a path. */
const key = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, "is empty"),
  v.maxLength(MOST_KEY, "is too long"),
  v.regex(/^[\w.&+:/%'-]*$/, "has characters that no key has"),
);
const text = v.nullish(v.string());

const DECIMAL = /^-?\d{1,30}(\.\d{1,18})?$/;

/** Decimal text, at most as long as an exact number can be. */
const decimal = v.nullish(v.pipe(v.string(), v.regex(DECIMAL, "is no decimal number")));

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

const DECIMALS: readonly string[] = Object.entries(marketSchema.entries)
  .filter(([, schema]) => schema === decimal).map(([name]) => name);

/** A key as keys are. */
const PLAIN_KEY = /^[\w.-]{1,200}$/;

const MARKET_FIELDS = Object.entries(marketSchema.entries).map(([name, schema]) => ({
  name,
  pattern: schema === key ? PLAIN_KEY : schema === decimal ? DECIMAL : null,
  isKey: schema === key,
}));

/** Whether the schema would take a market as it is, at three times the cost. */
function isPlainMarket(value: unknown): value is v.InferOutput<typeof marketSchema> {
  if (!isRecord(value)) return false;
  return MARKET_FIELDS.every(({ name, pattern, isKey }) => {
    const field = value[name];
    if (field === undefined || field === null) return !isKey;
    return typeof field === "string" && (pattern === null || pattern.test(field));
  });
}

/** Longest cursor: real ones have 200 characters, and each is kept in the database and sent in a URL. */
const MOST_CURSOR = 1000;

/** Where a list goes on. */
export const cursorSchema = v.pipe(
  v.string(),
  v.maxLength(MOST_CURSOR, `has more than ${MOST_CURSOR} characters`),
  v.regex(/^[\x21-\x7e]*$/, "has characters that no cursor has"),
);

const list = v.custom<readonly unknown[]>((value) => Array.isArray(value), "is no array");

/** A page of a list, by the field of its objects: null for none, and without it no page. */
export const pageSchemas = {
  events: v.pipe(
    v.looseObject({ events: v.nullable(list), cursor: v.nullish(cursorSchema) }),
    v.transform(({ events, cursor }) => ({ objects: events ?? [], cursor: cursor || null })),
  ),
  markets: v.pipe(
    v.looseObject({ markets: v.nullable(list), cursor: v.nullish(cursorSchema) }),
    v.transform(({ markets, cursor }) => ({ objects: markets ?? [], cursor: cursor || null })),
  ),
};

/** `GET /historical/cutoff`. */
export const cutoffSchema = v.looseObject({ market_settled_ts: moment });

/** `GET /events/{event_ticker}`. */
export const oneEventSchema = v.looseObject({ event: v.unknown() });

const MOST_RAW = 500;

/** An object, read and as it was written. */
export interface Received {
  readonly value: unknown;
  readonly text: string;
}

/** The rows of a list of objects. */
export interface Parsed<Row> {
  readonly rows: readonly Row[];
  readonly rejects: readonly Reject[];
}

function shown(input: unknown): string {
  // What has members may have them nested deeper than can be written.
  if (typeof input === "object" && input !== null) return Array.isArray(input) ? "[…]" : "{…}";
  return JSON.stringify(input)?.slice(0, 100) ?? "nothing";
}

function rejected(origin: string, raw: string, issue: v.BaseIssue<unknown>): Reject {
  const path = v.getDotPath(issue) ?? "the object";
  const received = shown(issue.input);
  return {
    origin,
    line: null,
    date: null,
    code: "bad_field",
    reason: `${path} is ${received}: ${clipped(issue.message, 200)}`,
    raw: raw.slice(0, MOST_RAW).toWellFormed(),
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** A number where decimal text belongs is taken as it is written. */
function withDecimalText({ value, text }: Received): unknown {
  if (!isRecord(value)) return value;
  const numbers = DECIMALS.filter((name) => typeof value[name] === "number");
  if (numbers.length === 0) return value;
  return { ...value, ...Object.fromEntries(numbers.map((name) => [name, memberText(text, name)])) };
}

function parseAll<Schema extends v.GenericSchema<unknown, object>, Row>(
  objects: readonly Received[],
  schema: Schema,
  origin: string,
  make: (object: v.InferOutput<Schema>, raw: string) => Row,
  isPlain: (value: unknown) => value is v.InferOutput<Schema> = (_): _ is never => false,
): Parsed<Row> {
  const rows: Row[] = [];
  const rejects: Reject[] = [];
  for (const object of objects) {
    if (isPlain(object.value)) {
      rows.push(make(object.value, object.text));
      continue;
    }
    const checked = v.safeParse(schema, withDecimalText(object), { abortEarly: true });
    if (checked.success) rows.push(make(checked.output, object.text));
    else rejects.push(rejected(origin, object.text, checked.issues[0]));
  }
  return { rows, rejects };
}

/** Reads events. */
export function parseEvents(objects: readonly Received[], origin: string): Parsed<EventRow> {
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

/** Reads markets. */
export function parseMarkets(objects: readonly Received[], origin: string): Parsed<MarketRow> {
  const make = (market: v.InferOutput<typeof marketSchema>, raw: string): MarketRow => ({
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
  });
  return parseAll(objects, marketSchema, origin, make, isPlainMarket);
}
