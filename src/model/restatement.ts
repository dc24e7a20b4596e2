/** Stored days that a source gives otherwise. @module */
import { orNull, type PriceColumns } from "./price_columns.ts";
import type { PriceRow } from "./prices.ts";

/**
 * Why stored days have changed: a split, dividend or capital gain that is new; `prices` where a service has
 * mended them; `file` where another file says otherwise.
 * @category Writing a source
 */
export type RestatedBy = "split" | "dividend" | "capital_gain" | "prices" | "file";

/** Every {@linkcode RestatedBy}. */
export const RESTATED_BY: readonly RestatedBy[] = [
  "split",
  "dividend",
  "capital_gain",
  "prices",
  "file",
];

/**
 * What a job did with the history of a ticker. `whole`: all of it was asked for and taken. `unmended`: the
 * same, but the prices before a split are not in its terms yet. `contradicted`: the answer denied stored
 * events, or was a part of a history, and nothing of it has replaced stored days.
 * @category Ingest
 */
export type HistoryOutcome = "whole" | "unmended" | "contradicted";

/** Every {@linkcode HistoryOutcome}. */
export const HISTORIES: readonly HistoryOutcome[] = ["whole", "unmended", "contradicted"];

/**
 * Services send numbers of single precision, rounded to 2 to 4 decimals: equal within 0.01 %, or half of
 * the last decimal of the coarser one, from the second decimal on, where that is at most 1 % of the price.
 */
const ROUNDING = { relative: 1e-4, coarsest: 2, finest: 5, mostOfHalf: 0.01, single: 2 ** -23 };

function decimalsOf(value: number): number {
  let decimals = ROUNDING.coarsest;
  while (decimals < ROUNDING.finest) {
    const scaled = value * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) <= Math.abs(scaled) * ROUNDING.single) break;
    decimals++;
  }
  return decimals;
}

/** Whether two numbers of a service differ by more than rounding. */
export function differs(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return false;
  const size = Math.max(Math.abs(a), Math.abs(b));
  const difference = Math.abs(a - b);
  if (difference <= size * ROUNDING.relative) return false;
  if (difference > size * ROUNDING.mostOfHalf) return true;
  // 23.535 as it was sent and 23.54 are half a cent apart in decimals, and a little more in doubles.
  return difference > 0.5005 * 10 ** -Math.min(decimalsOf(a), decimalsOf(b));
}

const PRICES = ["open", "high", "low", "close", "adjClose"] as const;

/** Stored days with other prices. */
export interface ChangedDays {
  readonly days: number;
  readonly firstDay: string;
  readonly lastDay: string;
  /** Of all changed prices the larger by the smaller, the largest; null where none is above 0. */
  readonly factor: number | null;
  /** The first of them, for people: `2024-01-02 close 10 in place of 100`. */
  readonly example: string;
}

interface CompareOptions {
  /** Every difference counts, not only those by more than rounding. Default false. */
  readonly exact?: boolean;
  /** A day that does not count: the newest one may be stored unfinished. Default none. */
  readonly except?: string | null;
  /** What a row is from that does not say so itself; undefined where stored rows do not, either. */
  readonly source?: string;
}

function keyOf(date: string, source: string | undefined): string {
  return source === undefined ? date : `${date} ${source}`;
}

/** Stored days that rows give otherwise, without volumes, which services revise, and what is missing. */
export function changedDays(
  stored: readonly PriceRow[],
  rows: PriceColumns,
  { exact = false, except = null, source }: CompareOptions = {},
): ChangedDays | undefined {
  const isOther = exact
    ? (a: number | null, b: number | null) => a !== null && b !== null && a !== b
    : differs;
  const before = new Map(stored.map((row) => [keyOf(row.date, row.source), row]));
  let found: { -readonly [Key in keyof ChangedDays]: ChangedDays[Key] } | undefined;
  for (const [index, date] of rows.date.entries()) {
    const old = date === except ? undefined : before.get(keyOf(date, rows.source[index] ?? source));
    const changed = old && PRICES.filter((name) => isOther(old[name], orNull(rows[name](index))));
    const [name] = changed ?? [];
    if (old === undefined || changed === undefined || name === undefined) continue;
    const example =
      `${date} ${name === "adjClose" ? "adj_close" : name} ${rows[name](index)} in place of ` +
      old[name];
    found ??= { days: 0, firstDay: date, lastDay: date, factor: null, example };
    found.days++;
    if (date < found.firstDay) Object.assign(found, { firstDay: date, example });
    if (date > found.lastDay) found.lastDay = date;
    for (const each of changed) {
      const ratio = rows[each](index) / (old[each] ?? NaN);
      if (ratio > 0) found.factor = Math.max(found.factor ?? 1, ratio, 1 / ratio);
    }
  }
  return found;
}
