/**
 * An answer of the chart service, version 8, from a history.
 *
 * @module
 */
import type { Bar, History } from "./yahoo_history.ts";
import {
  closingOf,
  DAY_SECONDS,
  lastDay,
  type Market,
  offsetAt,
  openingOf,
  tradingDayBefore,
} from "./yahoo_market.ts";

/** A column of the answer. Wider than the service's own, so that faults can be put in. */
export type Column = unknown[];

/** `indicators.quote[0]`; empty where there is no bar. */
export interface Quote {
  open?: Column;
  high?: Column;
  low?: Column;
  close?: Column;
  volume?: Column;
}

/** `events` by their time, as text. */
export interface Events {
  dividends?: Record<string, { amount: number; date: number }>;
  splits?: Record<
    string,
    { date: number; numerator: number; denominator: number; splitRatio: string }
  >;
}

/** `chart.result[0]`. */
export interface ChartResult {
  meta: Record<string, unknown>;
  timestamp?: Column;
  events?: Events;
  indicators: { quote: [Quote]; adjclose?: [{ adjclose?: Column }] };
}

/** What a client asked for. */
export interface Window {
  /** Seconds since 1970, the first that is wanted. */
  readonly period1: number;
  /** Seconds since 1970, the first that is not wanted any more. */
  readonly period2: number;
  /** The parameter `events`: `div`, `splits`, with a comma or `|` between. */
  readonly events: string;
}

/** A bar with the time that the answer gives it. */
export interface StampedBar extends Bar {
  /** Seconds since 1970. */
  readonly stamp: number;
}

/**
 * The bars whose time is in the window.
 *
 * @param nowSeconds What comes later is not known yet.
 */
export function barsIn(
  history: History,
  market: Market,
  window: Pick<Window, "period1" | "period2">,
  nowSeconds: number,
): StampedBar[] {
  const today = lastDay(market, nowSeconds);
  // A day at either end, since an opening can be on another day in UTC.
  const from = Math.floor(window.period1 / DAY_SECONDS) - 1;
  const to = Math.floor(window.period2 / DAY_SECONDS) + 1;
  return history.bars(from, to, today)
    .map((bar) => ({ ...bar, stamp: stampOf(market, bar.day, today, nowSeconds) }))
    .filter(({ stamp }) => stamp >= window.period1 && stamp < window.period2);
}

function stampOf(market: Market, day: number, today: number, nowSeconds: number): number {
  const isLive = market.aroundTheClock && day === today;
  return isLive ? Math.floor(nowSeconds) : openingOf(market, day);
}

/**
 * A good answer.
 *
 * @param symbol As it is written in the answer.
 * @param nowSeconds What comes later is not known yet.
 */
export function chartResult(
  symbol: string,
  history: History,
  market: Market,
  window: Window,
  nowSeconds: number,
): ChartResult {
  const bars = barsIn(history, market, window, nowSeconds);
  const meta = metaOf(symbol, history, market, nowSeconds, bars[0]);
  // Without a bar the real service leaves the columns out, all of them.
  if (bars.length === 0) return { meta, indicators: { quote: [{}], adjclose: [{}] } };
  const events = eventsIn(history, market, window, nowSeconds);
  return {
    meta,
    timestamp: bars.map(({ stamp }) => stamp),
    ...(Object.keys(events).length === 0 ? {} : { events }),
    indicators: {
      quote: [{
        open: bars.map(({ open }) => open),
        volume: bars.map(({ volume }) => volume),
        high: bars.map(({ high }) => high),
        low: bars.map(({ low }) => low),
        close: bars.map(({ close }) => close),
      }],
      adjclose: [{ adjclose: bars.map(({ adjclose }) => adjclose) }],
    },
  };
}

function metaOf(
  symbol: string,
  history: History,
  market: Market,
  nowSeconds: number,
  first: Bar | undefined,
): Record<string, unknown> {
  const today = lastDay(market, nowSeconds);
  const gmtoffset = offsetAt(market.zone, nowSeconds);
  const last = history.bars(today, today, today)[0];
  const before = first === undefined ? today : tradingDayBefore(market, first.day);
  const period = (start: number, end: number) => ({ timezone: market.zone, start, end, gmtoffset });
  const [open, close] = [openingOf(market, today), closingOf(market, today)];
  return {
    currency: market.currency,
    symbol,
    exchangeName: market.exchangeName,
    fullExchangeName: market.exchangeName,
    instrumentType: market.instrumentType,
    firstTradeDate: openingOf(market, history.firstDay),
    regularMarketTime: Math.floor(Math.min(nowSeconds, close)),
    hasPrePostMarketData: false,
    gmtoffset,
    timezone: market.zone,
    exchangeTimezoneName: market.zone,
    regularMarketPrice: last?.close,
    regularMarketDayHigh: last?.high,
    regularMarketDayLow: last?.low,
    regularMarketVolume: last?.volume,
    longName: `${symbol} (invented prices)`,
    shortName: symbol,
    chartPreviousClose: (history.bars(before, before, today)[0] ?? first)?.close,
    priceHint: market.decimals,
    currentTradingPeriod: {
      pre: period(open, open),
      regular: period(open, close),
      post: period(close, close),
    },
    dataGranularity: "1d",
    range: "",
    validRanges: ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
  };
}

function eventsIn(history: History, market: Market, window: Window, nowSeconds: number): Events {
  const today = lastDay(market, nowSeconds);
  const wanted = new Set(window.events.split(/[,|]/));
  const events: Events = {};
  const dated = <T extends { readonly day: number }>(all: readonly T[]) =>
    all.map((event) => ({ ...event, date: openingOf(market, event.day) }))
      .filter(({ date }) => date >= window.period1 && date < window.period2);
  const dividends = wanted.has("div") ? dated(history.dividends(today)) : [];
  for (const { amount, date } of dividends) {
    (events.dividends ??= {})[date] = { amount, date };
  }
  // Both spellings are taken.
  const splits = wanted.has("splits") || wanted.has("split") ? dated(history.splits(today)) : [];
  for (const { date, numerator, denominator } of splits) {
    const splitRatio = `${numerator}:${denominator}`;
    (events.splits ??= {})[date] = { date, numerator, denominator, splitRatio };
  }
  return events;
}

/** The envelope around a good answer. */
export function chartBody(result: ChartResult): string {
  return JSON.stringify({ chart: { result: [result], error: null } });
}

/**
 * The envelope around an error.
 *
 * @param code Such as `Not Found`.
 * @param service `chart`, or `finance` where the service's gate answers in its place.
 */
export function errorBody(
  code: string,
  description: string,
  service: "chart" | "finance" = "chart",
): string {
  return JSON.stringify({ [service]: { result: null, error: { code, description } } });
}
