/** What the events of a paper do to its prices: a factor for each ex-date. @module */

import { addDays } from "../base/day.ts";

/** An event with its size, of whichever source. */
export interface SizedEvent {
  /** The last day with the right. */
  readonly last: string;
  /** The first day without it, by the calendar. */
  readonly ex: string;
  readonly label: string;
  /** Units after it for one before; null for none. */
  readonly ratio: number | null;
  /** Money per unit as it was traded then; null for none. Without either it has no size. */
  readonly amount: number | null;
  /** Paper that it is for; null for the ticker's. */
  readonly isin: string | null;
}

/** Days in a row on which the exchange says the same of a paper. */
export interface PaperSpan {
  readonly first: string;
  readonly isin: string | null;
  readonly currency: string | null;
  /** Rises by one with each event. */
  readonly distribution: number | null;
}

/** The days of a ticker, as far as they are needed. */
export interface TickerDays {
  readonly newest: string;
  /** In order; empty where no exchange has told. */
  readonly spans: readonly PaperSpan[];
  /** Whether days of the exchange before the first of them are stored without what it said. */
  readonly beginsUntold: boolean;
  /** The last day of the span before the one that begins on a day. */
  lastBefore(first: string): string;
  /** Kind of paper on a day, with the marks of its events. */
  specificationOn(day: string): string | null;
  /** The close of the last day up to one, as traded then; null where there is none. */
  closeUpTo(day: string): number | null;
  /** The first day with a price after one; null where there is none. */
  dayAfter(day: string): string | null;
}

/** What one ex-date does to all days before it: a row of `adjustment_factors`. */
export interface AdjustmentFactor {
  /** {@linkcode NEWEST} of the days that no event changes any more: their factors are 1. */
  readonly exDate: string;
  /** The ex-date before this one; empty for the first. */
  readonly since: string;
  readonly splitFactor: number;
  readonly cashFactor: number;
  /** Product of this factor and those of later ex-dates; null where that is not known. */
  readonly splitThrough: number | null;
  readonly cashThrough: number | null;
  /** Labels of its events; {@linkcode UNEXPLAINED} for a step without any; empty for the newest days. */
  readonly kind: string;
  /** Why what is before it cannot be adjusted; null where it can. */
  readonly unexplained: string | null;
  readonly reason: string | null;
}

/** Stands for the ex-date that is still to come. */
export const NEWEST = "9999-12-31";

/** The kind of a step that no event explains. */
export const UNEXPLAINED = "unexplained";

/** The reason of a factor that nothing has worked out since the table was made begins so, too. */
const NOT_KNOWN = "not known yet";

/** Whether that is the reason: the days are of a version that did not keep what the exchange says. */
export function isNotKnown(reason: string | null): boolean {
  return reason?.startsWith(NOT_KNOWN) === true;
}

const UNTOLD = `${NOT_KNOWN}: ingest the files of cotahist with the days before it again`;

/** A mark in the specification of a day on which the number rises without an event. */
const NO_STEP_MARK = /\bATZ\b/;

type Counted = SizedEvent & { readonly from: string };

function countedEvents(events: readonly SizedEvent[], days: TickerDays): Counted[] {
  return events.flatMap((event): Counted[] => {
    if (event.ex > days.newest) return [];
    // A session that the calendar does not know is a day without the right before the ex-date.
    const isNextDay = addDays(event.last, 1) >= event.ex;
    const next = isNextDay ? event.ex : days.dayAfter(event.last) ?? event.ex;
    const span = days.spans.findLast(({ first }) => first <= event.last);
    const isOther = event.isin !== null && span !== undefined && span.isin !== null &&
      span.isin !== event.isin;
    return isOther ? [] : [{ ...event, from: next < event.ex ? next : event.ex }];
  });
}

function whyNot(
  before: PaperSpan,
  after: PaperSpan,
  events: readonly Counted[],
  days: TickerDays,
): string | undefined {
  const { currency, isin, distribution, first } = after;
  if (before.currency !== null && currency !== null && before.currency !== currency) {
    return `the currency changes from ${before.currency} to ${currency}`;
  }
  if (before.isin !== null && isin !== null && before.isin !== isin) {
    return `the ticker is another paper: its ISIN changes from ${before.isin} to ${isin}`;
  }
  if (before.distribution === null || distribution === null) return undefined;
  const rise = distribution - before.distribution;
  if (rise <= 0) return undefined;
  const last = days.lastBefore(first);
  const known =
    events.filter(({ from, ratio, amount }) =>
      from > last && from <= first && (ratio ?? amount) !== null
    ).length;
  if (rise <= known) return undefined;
  const marked = NO_STEP_MARK.test(days.specificationOn(first) ?? "") ? 1 : 0;
  if (rise <= known + marked) return undefined;
  const steps = `the distribution number rises from ${before.distribution} to ${distribution}`;
  return `${steps}, and ${known === 0 ? "no event" : `only ${known} of the events`} is known`;
}

/** The factors of a ticker, the newest first; the money of one day counts against the close before. */
export function adjustmentFactors(
  events: readonly SizedEvent[],
  days: TickerDays,
): AdjustmentFactor[] {
  const counted = countedEvents(events, days);
  const byDay = Map.groupBy(counted, ({ from }) => from);
  const problems = new Map<string, string>();
  for (const [index, after] of days.spans.entries()) {
    const before = days.spans[index - 1];
    const problem = before && whyNot(before, after, counted, days);
    if (problem !== undefined) problems.set(after.first, problem);
  }
  const firstTold = days.spans[0]?.first ?? NEWEST;
  if (days.beginsUntold) problems.set(firstTold, UNTOLD);
  const exDates = [...new Set([...byDay.keys(), ...problems.keys()])]
    .filter((day) => day !== NEWEST).sort();
  const factors = exDates.flatMap((exDate) => {
    const own = byDay.get(exDate) ?? [];
    const last = own.reduce((day, event) => event.last > day ? event.last : day, "");
    const close = own.length === 0 ? null : days.closeUpTo(last);
    // Nothing is stored before it.
    if (own.length > 0 && close === null) return [];
    return [{ exDate, ...dayFactor(own, close ?? 0, problems.get(exDate)) }];
  });
  const unexplained = problems.get(NEWEST) ?? null;
  const newest = { exDate: NEWEST, splitFactor: 1, cashFactor: 1, kind: "", unexplained };
  let split = 1;
  let cash = 1;
  let reason: string | null = null;
  return [...factors, newest].map((factor, index) => ({
    since: factors[index - 1]?.exDate ?? "",
    ...factor,
  })).reverse().map((factor): AdjustmentFactor => {
    split *= factor.splitFactor;
    cash *= factor.cashFactor;
    reason = factor.unexplained ?? reason;
    const isKnown = reason === null;
    return {
      ...factor,
      splitThrough: isKnown ? split : null,
      cashThrough: isKnown ? cash : null,
      reason,
    };
  });
}

function dayFactor(events: readonly SizedEvent[], close: number, problem: string | undefined) {
  const money = events.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
  const cashFactor = money === 0 ? 1 : Math.max(0, 1 - money / close);
  const splitFactor = events.reduce((factor, { ratio }) => factor / (ratio ?? 1), 1);
  const sizeless = events.filter(({ ratio, amount }) => (ratio ?? amount) === null);
  const unexplained = sizeless.length > 0
    ? `${sizeless.map(({ label }) => label).join(" and ")} has no size`
    : cashFactor === 0
    ? `${money} were paid for a unit that closed at ${close}`
    : problem ?? null;
  const labels = [...new Set(events.map(({ label }) => label))].sort();
  const kind = labels.length === 0 ? UNEXPLAINED : labels.join(" + ");
  return { splitFactor, cashFactor, kind, unexplained };
}
