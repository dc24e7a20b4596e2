import { addDays } from "../base/day.ts";
import { endingOf } from "../exchange/calendar.ts";
import {
  type CalendarChanges,
  DAY_LENGTH,
  type Missing,
  missingDays,
  needsOthers,
  sessionsOf,
  type StoredDays,
} from "../exchange/gaps.ts";
import type { Gap, GapFilter, TickerGaps } from "./reports.ts";

/** Sessions come late, and days are mended: what was asked for earlier says nothing of a gap. */
export const SETTLED_AFTER_DAYS = 30;

/** The answer that first had the gap, and the one to the question for it. */
export const ASKED_OFTEN_ENOUGH = 2;

/** Days that a run has asked for when they were so old that an answer without them is the last word. */
export interface SettlingWindow {
  readonly id: number;
  readonly ticker: string;
  readonly source: string;
  readonly first: string;
  readonly last: string;
}

/** The runs that tell of sessions asked for and never delivered: of each day the newest that it takes. */
export function settlingIds(windows: Iterable<SettlingWindow>): number[] {
  let kept: SettlingWindow[] = [];
  const ids: number[] = [];
  for (const row of windows) {
    const [other] = kept;
    if (other?.ticker !== row.ticker || other.source !== row.source) kept = [];
    const covered = kept.filter(({ first, last }) => first <= row.first && last >= row.last);
    if (covered.length >= ASKED_OFTEN_ENOUGH) continue;
    kept.push(row);
    ids.push(row.id);
  }
  return ids;
}

type Pair = Pick<SettlingWindow, "ticker" | "source">;

interface GapKnowledge {
  readonly askedFrom: (pair: Pair) => string | null;
  readonly windows: (pair: Pair) => readonly SettlingWindow[];
  /** Whether the source's last word is that it does not know the ticker. */
  readonly isUnknown: (pair: Pair) => boolean;
  readonly refused: (tickers: readonly string[]) => ReadonlyMap<string, string>;
}

/** Key of a refused row's code. */
function refusedKey(ticker: unknown, source: unknown, day: unknown): string {
  return JSON.stringify([ticker, source, day]);
}

/** Codes of refused rows by {@linkcode refusedKey}. */
export function refusedCodes(
  rows: readonly Readonly<Record<string, unknown>>[],
): Map<string, string> {
  return new Map(
    rows.map(({ ticker, source, date, code }) => [refusedKey(ticker, source, date), String(code)]),
  );
}

/** The days of tickers of which no other has to be known, and what of others has to be read for the rest. */
export function partedDays(own: readonly StoredDays[], calendar: CalendarChanges): {
  readonly lone: readonly StoredDays[];
  readonly sources: readonly string[];
  readonly isNeeded: (ticker: string) => boolean;
} {
  const lone = own.filter(({ ticker, source }) => !needsOthers(ticker, source, calendar));
  const shared = own.filter((each) => !lone.includes(each));
  const endings = new Set(shared.map(({ ticker }) => endingOf(ticker)));
  return {
    lone,
    sources: [...new Set(shared.map(({ source }) => source))],
    isNeeded: (ticker) => endings.has(endingOf(ticker)),
  };
}

/** The first open session of each ticker that has one. */
export function firstOpen(all: readonly TickerGaps[]): Map<string, string> {
  return new Map(all.flatMap(({ ticker, gaps }) => {
    const first = gaps.find(({ open }) => open);
    return first === undefined ? [] : [[ticker, first.from]];
  }));
}

/** Whether a source was asked for a day often enough, and has none. */
export function isSettled(windows: readonly SettlingWindow[], day: string): boolean {
  return windows.filter(({ first, last }) => first <= day && day <= last).length >=
    ASKED_OFTEN_ENOUGH;
}

function withKnowledge(
  lacking: Missing,
  known: GapKnowledge,
  refused: ReadonlyMap<string, string>,
): TickerGaps {
  const { ticker, source, calendar, missing } = lacking;
  const windows = known.windows(lacking);
  const isUnknown = known.isUnknown(lacking);
  const gaps: Gap[] = [];
  let next = 0;
  for (const { day, place } of missing) {
    const code = refused.get(refusedKey(ticker, source, day)) ?? null;
    const settled = isSettled(windows, day);
    const open = !isUnknown && !settled;
    const unfilled = settled ? "never_delivered" : isUnknown ? "ticker_unknown" : "missing";
    const status = code === null ? unfilled : "refused";
    const before = gaps.at(-1);
    const goesOn = before !== undefined && place === next && before.status === status &&
      before.code === code && before.open === open;
    if (goesOn) gaps[gaps.length - 1] = { ...before, to: day, sessions: before.sessions + 1 };
    else gaps.push({ from: day, to: day, sessions: 1, status, code, open });
    next = place + 1;
  }
  return {
    ticker,
    source,
    calendar,
    open_sessions: gaps.reduce((sum, { open, sessions }) => sum + (open ? sessions : 0), 0),
    gaps,
  };
}

/** The first day that has to be read, beside the last one before it; null for all. */
export function firstNeeded({ from, beforeListing }: GapFilter): string | null {
  return beforeListing === true ? null : from ?? null;
}

function beforeListing(
  { ticker, source, days }: StoredDays,
  { from, to, calendar = {} }: GapFilter,
  asked: string | null,
): Gap | undefined {
  const first = (from ?? "") > (asked ?? "") ? from : asked;
  // Of a whole history it is not known where it could have begun.
  if (asked === null || !first) return undefined;
  const last = addDays(days.slice(0, DAY_LENGTH), -1);
  const sessions = sessionsOf(ticker, source, calendar, first, to && to < last ? to : last);
  if (sessions === "") return undefined;
  return {
    from: sessions.slice(0, DAY_LENGTH),
    to: sessions.slice(-DAY_LENGTH),
    sessions: sessions.length / DAY_LENGTH,
    status: "before_listing",
    code: null,
    open: false,
  };
}

/** Sessions that tickers lack, as `Reports.gaps` says. */
export function describeGaps(
  stored: readonly StoredDays[],
  filter: GapFilter,
  known: GapKnowledge,
): TickerGaps[] {
  const { tickers = [], from, to, calendar = {} } = filter;
  const wanted = new Set(tickers);
  const keyOf = ({ ticker, source }: Pick<TickerGaps, "ticker" | "source">): string =>
    `${ticker} ${source}`;
  const unlisted = new Map<string, Gap>();
  for (const each of filter.beforeListing === true ? stored : []) {
    const before = beforeListing(each, filter, known.askedFrom(each));
    if (before !== undefined) unlisted.set(keyOf(each), before);
  }
  const lacking = missingDays(stored, calendar)
    .filter(({ ticker }) => tickers.length === 0 || wanted.has(ticker))
    .map((each) => ({
      ...each,
      missing: each.missing.filter(({ day }) => (from ?? "") <= day && day <= (to ?? day)),
    }))
    .filter((each) => each.missing.length > 0 || unlisted.has(keyOf(each)));
  const refused = known.refused(lacking.map(({ ticker }) => ticker));
  return lacking.map((each) => {
    const found = withKnowledge(each, known, refused);
    const before = unlisted.get(keyOf(each));
    return before === undefined ? found : { ...found, gaps: [before, ...found.gaps] };
  }).sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
}

/** Days that a run has asked for; `first` is `""` for the whole history. */
export interface AskedWindow {
  readonly first: string;
  readonly last: string;
}

/** Since when every day was asked for. @param windows Of each last day one, the newest first. */
export function askedSince(windows: Iterable<AskedWindow>): string | null {
  let since: string | null = null;
  for (const { first, last } of windows) {
    // Sorted by their ends: no later window reaches further.
    if (since !== null && addDays(last, 1) < since) break;
    if (since === null || first < since) since = first;
  }
  return since;
}
