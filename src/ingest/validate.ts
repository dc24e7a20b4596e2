/**
 * The checks that every source's rows pass before they may be stored.
 *
 * @module
 */
import type { PriceRow, Reject, RowPlace } from "../sources/source.ts";

/** Good rows, and bad ones with their reasons. */
export interface Validated {
  readonly good: readonly PriceRow[];
  readonly rejects: readonly Reject[];
}

const NOWHERE: RowPlace = { origin: null, line: null };

const DAY_MS = 86_400_000;

/**
 * The last day that can have begun anywhere on Earth: time zones reach UTC+14.
 *
 * @param nowMs Milliseconds since 1970.
 */
export function lastPossibleDay(nowMs: number): string {
  return new Date(nowMs + DAY_MS * 14 / 24).toISOString().slice(0, 10);
}

function numberProblem(name: string, value: number | null): [string, string] | undefined {
  if (value === null) return undefined;
  if (!Number.isFinite(value)) return ["not_finite", `${name} is ${value}`];
  if (value < 0) return ["negative_price", `${name} is negative: ${value}`];
  return undefined;
}

/** Why a row cannot be stored, as code and sentence; undefined for a good row. */
function problem(row: PriceRow, lastDay: string): [string, string] | undefined {
  if (row.date > lastDay) return ["date_in_future", `date ${row.date} is in the future`];
  const bad = numberProblem("open", row.open) ?? numberProblem("high", row.high) ??
    numberProblem("low", row.low) ?? numberProblem("close", row.close) ??
    numberProblem("adj_close", row.adjClose);
  if (bad !== undefined) return bad;
  if (row.close === 0) return ["zero_close", "close is 0"];
  if (row.high !== null && row.low !== null && row.high < row.low) {
    return ["high_below_low", `high ${row.high} is below low ${row.low}`];
  }
  const { volume } = row;
  if (volume !== null && (!Number.isSafeInteger(volume) || volume < 0)) {
    return ["bad_volume", `volume ${volume} is not a whole number from 0 to 2^53 - 1`];
  }
  return undefined;
}

/**
 * Parts good rows from bad ones.
 *
 * @param rows As the source delivered them.
 * @param lastDay Last day that is not in the future, {@linkcode lastPossibleDay}.
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
    const found = problem(row, lastDay);
    if (found === undefined) {
      good.push(row);
      continue;
    }
    rejects.push({
      ...placeOf(index),
      date: row.date,
      code: found[0],
      reason: found[1],
      raw: JSON.stringify(row),
    });
  }
  return { good, rejects };
}
