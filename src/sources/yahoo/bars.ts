/** Bars of an answer: rows, and what is no row with its reason. @module */
import { BAD_CELL, type PriceRow, type Reject, type RowProblem } from "../../model/prices.ts";
import type { Batch } from "../source.ts";
import type { ExchangeCalendar } from "./exchange_day.ts";
import type { ChartResult } from "./schema.ts";
import { shownValue } from "../../base/text.ts";

/** First and last second that a day can be told of: the years 1 to 9999. */
const FIRST_SECOND = -62_135_596_800 + 172_800;
const LAST_SECOND = 253_402_300_799 - 172_800;
const MOST_RAW = 500;

/** What is wanted of an answer. */
export interface Wanted {
  readonly from: string | null;
  readonly to: string | null;
  readonly origin: string;
}

type Column = readonly unknown[] | null | undefined;

type Columns = Readonly<Record<"open" | "high" | "low" | "close" | "volume" | "adjclose", Column>>;

function problem(code: string, reason: string): RowProblem {
  return { code, reason };
}

function priceAt(column: Column, index: number, name: string): number | RowProblem {
  const value = column?.[index];
  if (value === null || value === undefined) return problem("null_bar", `${name} is missing`);
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return problem("not_finite", `${name} is ${shownValue(value)}, not a number`);
  }
  // The service writes 0 for what it does not know, beside a real close.
  return value === 0 ? problem("zero_price", `${name} is 0`) : value;
}

function optionalAt(column: Column, index: number, name: string, bad: string[]): number | null {
  const value = column?.[index];
  if (value === null || value === undefined) return null;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  bad.push(`${name} is ${shownValue(value)}, not a number; left empty`);
  return null;
}

function isProblem(value: number | null | RowProblem): value is RowProblem {
  return typeof value === "object" && value !== null;
}

function rowAt(
  columns: Columns,
  index: number,
  date: string,
  bad: string[],
): PriceRow | RowProblem {
  // Of bars before some year the service does not know the open, and writes 0.
  const open = columns.open?.[index] === 0 ? null : priceAt(columns.open, index, "open");
  if (isProblem(open)) return open;
  const high = priceAt(columns.high, index, "high");
  if (isProblem(high)) return high;
  const low = priceAt(columns.low, index, "low");
  if (isProblem(low)) return low;
  const close = priceAt(columns.close, index, "close");
  if (isProblem(close)) return close;
  const adjClose = optionalAt(columns.adjclose, index, "adj_close", bad);
  const volume = optionalAt(columns.volume, index, "volume", bad);
  return { date, open, high, low, close, adjClose, volume };
}

/** A price below 0 of anything but a future is the service's mistake, and replaces no good one. */
function negativeIn(row: PriceRow): RowProblem | undefined {
  for (const name of ["open", "high", "low", "close"] as const) {
    const value = row[name];
    if (value !== null && value < 0) {
      return problem("negative_price", `${name} is negative: ${value}`);
    }
  }
  return undefined;
}

/** The service writes null, or 0, for what it does not know. */
function hasNoPrice({ open, high, low, close }: Columns, index: number): boolean {
  return [open, high, low, close].every((column) => (column?.[index] ?? 0) === 0);
}

function rawOf(columns: Columns, index: number, timestamp: unknown): string {
  const cells = Object.entries(columns).map(([name, column]) => [name, column?.[index]]);
  const shown = [["timestamp", timestamp], ...cells].flatMap(([name, value]) =>
    value === undefined ? [] : `"${name}":${shownValue(value)}`
  );
  return `{${shown.join(",")}}`.slice(0, MOST_RAW);
}

/** Reads the bars of an answer; today may come twice, the live price behind the bar. */
export function readBars(
  result: ChartResult,
  calendar: ExchangeCalendar,
  wanted: Wanted,
): Required<Pick<Batch, "prices" | "rejects" | "placeOf">> {
  const { from, to, origin } = wanted;
  const timestamps = result.timestamp ?? [];
  const quote = result.indicators?.quote?.[0] ?? {};
  const { open, high, low, close, volume } = quote;
  const adjclose = result.indicators?.adjclose?.[0]?.adjclose;
  const columns: Columns = { open, high, low, close, volume, adjclose };
  const live = result.meta?.regularMarketTime;
  const isFuture = result.meta?.instrumentType === "FUTURE";
  const bars: { readonly row: PriceRow; readonly index: number }[] = [];
  const rejects: Reject[] = [];
  const placeAt = (index: number) => ({
    origin,
    line: null,
    raw: rawOf(columns, index, timestamps[index]),
  });
  for (const [index, stamp] of timestamps.entries()) {
    if (typeof stamp !== "number" || !(stamp >= FIRST_SECOND && stamp <= LAST_SECOND)) {
      const reason = `timestamp ${shownValue(stamp)} is not a day`;
      rejects.push({ ...placeAt(index), date: null, code: "bad_date", reason });
      continue;
    }
    const date = calendar.tradingDay(stamp, stamp === live);
    if ((from !== null && date < from) || (to !== null && date > to)) continue;
    const bad: string[] = [];
    const found = rowAt(columns, index, date, bad);
    const row = "code" in found || isFuture ? found : negativeIn(found) ?? found;
    if ("code" in row) {
      // The newest day may not be over.
      const isEmpty = hasNoPrice(columns, index) || index === timestamps.length - 1;
      rejects.push({ ...placeAt(index), date, ...row, ...(isEmpty ? { isEmpty } : {}) });
      continue;
    }
    bars.push({ row, index });
    for (const reason of bad) rejects.push({ ...placeAt(index), date, code: BAD_CELL, reason });
  }
  bars.sort((a, b) => a.row.date < b.row.date ? -1 : a.row.date > b.row.date ? 1 : 0);
  return {
    prices: bars.map(({ row }) => row),
    rejects,
    placeOf: (index) => placeAt(bars[index]?.index ?? -1),
  };
}
