/**
 * Judging the rows of a source: which of them are stored, and why the others are not.
 *
 * @module
 */
import {
  BAD_CELL,
  type PriceDetails,
  type PriceRow,
  type Reject,
  type RowPlace,
  type RowProblem,
} from "../model/prices.ts";
import { plural } from "../base/text.ts";
import type { Batch } from "../sources/source.ts";

/** Good rows, each day and source once, bad ones and bad cells with their reasons. */
export interface Judged {
  readonly good: readonly PriceRow[];
  readonly rejects: readonly Reject[];
  /** Rows that are equal to a good one of their day and source. */
  readonly repeated: number;
  /** Sentences for people about good rows that are odd. */
  readonly warnings: readonly string[];
}

const NOWHERE: RowPlace = { origin: null, line: null };

/** The first stock exchange opened in 1602: no price of a day can be older. */
export const FIRST_DAY = "1602-01-01";

/** Why a row cannot be stored; undefined for one that can. */
function priceProblem(row: PriceRow, lastDay: string): RowProblem | undefined {
  const { date, high, low, close } = row;
  if (date > lastDay) {
    return { code: "date_in_future", reason: `date ${date} is in the future` };
  }
  if (date < FIRST_DAY) {
    return { code: "date_too_early", reason: `date ${date} is before ${FIRST_DAY}` };
  }
  if (!Number.isFinite(close)) return { code: "not_finite", reason: `close is ${close}` };
  if (close === 0) return { code: "zero_close", reason: "close is 0" };
  if (high !== null && low !== null && high < low) {
    return { code: "high_below_low", reason: `high ${high} is below low ${low}` };
  }
  return undefined;
}

const PRICES = ["open", "high", "low"] as const;

function isBadVolume(volume: number | null): boolean {
  return volume !== null && !(volume >= 0 && volume <= Number.MAX_SAFE_INTEGER);
}

function isNoNumber(value: number | null): boolean {
  return value !== null && !Number.isFinite(value);
}

/**
 * The row without the cells that cannot be used and may be empty. An open, high or low of 0 beside
 * positive prices says that the source does not know it; where prices are negative, 0 is one of them.
 *
 * @returns The row itself where there is nothing to leave out, and a sentence for each bad cell.
 */
function withoutBadCells(row: PriceRow): { readonly row: PriceRow; readonly bad: string[] } {
  const { open, high, low, close, adjClose, volume } = row;
  const hasUnknown = close > 0 && !(low !== null && low < 0) &&
    (open === 0 || high === 0 || low === 0);
  if (
    !hasUnknown && !isNoNumber(open) && !isNoNumber(high) && !isNoNumber(low) &&
    !isNoNumber(adjClose) && !isBadVolume(volume)
  ) return { row, bad: NONE_BAD };
  const cleaned = { ...row };
  const bad: string[] = [];
  for (const name of PRICES) {
    if (isNoNumber(row[name])) bad.push(`${name} is ${row[name]}`);
    if (isNoNumber(row[name]) || (hasUnknown && row[name] === 0)) cleaned[name] = null;
  }
  if (isNoNumber(adjClose)) {
    bad.push(`adj_close is ${adjClose}`);
    cleaned.adjClose = null;
  }
  if (isBadVolume(volume)) {
    bad.push(`volume is ${volume}, not a number from 0 to 2^53 - 1`);
    cleaned.volume = null;
  }
  return { row: cleaned, bad };
}

const NONE_BAD: string[] = [];

/** Futures can fall below 0, stocks cannot: such a row goes in, and is worth a word. */
function negativeWarnings(ticker: string, rows: readonly PriceRow[]): string[] {
  const negative = rows.filter(({ open, low, close }) =>
    close < 0 || (low ?? 0) < 0 || (open ?? 0) < 0
  );
  const [first] = negative;
  if (first === undefined) return [];
  return [
    `${ticker}: ${
      plural(negative.length, "row")
    } with a price below 0, which futures can have and stocks ` +
    `cannot; the first is of ${first.date} (close ${first.close})`,
  ];
}

function equal(a: PriceRow, b: PriceRow): boolean {
  return a.close === b.close && a.open === b.open && a.high === b.high && a.low === b.low &&
    a.adjClose === b.adjClose && a.volume === b.volume;
}

function equalDetails(a: PriceDetails | undefined, b: PriceDetails | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (Object.keys(a) as (keyof PriceDetails)[]).every((key) => a[key] === b[key]);
}

function superseded(ticker: string, row: PriceRow, by: PriceRow, place: RowPlace): RowProblem {
  const { origin, line } = place;
  const where = origin === null ? "" : `, in ${origin}${line === null ? "" : ` line ${line}`}`;
  return {
    code: "superseded",
    reason: `${ticker} on ${row.date} is given again, differently${where} ` +
      (equal(row, by)
        ? "(with the same prices and other details)"
        : `(close ${row.close} here, ${by.close} there)`),
  };
}

/** The rows of a ticker's batches as those of one. */
export function joined(batches: readonly Batch[]): Pick<Batch, "prices" | "placeOf" | "corrects"> {
  const [first] = batches;
  if (first !== undefined && batches.length === 1) return first;
  return {
    prices: batches.flatMap(({ prices }) => prices),
    corrects: batches.some(({ corrects }) => corrects === true),
    placeOf(index) {
      let at = index;
      for (const { prices, placeOf } of batches) {
        if (at < prices.length) return placeOf?.(at) ?? NOWHERE;
        at -= prices.length;
      }
      return NOWHERE;
    },
  };
}

/**
 * Judges each row of a batch, once. Of the good rows for one day and source the last one is kept, so
 * that a bad row never supersedes a good one.
 *
 * @param about Whose rows they are; what a row is from that does not say so itself; and the last day
 *   that is not in the future.
 */
export function judgePrices(
  batch: Pick<Batch, "prices" | "placeOf" | "corrects">,
  about: { readonly ticker: string; readonly source: string; readonly lastDay: string },
): Judged {
  const { prices, placeOf = () => NOWHERE, corrects = false } = batch;
  const { ticker, source, lastDay } = about;
  const good: PriceRow[] = [];
  const rejects: Reject[] = [];
  const kept = new Map<string, { readonly row: PriceRow; readonly index: number }>();
  let repeated = 0;
  const refuse = (index: number, row: PriceRow, problem: RowProblem): void => {
    const { origin, line, raw = JSON.stringify(row) } = placeOf(index);
    rejects.push({ origin, line, date: row.date, ...problem, raw });
  };
  for (let index = prices.length - 1; index >= 0; index--) {
    const given = prices[index];
    if (given === undefined) continue;
    const { row, bad } = withoutBadCells(given);
    const problem = priceProblem(row, lastDay);
    if (problem !== undefined) {
      refuse(index, given, problem);
      continue;
    }
    const isOwn = row.source === undefined || row.source === source;
    const key = isOwn ? row.date : `${row.date} ${row.source}`;
    const winner = kept.get(key);
    if (winner === undefined) {
      kept.set(key, { row, index });
      good.push(row);
      for (const reason of bad.toReversed()) {
        refuse(index, given, { code: BAD_CELL, reason: `${reason}; left empty` });
      }
    } else if (equal(row, winner.row) && equalDetails(row.details, winner.row.details)) repeated++;
    else if (!corrects) {
      refuse(index, given, superseded(ticker, row, winner.row, placeOf(winner.index)));
    }
  }
  good.reverse();
  return { good, rejects: rejects.reverse(), repeated, warnings: negativeWarnings(ticker, good) };
}
