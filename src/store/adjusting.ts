import { addDays } from "../base/day.ts";
import {
  type AdjustmentFactor,
  adjustmentFactors,
  NEWEST,
  type SizedEvent,
  type TickerDays,
  UNEXPLAINED,
} from "../model/adjustment.ts";

/** Sources of prices as traded, as SQL. */
export const RAW = "('cotahist', 'b3-daily')";

/** Sources of prices that can be adjusted, as SQL. */
export const ADJUSTABLE = "('cotahist', 'b3-daily', 'yahoo')";

/**
 * Whether a row of the log is of an answer that is still stored, as SQL: a step back of the schema drops
 * the exchange's events, and keeps the log.
 */
export const KEPT_ANSWER = `(source <> 'b3-actions' OR started_at >=
  (SELECT max(applied_at) FROM schema_migrations WHERE name IN ('corporate_events', 'adjustments')))`;

/** The source whose days say which paper was traded, and how often its rights have changed. */
export const TELLING = "cotahist";

/** Units in which a split-adjusted number is, for one as it was traded on a day. */
export function laterRatio(events: readonly SizedEvent[], day: string): number {
  return events.reduce(
    (product, { last, ratio }) => last >= day ? product * (ratio ?? 1) : product,
    1,
  );
}

/** Yahoo's dividends are in terms of today's units, its dates are ex-dates. */
function yahooEvents(actions: readonly Readonly<Record<string, unknown>>[]): SizedEvent[] {
  const events = actions.map(({ date, kind, amount, numerator, denominator }): SizedEvent => ({
    last: addDays(String(date), -1),
    ex: String(date),
    label: String(kind),
    ratio: kind === "split" ? Number(numerator) / Number(denominator) : null,
    amount: kind === "split" ? null : Number(amount),
    isin: null,
  }));
  return events.map((event) =>
    event.amount === null
      ? event
      : { ...event, amount: event.amount * laterRatio(events, event.ex) }
  );
}

/** Events that count for a ticker, and whose word they are. */
export interface ToldEvents {
  readonly origin: string;
  readonly events: readonly SizedEvent[];
}

/** The exchange's events, or without any Yahoo's. */
export function eventsThatCount(
  told: readonly SizedEvent[],
  actions: readonly Readonly<Record<string, unknown>>[],
): ToldEvents {
  return told.length > 0
    ? { origin: "b3-actions", events: told }
    : { origin: "yahoo", events: yahooEvents(actions) };
}

const COLUMNS = {
  ex_date: "exDate",
  since: "since",
  split_factor: "splitFactor",
  cash_factor: "cashFactor",
  kind: "kind",
  split_through: "splitThrough",
  cash_through: "cashThrough",
  unexplained: "unexplained",
  reason: "reason",
  origin: "origin",
} as const satisfies Record<string, keyof StoredFactor>;

/** A factor, and which source it is from. */
export type StoredFactor = AdjustmentFactor & { readonly origin: string };

/** The one factor of a ticker that no event and no change of its paper concerns. */
export const NO_EVENTS: StoredFactor = {
  exDate: NEWEST,
  since: "",
  splitFactor: 1,
  cashFactor: 1,
  kind: "",
  splitThrough: 1,
  cashThrough: 1,
  unexplained: null,
  reason: null,
  origin: "",
};

/** The names of its columns. */
export const FACTOR_NAMES: readonly string[] = Object.keys(COLUMNS);

/** Its columns, to be selected by its own names. */
export const FACTOR_COLUMNS: string = Object.entries(COLUMNS)
  .map(([name, key]) => `${name} AS "${key}"`).join(", ");

/** Its values in the order of {@linkcode FACTOR_NAMES}. */
export function factorValues(factor: StoredFactor): (string | number | null)[] {
  return Object.values(COLUMNS).map((key) => factor[key]);
}

/** The factors of a ticker, the newest first. @param days Undefined where it has no prices. */
export function factorsOf(
  { origin, events }: ToldEvents,
  days: TickerDays | undefined,
): StoredFactor[] {
  return days === undefined ? [] : adjustmentFactors(events, days).map((factor) => ({
    ...factor,
    // A step without an event is told by the exchange's own count; the newest days have none.
    origin: factor.kind === UNEXPLAINED ? TELLING : factor.kind === "" ? "" : origin,
  }));
}

/** Whether factors are the stored ones. */
export function isSame(one: readonly StoredFactor[], other: readonly StoredFactor[]): boolean {
  return one.length === other.length && one.every((factor, index) => {
    const same = other[index];
    return same !== undefined &&
      Object.values(COLUMNS).every((key) => factor[key] === same[key]);
  });
}
