/**
 * Bars of an answer: good rows, and refused ones with their reasons.
 *
 * @module
 */
import type { PriceRow, Reject, RowProblem } from "../../model/prices.ts";
import type { ExchangeCalendar } from "./exchange_day.ts";
import type { ChartResult } from "./schema.ts";
import { shownValue } from "../http/shown_value.ts";

/** First and last second that a day can be told of: the years 1 to 9999. */
const FIRST_SECOND = -62_135_596_800 + 172_800;
const LAST_SECOND = 253_402_300_799 - 172_800;

/** Longest text kept of a refused bar. */
const MOST_RAW = 500;

/** What the bars of an answer come to. */
export interface Bars {
  /** In order of day, each once. */
  readonly prices: readonly PriceRow[];
  readonly rejects: readonly Reject[];
  /** Bars that say the same as another of their day. */
  readonly repeated: number;
  /** Day of the newest good bar; null where there is none. */
  readonly lastDay: string | null;
}

/** What is wanted of an answer. */
export interface Wanted {
  /** First and last day, inclusive; null for no limit. */
  readonly from: string | null;
  readonly to: string | null;
  /** What every row has to pass. */
  readonly check: (row: PriceRow) => RowProblem | undefined;
  /** What answered, for {@linkcode Reject.origin}. */
  readonly origin: string;
}

type Column = readonly unknown[] | null | undefined;

interface Columns {
  readonly open: Column;
  readonly high: Column;
  readonly low: Column;
  readonly close: Column;
  readonly volume: Column;
  readonly adjclose: Column;
}

function problem(code: string, reason: string): RowProblem {
  return { code, reason };
}

/** A price that a bar must have. */
function priceAt(column: Column, index: number, name: string): number | RowProblem {
  const value = column?.[index];
  if (value === null || value === undefined) return problem("null_bar", `${name} is missing`);
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return problem("not_finite", `${name} is ${shownValue(value)}, not a number`);
  }
  // The service writes 0 for what it does not know, beside a real close.
  return value === 0 ? problem("zero_price", `${name} is 0`) : value;
}

/** A number that a bar may lack. */
function optionalAt(column: Column, index: number, name: string): number | null | RowProblem {
  const value = column?.[index];
  if (value === null || value === undefined) return null;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return problem("not_finite", `${name} is ${shownValue(value)}, not a number`);
}

function isProblem(value: number | null | RowProblem): value is RowProblem {
  return typeof value === "object" && value !== null;
}

function rowAt(columns: Columns, index: number, date: string): PriceRow | RowProblem {
  const open = priceAt(columns.open, index, "open");
  if (isProblem(open)) return open;
  const high = priceAt(columns.high, index, "high");
  if (isProblem(high)) return high;
  const low = priceAt(columns.low, index, "low");
  if (isProblem(low)) return low;
  const close = priceAt(columns.close, index, "close");
  if (isProblem(close)) return close;
  const adjClose = optionalAt(columns.adjclose, index, "adj_close");
  if (isProblem(adjClose)) return adjClose;
  const volume = optionalAt(columns.volume, index, "volume");
  if (isProblem(volume)) return volume;
  return { date, open, high, low, close, adjClose, volume };
}

function rawOf(columns: Columns, index: number, timestamp: unknown): string {
  const { open, high, low, close, volume, adjclose } = columns;
  const bar = {
    timestamp,
    open: open?.[index],
    high: high?.[index],
    low: low?.[index],
    close: close?.[index],
    volume: volume?.[index],
    adjclose: adjclose?.[index],
  };
  const shown = Object.entries(bar).flatMap(([name, value]) =>
    value === undefined ? [] : `"${name}":${shownValue(value)}`
  );
  return `{${shown.join(",")}}`.slice(0, MOST_RAW);
}

function equal(a: PriceRow, b: PriceRow): boolean {
  return a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close &&
    a.adjClose === b.adjClose && a.volume === b.volume;
}

/**
 * Reads the bars of an answer. A day that comes twice keeps its last good bar: the service sends the
 * live price of today behind today's bar. A bad bar never takes the place of a good one.
 *
 * @param result The history.
 * @param calendar The exchange's days.
 * @param wanted Days and checks.
 */
export function readBars(result: ChartResult, calendar: ExchangeCalendar, wanted: Wanted): Bars {
  const timestamps = result.timestamp ?? [];
  const quote = result.indicators?.quote?.[0] ?? {};
  const columns: Columns = {
    open: quote.open,
    high: quote.high,
    low: quote.low,
    close: quote.close,
    volume: quote.volume,
    adjclose: result.indicators?.adjclose?.[0]?.adjclose,
  };
  const live = result.meta?.regularMarketTime;
  const byDay = new Map<string, PriceRow>();
  const rejects: Reject[] = [];
  let repeated = 0;
  const refuse = (index: number, date: string | null, why: RowProblem): void => {
    const raw = rawOf(columns, index, timestamps[index]);
    rejects.push({ origin: wanted.origin, line: null, date, ...why, raw });
  };
  for (const [index, stamp] of timestamps.entries()) {
    if (typeof stamp !== "number" || !(stamp >= FIRST_SECOND && stamp <= LAST_SECOND)) {
      refuse(index, null, problem("bad_date", `timestamp ${shownValue(stamp)} is not a day`));
      continue;
    }
    const date = calendar.tradingDay(stamp, stamp === live);
    if (wanted.from !== null && date < wanted.from) continue;
    if (wanted.to !== null && date > wanted.to) continue;
    const row = rowAt(columns, index, date);
    const bad = "code" in row ? row : wanted.check(row);
    if (bad !== undefined) {
      refuse(index, date, bad);
      continue;
    }
    if ("code" in row) continue;
    const before = byDay.get(date);
    if (before !== undefined && equal(before, row)) repeated++;
    byDay.set(date, row);
  }
  const prices = [...byDay.values()].sort((a, b) => a.date < b.date ? -1 : 1);
  return { prices, rejects, repeated, lastDay: prices.at(-1)?.date ?? null };
}
