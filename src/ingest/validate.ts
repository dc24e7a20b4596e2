/**
 * Judging the rows of a source: which of them are stored, and why the others are not.
 *
 * @module
 */
import type { PriceRow, Reject, RowPlace, RowProblem } from "../model/prices.ts";
import type { Batch } from "../sources/source.ts";

/** Good rows, each day and source once, and bad ones with their reasons. */
export interface Judged {
  readonly good: readonly PriceRow[];
  readonly rejects: readonly Reject[];
  /** Rows that are equal to a good one of their day and source. */
  readonly repeated: number;
}

const NOWHERE: RowPlace = { origin: null, line: null };

/** The first stock exchange opened in 1602: no price of a day can be older. */
const FIRST_DAY = "1602-01-01";

function numberProblem(name: string, value: number | null): RowProblem | undefined {
  if (value === null) return undefined;
  if (!Number.isFinite(value)) return { code: "not_finite", reason: `${name} is ${value}` };
  if (value < 0) return { code: "negative_price", reason: `${name} is negative: ${value}` };
  return undefined;
}

/** Why a row cannot be stored; undefined for a good row. */
function priceProblem(row: PriceRow, lastDay: string): RowProblem | undefined {
  if (row.date > lastDay) {
    return { code: "date_in_future", reason: `date ${row.date} is in the future` };
  }
  if (row.date < FIRST_DAY) {
    return { code: "date_too_early", reason: `date ${row.date} is before ${FIRST_DAY}` };
  }
  const bad = numberProblem("open", row.open) ?? numberProblem("high", row.high) ??
    numberProblem("low", row.low) ?? numberProblem("close", row.close) ??
    numberProblem("adj_close", row.adjClose);
  if (bad !== undefined) return bad;
  if (row.close === 0) return { code: "zero_close", reason: "close is 0" };
  if (row.high !== null && row.low !== null && row.high < row.low) {
    return { code: "high_below_low", reason: `high ${row.high} is below low ${row.low}` };
  }
  const { volume } = row;
  if (volume !== null && (!Number.isSafeInteger(volume) || volume < 0)) {
    return {
      code: "bad_volume",
      reason: `volume ${volume} is not a whole number from 0 to 2^53 - 1`,
    };
  }
  return undefined;
}

function equal(a: PriceRow, b: PriceRow): boolean {
  return a.close === b.close && a.open === b.open && a.high === b.high && a.low === b.low &&
    a.adjClose === b.adjClose && a.volume === b.volume;
}

function superseded(ticker: string, row: PriceRow, by: PriceRow, place: RowPlace): RowProblem {
  const { origin, line } = place;
  const where = origin === null ? "" : `, in ${origin}${line === null ? "" : ` line ${line}`}`;
  return {
    code: "superseded",
    reason: `${ticker} on ${row.date} is given again, differently${where} ` +
      `(close ${row.close} here, ${by.close} there)`,
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
  const kept = new Map<string, number>();
  let repeated = 0;
  const refuse = (index: number, row: PriceRow, problem: RowProblem): void => {
    const { origin, line, raw = JSON.stringify(row) } = placeOf(index);
    rejects.push({ origin, line, date: row.date, ...problem, raw });
  };
  for (let index = prices.length - 1; index >= 0; index--) {
    const row = prices[index];
    if (row === undefined) continue;
    const problem = priceProblem(row, lastDay);
    if (problem !== undefined) {
      refuse(index, row, problem);
      continue;
    }
    const isOwn = row.source === undefined || row.source === source;
    const key = isOwn ? row.date : `${row.date} ${row.source}`;
    const by = kept.get(key) ?? -1;
    const winner = prices[by];
    if (winner === undefined) {
      kept.set(key, index);
      good.push(row);
    } else if (equal(row, winner)) repeated++;
    else if (!corrects) refuse(index, row, superseded(ticker, row, winner, placeOf(by)));
  }
  return { good: good.reverse(), rejects: rejects.reverse(), repeated };
}
