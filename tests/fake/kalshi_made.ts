/**
 * Invented events and markets: always the same for the same seed, clock and place in the list.
 *
 * @module
 */
import {
  count,
  dollars,
  type EventRow,
  hashOf,
  type MarketResult,
  type MarketRow,
  type MarketStatus,
  MICRO_DOLLARS,
  time,
} from "./kalshi_rows.ts";

/** What the invented rows depend on. */
export interface Recipe {
  readonly seed: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly marketsPerEvent: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Settlements lie up to this far back. */
export const SETTLED_DAYS = 240;

const SERIES = [
  ["KXHIGHNY", "Climate and Weather", "Highest temperature in New York 🌡️"],
  ["KXRAINRIO", "Climate and Weather", "Chove no Rio de Janeiro? ☔ «São João»"],
  ["KXFED", "Economics", "Fed decision — rate “after” the meeting"],
  ["KXTOKYO", "Economics", "東京の消費者物価指数"],
  ["KXELECTION", "Politics", "Élection présidentielle : 2ᵉ tour 🗳️"],
  ["KXMATCH", "Sports", 'مباراة النهائي 🏈 "final" \\ 1/2'],
] as const;

type Phase = "settled" | "live" | "ended" | "unopened";

/** By the last digit of an event's number, so that the first ten events show every state. */
const PHASES: readonly Phase[] = [
  "settled",
  "live",
  "ended",
  "settled",
  "live",
  "unopened",
  "settled",
  "live",
  "live",
  "settled",
];
const SCALAR_DIGIT = 6;

const STATES: Readonly<Record<Phase, readonly MarketStatus[]>> = {
  settled: ["finalized"],
  live: ["active", "active", "inactive", "active", "initialized"],
  ended: ["closed", "determined", "disputed", "amended"],
  unopened: ["initialized"],
};

/** An event by its number. */
export function madeEvent(recipe: Recipe, e: number): EventRow {
  const [series, category, title] = SERIES[e % SERIES.length]!;
  const updated = recipe.nowMs - (hashOf(recipe.seed, "updated", e) % (30 * 24)) * HOUR;
  const row: EventRow = {
    event_ticker: `${series}-E${String(e).padStart(5, "0")}`,
    series_ticker: series,
    title: `${title} #${e}`,
    sub_title: `On day ${e}`,
    category,
    mutually_exclusive: e % 2 === 0,
    last_updated_ts: time(updated),
    available_on_brokers: e % 3 === 0,
    collateral_return_type: e % 2 === 0 ? "MECNET" : "",
  };
  if (e % 4 === 3) row.strike_period = "Q3 2026";
  else row.strike_date = time(recipe.nowMs + (e % 60 - 30) * DAY);
  if (e % 6 === 1) delete row.sub_title;
  if (e % 7 === 2) delete row.last_updated_ts;
  if (e % 8 === 5) delete row.category;
  if (e % 9 === 4) row.product_metadata = { a_field_of_tomorrow: [1, null, { deep: "ü" }] };
  return row;
}

/** A multivariate event, of which `/events` knows nothing. */
export function madeMultivariateEvent(recipe: Recipe, e: number): EventRow {
  return {
    ...madeEvent(recipe, 1),
    event_ticker: `KXMVE-S${String(e).padStart(4, "0")}`,
    series_ticker: "KXMVE",
    title: `Combo #${e}`,
  };
}

/** A market of an event: `j` is its number within the event, `m` its number among all. */
export function madeMarket(recipe: Recipe, event: EventRow, e: number, j: number): MarketRow {
  const m = e * recipe.marketsPerEvent + j;
  const phase = PHASES[e % 10]!;
  const states = STATES[phase];
  const status = states[(j + Math.floor(e / 10)) % states.length]!;
  const isScalar = e % 10 === SCALAR_DIGIT;
  const row: MarketRow = {
    ticker: `${event.event_ticker}-T${j}`,
    event_ticker: event.event_ticker,
    market_type: isScalar ? "scalar" : "binary",
    title: `${event.title}: ${j}`,
    yes_sub_title: `${j}° or above — “sim”`,
    no_sub_title: `below ${j}°`,
    ...madeTimes(recipe, phase, status, e, m),
    ...madePrices(recipe.seed, m),
    status,
    ...madeOutcome(recipe, status, isScalar, e, j),
  };
  loseFields(row, m);
  return row;
}

/** Fields that depend on the clock, in the order of a market's life. */
function madeTimes({ seed, nowMs }: Recipe, phase: Phase, status: string, e: number, m: number) {
  const hours = hashOf(seed, "hours", m) % 24;
  const daysAgo = phase === "settled"
    ? 1 + (e * 37 + hashOf(seed, "day", e) % 20) % SETTLED_DAYS
    : 0;
  const settled = nowMs - daysAgo * DAY - hours * HOUR;
  const close = phase === "settled"
    ? settled - 6 * HOUR
    : phase === "ended"
    ? nowMs - (1 + hours) * HOUR
    : nowMs + (10 + m % 50) * DAY;
  const open = status === "initialized"
    ? nowMs + (1 + m % 5) * DAY
    : Math.min(close, nowMs) - (20 + m % 9) * DAY;
  return {
    created_time: time(open - 2 * DAY),
    updated_time: time(Math.min(nowMs, status === "finalized" ? settled : nowMs - hours * HOUR)),
    open_time: time(open),
    close_time: time(close),
    expected_expiration_time: time(close + 2 * HOUR),
    latest_expiration_time: time(close + 7 * DAY),
    ...(status === "finalized" ? { settlement_ts: time(settled) } : {}),
  };
}

/** Prices in cents, and for one market in six in millionths; the two sides add up to a dollar. */
function madePrices(seed: number, m: number) {
  const unit = m % 6 === 1 ? 1 : 10_000;
  const draw = (name: string, below: number) => hashOf(seed, name, m) % below;
  const bid = unit + draw("bid", Math.floor(0.9 * MICRO_DOLLARS / unit)) * unit;
  const ask = bid + (1 + draw("spread", 5)) * unit;
  const volume = draw("volume", 100_000_000);
  return {
    yes_bid_dollars: dollars(bid),
    yes_ask_dollars: dollars(ask),
    no_bid_dollars: dollars(MICRO_DOLLARS - ask),
    no_ask_dollars: dollars(MICRO_DOLLARS - bid),
    last_price_dollars: dollars(m % 2 === 0 ? bid : ask),
    yes_bid_size_fp: count(draw("bidSize", 1_000_000)),
    yes_ask_size_fp: count(draw("askSize", 1_000_000)),
    volume_fp: count(volume),
    volume_24h_fp: count(Math.floor(volume / 10)),
    open_interest_fp: count(Math.floor(volume / 3)),
  };
}

function madeOutcome(recipe: Recipe, status: string, isScalar: boolean, e: number, j: number) {
  const { seed, marketsPerEvent } = recipe;
  // One event in twenty was called off: settled, and yet without a result.
  const isKnown = ["determined", "disputed", "amended", "finalized"].includes(status) &&
    !(e % 20 === 19 && j === 0);
  const winner = hashOf(seed, "winner", e) % marketsPerEvent;
  const result: MarketResult = !isKnown ? "" : isScalar ? "scalar" : j === winner ? "yes" : "no";
  const value = { yes: "1.0000", no: "0.0000", scalar: "0.5000", "": undefined }[result];
  return {
    result,
    ...(value !== undefined && status === "finalized" ? { settlement_value_dollars: value } : {}),
  };
}

/** Some markets lack fields, some have more than is known; which, depends on their number alone. */
function loseFields(row: MarketRow, m: number): void {
  const lose = (...names: readonly string[]) => names.forEach((name) => delete row[name]);
  if (m % 7 === 3) lose("expected_expiration_time");
  if (m % 11 === 5) lose("yes_bid_size_fp", "yes_ask_size_fp");
  if (m % 13 === 6) lose("volume_24h_fp", "open_interest_fp", "last_price_dollars");
  if (m % 17 === 8) lose("updated_time", "market_type", "no_sub_title");
  if (m % 5 === 2) row.rules_primary = "If the highest temperature is above the strike, “Yes”.\n";
  if (m % 9 === 4) row.field_of_tomorrow = { version: 2, tags: ["ç", null, 0.1] };
}
