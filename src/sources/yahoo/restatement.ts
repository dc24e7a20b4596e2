/** What an answer says of the stored history: the same, new terms, or something else. @module */
import { addDays } from "../../base/day.ts";
import { plural } from "../../base/text.ts";
import { PriceColumns } from "../../model/price_columns.ts";
import type { CorporateAction, PriceRow, StoredState } from "../../model/prices.ts";
import { changedDays, differs, type RestatedBy } from "../../model/restatement.ts";
import type { Batch } from "../source.ts";

/** A stored action that an answer denies. */
interface Contradiction {
  readonly stored: CorporateAction;
  readonly given: CorporateAction | undefined;
}

/** What an answer says of the stored history. */
export interface Verdict {
  readonly cause?: RestatedBy | undefined;
  readonly contradictions: readonly Contradiction[];
  /** Stored actions that are gone, and in no stored price. */
  readonly withdrawn: readonly CorporateAction[];
  /** An action after the last stored day that puts the stored days into new terms. */
  readonly later?: CorporateAction | undefined;
}

/** Of a dividend, that moves an adjusted close by less than its own rounding. */
const AMOUNT_ROUNDING = 1e-3;

/** Half of the last decimal of a number as it is written. */
function halfDecimal(value: number): number {
  const [digits = "", exponent = "0"] = String(value).split("e");
  return 0.5 * 10 ** (Number(exponent) - (digits.split(".")[1]?.length ?? 0));
}

/** Money per unit, or units after a split for one before it. */
function sizeOf({ amount, numerator, denominator }: CorporateAction): number {
  return amount ?? (numerator ?? 1) / (denominator ?? 1);
}

/** Whether an action is a stored one, of which a split has divided the amount by a factor. */
function isSame(stored: CorporateAction, given: CorporateAction, factor = 1): boolean {
  const [before, now] = [sizeOf(stored), sizeOf(given)];
  // The finer of both: trailing zeros are not written.
  const half = stored.kind === "split"
    ? 0
    : Math.min(halfDecimal(before), halfDecimal(now)) * (factor === 1 ? 1 : 1 + 1 / factor);
  const rounding = Math.max(AMOUNT_ROUNDING * Math.max(before / factor, now), half);
  return Math.abs(before / factor - now) <= rounding;
}

function keyOf({ date, kind }: CorporateAction): string {
  return `${date} ${kind}`;
}

/** Whether splits after a dividend explain its other amount: the service divides it by them. */
function isRescaled(
  stored: CorporateAction,
  given: CorporateAction,
  splits: readonly CorporateAction[],
): boolean {
  if (stored.kind === "split") return false;
  let ratio = 1;
  return splits.filter(({ date }) => date > stored.date).toReversed().some((split) => {
    ratio *= sizeOf(split);
    return [ratio, 1 / ratio].some((each) => isSame(stored, given, each));
  });
}

/** Days within which an event that is gone and a new one of its size are one that was moved. */
const MOVED_WITHIN_DAYS = 10;

/** Holds an answer against what is stored; `rows` are the stored ones of its days. */
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
  const movedTo = new Set<CorporateAction>();
  for (const each of stored.actions) {
    if (each.date < first || each.date > last) continue;
    const now = given.get(keyOf(each));
    if (now !== undefined && isSame(each, now)) continue;
    // On its own day an amount may be put right, as the day's bar may be.
    if (now !== undefined && each.kind !== "split" && each.date === lastDate) continue;
    // It is in no stored price.
    if (each.date > lastDate || each.date <= firstDate) {
      if (now === undefined) withdrawn.push(each);
    } else if (now === undefined) {
      const from = addDays(each.date, -MOVED_WITHIN_DAYS);
      const to = addDays(each.date, MOVED_WITHIN_DAYS);
      const moved = actions.find((other) =>
        other.kind === each.kind && isSame(each, other) && other.date >= from &&
        other.date <= to && !known.has(keyOf(other)) && !movedTo.has(other)
      );
      if (moved !== undefined) movedTo.add(moved);
      contradictions.push({ stored: each, given: moved });
    } else if (!isRescaled(each, now, splits)) contradictions.push({ stored: each, given: now });
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
      !isSame(before, each) && !isRescaled(before, each, splits);
  });
  const action = inForce.find(({ kind }) => kind === "split") ?? inForce[0];
  const cause = action?.kind ??
    (changedDays(rows, PriceColumns.of(prices), { except: lastDate }) === undefined
      ? undefined
      : "prices");
  const later = inForce.find((each) => each.date > lastDate && !movedTo.has(each));
  return { cause, contradictions, withdrawn, later };
}

function described({ kind, date, amount, numerator, denominator }: CorporateAction): string {
  const size = kind === "split" ? `${numerator}:${denominator}` : String(amount);
  return `${kind.replaceAll("_", " ")} ${size} of ${date}`;
}

const MOST_TOLD = 5;

/** Contradictions in one sentence. */
export function contradictionText(
  ticker: string,
  all: readonly Contradiction[],
): string | undefined {
  if (all.length === 0) return undefined;
  const told = all.slice(0, MOST_TOLD).map(({ stored, given }) =>
    `the ${described(stored)} is stored, and the answer has ` +
    (given === undefined ? "none" : `the ${described(given)}`)
  );
  const more = all.length - told.length;
  if (more > 0) told.push(`${plural(more, "more stored event")} denied`);
  return `${ticker}: ${told.join("; ")}`;
}

/** A smaller ratio could be a day's own move. */
const TELLING_RATIO = 1.5;

/** Days after which a split without mended prices is taken as it is: the service has mended within 19. */
const MENDED_WITHIN_DAYS = 60;

function lateSplits(
  { prices, actions = [] }: Pick<Batch, "prices" | "actions">,
): { readonly split: CorporateAction; readonly told: number }[] {
  const last = prices.at(-1)?.date;
  if (last === undefined) return [];
  const since = addDays(last, -MENDED_WITHIN_DAYS);
  return actions.filter(({ kind, date }) => kind === "split" && date >= since && date <= last)
    .map((split) => ({ split, told: Math.log(sizeOf(split)) }))
    .filter(({ told }) => Math.abs(told) >= Math.log(TELLING_RATIO));
}

function shiftsBefore(
  day: string,
  prices: readonly PriceRow[],
  rows: readonly PriceRow[],
): number[] {
  const closes = new Map(prices.map(({ date, close }) => [date, close]));
  return rows.filter(({ date }) => date < day)
    .map(({ date, close }) => Math.log(close / (closes.get(date) ?? NaN)))
    .filter((shift) => !Number.isNaN(shift));
}

/** A late split that the prices before it do not reflect, and are as stored. */
export function unmendedSplit(
  batch: Pick<Batch, "prices" | "actions">,
  { actions, lastDate, doubted = false }: StoredState,
  rows: readonly PriceRow[],
): CorporateAction | undefined {
  const { prices } = batch;
  return lateSplits(batch).find(({ split, told }) => {
    const isStored = actions.some((each) =>
      keyOf(each) === keyOf(split) && each.date <= (lastDate ?? "")
    );
    if (isStored && !doubted) return false;
    const shift = isStored ? undefined : shiftsBefore(split.date, prices, rows).at(-1);
    if (shift !== undefined && Math.abs(shift - told) <= Math.abs(told) / 2) return false;
    const at = prices.findIndex(({ date }) => date >= split.date);
    const seen = Math.log((prices[at - 1]?.close ?? NaN) / (prices[at]?.close ?? NaN));
    // The day may have moved as well; where stored days are as before, only mended prices tell.
    return Math.abs(seen - told) < Math.abs(told) / (shift === undefined ? 3 : 2);
  })?.split;
}

/** A split without mended prices in one sentence. */
export function unmendedText(ticker: string, split: CorporateAction): string {
  return `${ticker}: the service tells of the ${
    described(split)
  }, and its prices before that day are ` +
    "not in new terms yet; runs ask for everything again until they are";
}

/** Why an answer with some days before a late split mended, and others not, is not taken. */
export function partlyMended(
  ticker: string,
  batch: Pick<Batch, "prices" | "actions">,
  rows: readonly PriceRow[],
): string | undefined {
  const found = lateSplits(batch).find(({ split, told }) => {
    const shifts = shiftsBefore(split.date, batch.prices, rows);
    return Math.abs((shifts[0] ?? 0) - (shifts.at(-1) ?? 0)) > Math.abs(told) / 2;
  });
  return found &&
    `${ticker}: the answer has some days before the ${described(found.split)} in new terms, and ` +
      "others in old ones";
}

/** Stored days of an answer's span that are held against it before its new days are taken. */
const RECENT_DAYS = 3;

/** Whether an answer has, of stored rows, the same open, high, low and close, where it has any of them. */
export function hasSamePrices(prices: readonly PriceRow[], rows: readonly PriceRow[]): boolean {
  const dates = new Set(prices.map(({ date }) => date));
  const there = rows.filter(({ date }) => dates.has(date));
  return there.length > 0 &&
    changedDays(there.map((row) => ({ ...row, adjClose: null })), PriceColumns.of(prices)) ===
      undefined;
}

/**
 * The days of a refused answer that continue the stored ones in their own terms: an adjusted close that
 * differs from the close is in those of a later event.
 */
export function continuation(
  batch: Batch,
  lastDate: string,
  rows: readonly PriceRow[],
  later: CorporateAction | undefined,
): Batch {
  const { prices, rejects, placeOf } = batch;
  const recent = rows.filter(({ date }) => date < lastDate).slice(-RECENT_DAYS);
  const isSame = later === undefined && hasSamePrices(prices, recent);
  const old = prices.findLastIndex(({ date, close, adjClose }) =>
    date < lastDate || differs(adjClose, close)
  );
  const start = isSame ? old + 1 : prices.length;
  const from = prices[start]?.date;
  return {
    ...batch,
    prices: prices.slice(start),
    rejects: from === undefined ? [] : rejects.filter(({ date }) => date !== null && date >= from),
    actions: [],
    placeOf: (index) => placeOf?.(index + start) ?? { origin: null, line: null },
  };
}
