/** Judging the rows of a source: which of them are stored, and why the others are not. @module */
import {
  DETAIL_NUMBERS,
  isSame,
  isSamePaper,
  type NumberName,
  PRICE_NUMBERS,
  PriceColumns,
} from "../model/price_columns.ts";
import {
  BAD_CELL,
  type PriceRow,
  type Reject,
  type RowPlace,
  type RowProblem,
} from "../model/prices.ts";
import { plural } from "../base/text.ts";
import { columnsOf } from "../sources/columns.ts";
import type { Batch } from "../sources/source.ts";

/** Good rows, each day and source once, bad ones and bad cells with their reasons. */
export interface Judged {
  readonly good: PriceColumns;
  readonly rejects: readonly Reject[];
  readonly repeated: number;
  readonly warnings: readonly string[];
}

const NOWHERE: RowPlace = { origin: null, line: null };

/** The first stock exchange opened in 1602: no price of a day can be older. */
export const FIRST_DAY = "1602-01-01";

/** Why a row cannot be stored; undefined for one that can. */
function priceProblem(
  rows: PriceColumns,
  row: number,
  lastDay: string,
  given: PriceColumns,
): RowProblem | undefined {
  const date = rows.date[row] ?? "";
  const [high, low, close] = [rows.high(row), rows.low(row), rows.close(row)];
  if (date > lastDay) {
    return { code: "date_in_future", reason: `date ${date} is in the future` };
  }
  if (date < FIRST_DAY) {
    return { code: "date_too_early", reason: `date ${date} is before ${FIRST_DAY}` };
  }
  if (!Number.isFinite(close)) {
    return { code: "not_finite", reason: `close is ${given.rowAt(row).close}` };
  }
  if (close === 0) return { code: "zero_close", reason: "close is 0" };
  if (high < low) return { code: "high_below_low", reason: `high ${high} is below low ${low}` };
  return undefined;
}

const PRICES = ["open", "high", "low"] as const;

function isBadVolume(volume: number): boolean {
  return !Number.isNaN(volume) && !(volume >= 0 && volume <= Number.MAX_SAFE_INTEGER);
}

/** An open, high or low of 0 beside positive prices is unknown; where prices are negative, 0 is a price. */
function hasUnknown(rows: PriceColumns, row: number): boolean {
  return (rows.open(row) === 0 || rows.high(row) === 0 || rows.low(row) === 0) &&
    rows.close(row) > 0 && !(rows.low(row) < 0);
}

/** Whether a row has cells that cannot be used and may be empty. */
function hasBadCells(rows: PriceColumns, row: number): boolean {
  return rows.open(row) === Infinity || rows.high(row) === Infinity || rows.low(row) === Infinity ||
    rows.adjClose(row) === Infinity || isBadVolume(rows.volume(row)) ||
    hasUnknown(rows, row);
}

/** @returns A sentence for each bad one. */
function emptyBadCells(rows: PriceColumns, row: number, given: PriceRow): string[] {
  const bad: string[] = [];
  const unknown = hasUnknown(rows, row);
  for (const name of PRICES) {
    if (rows[name](row) === Infinity) bad.push(`${name} is ${given[name]}`);
    else if (!unknown || rows[name](row) !== 0) continue;
    rows.set(name, row, NaN);
  }
  if (rows.adjClose(row) === Infinity) {
    bad.push(`adj_close is ${given.adjClose}`);
    rows.set("adjClose", row, NaN);
  }
  if (isBadVolume(rows.volume(row))) {
    bad.push(`volume is ${given.volume}, not a number from 0 to 2^53 - 1`);
    rows.set("volume", row, NaN);
  }
  return bad;
}

const NONE_BAD: string[] = [];

/** Futures can fall below 0, stocks cannot: such a row goes in, and is worth a word. */
function negativeWarnings(ticker: string, rows: PriceColumns): string[] {
  const { date } = rows;
  const isNegative = (_: string, row: number): boolean =>
    rows.close(row) < 0 || rows.low(row) < 0 || rows.open(row) < 0;
  const first = date.findIndex(isNegative);
  if (first < 0) return [];
  const what = `${plural(date.filter(isNegative).length, "row")} with a price below 0`;
  const where = `the first is of ${date[first]} (close ${rows.close(first)})`;
  return [`${ticker}: ${what}, which futures can have and stocks cannot; ${where}`];
}

function equalIn(rows: PriceColumns, names: readonly NumberName[], a: number, b: number): boolean {
  return names.every((name) => isSame(rows[name](a), rows[name](b)));
}

/** @param by The row that is kept. */
function superseded(
  ticker: string,
  rows: PriceColumns,
  row: number,
  by: number,
  place: RowPlace,
): RowProblem {
  const { origin, line } = place;
  const where = origin === null ? "" : `, in ${origin}${line === null ? "" : ` line ${line}`}`;
  return {
    code: "superseded",
    reason: `${ticker} on ${rows.date[row]} is given again, differently${where} ` +
      (equalIn(rows, PRICE_NUMBERS, row, by)
        ? "(with the same prices and other details)"
        : `(close ${rows.close(row)} here, ${rows.close(by)} there)`),
  };
}

function isAscending(days: readonly string[]): boolean {
  return days.every((day, row) => row === 0 || (days[row - 1] ?? "") < day);
}

/** What is judged. */
export interface Given {
  readonly columns: PriceColumns;
  readonly placeOf?: Batch["placeOf"];
  readonly corrects?: boolean | undefined;
}

/** The rows of a ticker's batches as those of one. */
export function joined(batches: readonly Batch[]): Given {
  const [first] = batches;
  if (first !== undefined && batches.length === 1) {
    const { placeOf, corrects } = first;
    return { columns: columnsOf(first), placeOf, corrects };
  }
  const parts = batches.map(({ prices, placeOf }) => ({ prices, placeOf }));
  return {
    columns: PriceColumns.of(parts.flatMap(({ prices }) => prices)),
    corrects: batches.some(({ corrects }) => corrects === true),
    placeOf(index) {
      let at = index;
      for (const { prices, placeOf } of parts) {
        if (at < prices.length) return placeOf?.(at) ?? NOWHERE;
        at -= prices.length;
      }
      return NOWHERE;
    },
  };
}

/** Judges each row once; of the good ones for one day and source the last one stays. */
export function judgePrices(
  { columns: given, placeOf = () => NOWHERE, corrects = false }: Given,
  about: { readonly ticker: string; readonly source: string; readonly lastDay: string },
): Judged {
  const { ticker, source, lastDay } = about;
  const { date } = given;
  const rejects: Reject[] = [];
  const kept: number[] = [];
  // Of days that ascend, which those of a file mostly do, none is given again.
  const keptOf = isAscending(date) ? undefined : new Map<string, number>();
  let rows = given;
  let repeated = 0;
  const refuse = (row: number, problem: RowProblem): void => {
    const { origin, line, raw = JSON.stringify(given.rowAt(row)) } = placeOf(row);
    rejects.push({ origin, line, date: date[row] ?? null, ...problem, raw });
  };
  for (let row = given.length - 1; row >= 0; row--) {
    let bad = NONE_BAD;
    if (hasBadCells(given, row)) {
      if (rows === given) rows = given.take(date.map((_, index) => index));
      bad = emptyBadCells(rows, row, given.rowAt(row));
    }
    const problem = priceProblem(rows, row, lastDay, given);
    if (problem !== undefined) {
      refuse(row, problem);
      continue;
    }
    const day = date[row] ?? "";
    const from = rows.source[row] ?? source;
    const key = from === source ? day : `${day} ${from}`;
    const winner = keptOf?.get(key);
    if (winner === undefined) {
      keptOf?.set(key, row);
      kept.push(row);
      for (const reason of bad.toReversed()) {
        refuse(row, { code: BAD_CELL, reason: `${reason}; left empty` });
      }
    } else if (
      equalIn(rows, PRICE_NUMBERS, row, winner) && equalIn(rows, DETAIL_NUMBERS, row, winner) &&
      isSamePaper(rows.paper[row], rows.paper[winner])
    ) repeated++;
    else if (!corrects) {
      refuse(row, superseded(ticker, rows, row, winner, placeOf(winner)));
    }
  }
  const good = kept.length === rows.length ? rows : rows.take(kept.reverse());
  return { good, rejects: rejects.reverse(), repeated, warnings: negativeWarnings(ticker, good) };
}
