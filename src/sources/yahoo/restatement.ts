/**
 * What an answer says of the history that is stored: the same, new terms, or something else.
 *
 * @module
 */
import { addDays } from "../../base/day.ts";
import { plural } from "../../base/text.ts";
import type { CorporateAction, PriceRow, StoredState } from "../../model/prices.ts";
import { changedDays, type RestatedBy } from "../../model/restatement.ts";
import { LOOK_BACK_DAYS } from "../plan.ts";
import type { Batch } from "../source.ts";

/** A stored action that an answer denies. */
export interface Contradiction {
  readonly stored: CorporateAction;
  /** What the answer has in its place; undefined for nothing. */
  readonly given: CorporateAction | undefined;
}

/** What an answer says of the stored history. */
export interface Verdict {
  /** Why all of it is in new terms; undefined where it is as stored. */
  readonly cause?: RestatedBy | undefined;
  readonly contradictions: readonly Contradiction[];
  /** Stored actions that were announced and did not come. */
  readonly withdrawn: readonly CorporateAction[];
}

/** Services round amounts: 0.1 % of a dividend moves an adjusted close by less than its own rounding. */
const AMOUNT_ROUNDING = 1e-3;

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= AMOUNT_ROUNDING * Math.max(Math.abs(a), Math.abs(b));
}

/** Money per unit, or units after a split for one before it. */
function sizeOf({ amount, numerator, denominator }: CorporateAction): number {
  return amount ?? (numerator ?? 1) / (denominator ?? 1);
}

function keyOf({ date, kind }: CorporateAction): string {
  return `${date} ${kind}`;
}

/**
 * Whether splits after a dividend explain its other amount: the service divides it by them, sooner or
 * later.
 *
 * @param splits By date.
 */
function isRescaled(
  stored: CorporateAction,
  given: CorporateAction,
  splits: readonly CorporateAction[],
): boolean {
  if (stored.kind === "split") return false;
  let ratio = 1;
  return splits.filter(({ date }) => date > stored.date).toReversed().some((split) => {
    ratio *= sizeOf(split);
    return [ratio, 1 / ratio].some((each) => isClose(sizeOf(stored) / sizeOf(given), each));
  });
}

/**
 * Holds an answer against what is stored.
 *
 * @param rows The stored rows of the answer's days.
 */
export function judgeHistory(
  { prices, actions = [] }: Pick<Batch, "prices" | "actions">,
  stored: StoredState,
  rows: readonly PriceRow[],
  lastPossible: string,
): Verdict {
  const { firstDate, lastDate } = stored;
  const first = prices[0]?.date;
  const last = prices.findLast(({ date }) => date <= lastPossible)?.date;
  const nothing: Verdict = { contradictions: [], withdrawn: [] };
  if (firstDate === null || lastDate === null || first === undefined || last === undefined) {
    return nothing;
  }
  const given = new Map(actions.map((each) => [keyOf(each), each]));
  const known = new Map(stored.actions.map((each) => [keyOf(each), each]));
  // Also those that one of both lacks: they are what the dividends differ by.
  const splits = [...new Map([...known, ...given]).values()].filter(({ kind }) => kind === "split")
    .sort((a, b) => a.date < b.date ? -1 : 1);
  const contradictions: Contradiction[] = [];
  const withdrawn: CorporateAction[] = [];
  for (const each of stored.actions) {
    if (each.date < first || each.date > last || each.date <= firstDate) continue;
    const now = given.get(keyOf(each));
    if (now !== undefined && isClose(sizeOf(each), sizeOf(now))) continue;
    // On its own day an amount may be put right, as the day's bar may be.
    if (now !== undefined && each.kind !== "split" && each.date === lastDate) continue;
    // No stored price is in its terms yet.
    if (each.date > lastDate) {
      if (now === undefined) withdrawn.push(each);
    } else if (now === undefined || !isRescaled(each, now, splits)) {
      contradictions.push({ stored: each, given: now });
    }
  }
  // A split tells more than the dividends.
  contradictions.sort((a, b) =>
    Number(b.stored.kind === "split") - Number(a.stored.kind === "split")
  );
  // What has come into force within the stored days or after them, and is not stored.
  const inForce = actions.filter((each) => {
    if (each.date > last || each.date <= firstDate) return false;
    const before = known.get(keyOf(each));
    return before === undefined || each.date > lastDate ||
      !isClose(sizeOf(before), sizeOf(each)) && !isRescaled(before, each, splits);
  });
  const action = inForce.find(({ kind }) => kind === "split") ?? inForce[0];
  const cause = action?.kind ??
    (changedDays(rows, prices, { except: lastDate }) === undefined ? undefined : "prices");
  return { cause, contradictions, withdrawn };
}

function described({ kind, date, amount, numerator, denominator }: CorporateAction): string {
  const size = kind === "split" ? `${numerator}:${denominator}` : String(amount);
  return `${kind.replaceAll("_", " ")} ${size} of ${date}`;
}

/** Contradictions in one sentence, with the first of them. */
export function contradictionText(
  ticker: string,
  [first, ...more]: readonly Contradiction[],
): string {
  const { stored, given } = first!;
  const said = given === undefined ? "none" : `the ${described(given)}`;
  const others = more.length === 0 ? "" : `; also denied: ${plural(more.length, "stored event")}`;
  return `${ticker}: the ${described(stored)} is stored, and the answer has ${said}${others}`;
}

/** A smaller ratio could be a day's own move. */
const TELLING_RATIO = 1.5;

/** Days after which a split without mended prices is taken as it is: the service has mended within 19. */
const MENDED_WITHIN_DAYS = 60;

/**
 * A late split of a whole answer that the prices before it know nothing of: they fall by its ratio on
 * its day.
 */
export function unmendedSplit(
  { prices, actions = [] }: Pick<Batch, "prices" | "actions">,
): CorporateAction | undefined {
  const last = prices.at(-1)?.date;
  if (last === undefined) return undefined;
  const since = addDays(last, -MENDED_WITHIN_DAYS);
  return actions.find((each) => {
    if (each.kind !== "split" || each.date < since) return false;
    const at = prices.findIndex(({ date }) => date >= each.date);
    const fall = (prices[at - 1]?.close ?? NaN) / (prices[at]?.close ?? NaN);
    const [told, seen] = [Math.log(sizeOf(each)), Math.log(fall)];
    return Math.abs(told) >= Math.log(TELLING_RATIO) && Math.abs(seen - told) < Math.abs(seen);
  });
}

/** A split without mended prices in one sentence. */
export function unmendedText(ticker: string, split: CorporateAction): string {
  return `${ticker}: the service tells of the ${
    described(split)
  }, and its prices before that day are ` +
    "not in new terms yet; runs ask for everything again until they are";
}

/**
 * What of an answer that contradicts continues the stored days in their own terms: its days from the
 * newest stored one on, if the days before that are as stored and nothing new has come into force.
 *
 * @param rows The stored rows of the answer's days.
 */
export function continuation(
  batch: Batch,
  lastDate: string,
  rows: readonly PriceRow[],
): Batch {
  const { prices, rejects, placeOf } = batch;
  const from = addDays(lastDate, -LOOK_BACK_DAYS);
  const recent = rows.filter(({ date }) => date >= from && date < lastDate);
  const dates = new Set(prices.map(({ date }) => date));
  const isSame = recent.some(({ date }) => dates.has(date)) &&
    changedDays(recent, prices) === undefined;
  const start = isSame ? prices.findIndex(({ date }) => date >= lastDate) : -1;
  if (start < 0) return { ...batch, prices: [], rejects: [], actions: [] };
  return {
    ...batch,
    prices: prices.slice(start),
    rejects: rejects.filter(({ date }) => date !== null && date >= lastDate),
    actions: [],
    placeOf: (index) => placeOf?.(index + start) ?? { origin: null, line: null },
  };
}
