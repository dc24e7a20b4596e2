/**
 * The checks that every source's rows pass before they may be stored.
 *
 * @module
 */
import type { PriceRow, Reject, RowPlace, RowProblem } from "../sources/source.ts";

/** Good rows, and bad ones with their reasons. */
export interface Validated {
  readonly good: readonly PriceRow[];
  readonly rejects: readonly Reject[];
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

/**
 * Why a row cannot be stored; undefined for a good row.
 *
 * @param row The row.
 * @param lastDay Last day that is not in the future, `lastPossibleDay`.
 */
export function priceProblem(row: PriceRow, lastDay: string): RowProblem | undefined {
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

/**
 * Parts good rows from bad ones.
 *
 * @param rows As the source delivered them.
 * @param lastDay Last day that is not in the future, `lastPossibleDay`.
 * @param placeOf Where a row was read, by its index. Default unknown.
 */
export function validatePrices(
  rows: readonly PriceRow[],
  lastDay: string,
  placeOf: (index: number) => RowPlace = () => NOWHERE,
): Validated {
  const rejects: Reject[] = [];
  const good: PriceRow[] = [];
  for (const [index, row] of rows.entries()) {
    const found = priceProblem(row, lastDay);
    if (found === undefined) {
      good.push(row);
      continue;
    }
    rejects.push({
      ...placeOf(index),
      date: row.date,
      ...found,
      raw: JSON.stringify(row),
    });
  }
  return { good, rejects };
}
