/** What the page shows, as data: read once, put into words and pictures elsewhere. @module */
import { addDays, isDay } from "../base/day.ts";
import { grouped, listed, plural } from "../base/text.ts";
import { calendarOf, dayIn, isTradingDay } from "../exchange/calendar.ts";
import type { CalendarChanges } from "../exchange/gaps.ts";
import type { FailureGroup, JobTotals } from "../store/activity.ts";
import { TELLING } from "../store/adjusting.ts";
import { pairKey } from "../store/pair_statistics.ts";
import type { Reports } from "../store/reports.ts";
import { type ChartData, chartsOf } from "./charts.ts";
import {
  type FreshStatistics,
  type Limits,
  type State,
  stateOf,
  withFreshness,
} from "./freshness.ts";
import { remedyOf } from "./remedies.ts";
import { dayText } from "./words.ts";
import { type CalendarDay, dayStates, lastSessions, yearOfSessions } from "./sessions.ts";
import { timelineOf, type TimelineRow } from "./timeline.ts";

/** What is asked for. */
export interface PageOptions extends Limits {
  readonly title: string | null;
  readonly charts: readonly string[];
  readonly sources: readonly string[];
  readonly tickers?: readonly string[];
  /** Only jobs that began then or later count. ISO 8601 in UTC. */
  readonly since: string;
  readonly calendar: CalendarChanges;
  readonly fullEveryMs: number | null;
  readonly timeZone: string;
  readonly now: Date;
}

/** A ticker and source. */
export interface TickerRow extends Omit<FreshStatistics, "open_gaps" | "full_due_at"> {
  readonly state: State;
  /** Sessions of twelve months between stored days that are missing and may still come. */
  readonly missing: number;
  readonly refused: number;
  /** Prices before that day cannot be adjusted: no event explains a step. Null where all can be. */
  readonly unadjusted_before: string | null;
  /** A letter for each of `PageData.sessions`: `s` stored, `m` missing, `r` refused, `-` none. */
  readonly sessions: string;
  readonly closes: readonly number[];
}

/** A kind of failure, with what to do about it. */
export interface FailureRow extends FailureGroup {
  readonly remedy: string;
}

interface PageCounts {
  readonly fresh: number;
  readonly behind: number;
  readonly failing: number;
  /** Missing in twelve months and may still come, without those since a ticker has stopped. */
  readonly sessions_missing: number;
  readonly rows: number;
}

/** All that the page shows. Times are ISO 8601 in UTC. */
export interface PageData {
  readonly title: string;
  readonly db: string;
  readonly taken_at: string;
  readonly time_zone: string;
  /** Failures, sources and days count jobs since then; tickers those of 30 days at least. */
  readonly since: string;
  readonly verdict: string;
  readonly counts: PageCounts;
  readonly sessions: readonly string[];
  readonly tickers: readonly TickerRow[];
  readonly runs: readonly TimelineRow[];
  readonly failures: readonly FailureRow[];
  readonly calendar: readonly CalendarDay[];
  readonly sources: readonly JobTotals[];
  /** By day of UTC, the newest first. */
  readonly days: readonly JobTotals[];
  readonly charts: readonly ChartData[];
}

/** Days that are looked at for the last sessions and closes, and how many of each are shown. */
const [RECENT_DAYS, SESSIONS, CLOSES] = [92, 30, 60];
const DAY_MS = 86_400_000;
const [STATE_DAYS, LONGEST_RUN_DAYS] = [30, 7];

function firstOfYear(day: string): string {
  const [year = 0, month = 0] = day.split("-").map(Number);
  return new Date(Date.UTC(year, month - 12, 1)).toISOString().slice(0, 10);
}

const SEVERITY: readonly State[] = ["failing", "behind", "fresh"];

function bySeverity(a: TickerRow, b: TickerRow): number {
  return SEVERITY.indexOf(a.state) - SEVERITY.indexOf(b.state) ||
    ((a.ticker ?? "") < (b.ticker ?? "") ? -1 : Number(a.ticker !== b.ticker));
}

/** Days after the last stored one, from a first one on, that the exchange has traded on. */
function behindDays(
  { ticker, last_day: last }: FreshStatistics,
  from: string,
  now: Date,
): string[] {
  if (ticker === null || last === null) return [];
  const calendar = calendarOf(ticker);
  const today = dayIn(calendar.zone, now);
  const days: string[] = [];
  for (let day = last < from ? from : addDays(last, 1); day < today; day = addDays(day, 1)) {
    if (isTradingDay(calendar, day)) days.push(day);
  }
  return days;
}

function sinceText(times: readonly (string | null)[], now: Date): string {
  const [first] = times.filter((each) => each !== null).sort();
  const today = now.toISOString();
  return first === undefined ? "" : ` since ${dayText(first.slice(0, 10), today)}`;
}

function verdictOf(
  rows: readonly TickerRow[],
  counts: PageCounts,
  { sources, now }: PageOptions,
): [heading: string, verdict: string] {
  const { fresh, behind, failing, sessions_missing: missing } = counts;
  const look = behind + failing;
  if (rows.length === 0) {
    const of = sources.length === 0 ? "" : ` of ${listed(sources, sources.length)}`;
    return [
      of === "" ? "Nothing ingested yet" : `Nothing${of}`,
      `There is no job${of} in the log, and no price.`,
    ];
  }
  const heading = look === 0
    ? `All ${grouped(rows.length)} fresh`
    : `${grouped(look)} of ${grouped(rows.length)} need${look === 1 ? "s" : ""} a look`;
  const of = (state: State): TickerRow[] => rows.filter((row) => row.state === state);
  const parts = [
    `${grouped(fresh)} fresh`,
    `${grouped(behind)} behind${sinceText(of("behind").map((row) => row.last_day), now)}`,
    `${grouped(failing)} failing${sinceText(of("failing").map((row) => row.failing_since), now)}`,
    missing === 0
      ? "no gaps in twelve months"
      : `${plural(missing, "session")} missing in twelve months`,
  ];
  return [heading, `${listed(parts, parts.length)}.`];
}

function byPair<T extends { readonly ticker: string; readonly source: string }>(
  all: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(all.map((each) => [pairKey(each.ticker, each.source), each]));
}

/** Reads what the page shows. */
export async function pageData(reports: Reports, options: PageOptions): Promise<PageData> {
  const { charts, tickers: named = [], sources, since, calendar, now, timeZone } = options;
  const today = now.toISOString().slice(0, 10);
  const yearAgo = firstOfYear(today);
  const from = addDays(today, -RECENT_DAYS);
  const pairsOf = { tickers: named, sources };
  const jobs = { ...pairsOf, since };
  const ago = (ms: number): string => new Date(now.getTime() - ms).toISOString();
  const dayAgo = ago(DAY_MS);
  // How a ticker stands is not told by the last hours alone.
  const [stateSince = since] = [since, ago(STATE_DAYS * DAY_MS), ago(options.maxAgeMs ?? 0)].sort();
  // One after the other: a file is read by one connection, and a server has other users.
  const statistics = await reports.statistics({ ...pairsOf, since: stateSince });
  const gaps = await reports.gaps({ ...pairsOf, from: yearAgo, calendar });
  const recent = byPair(await reports.recent({ ...pairsOf, from }));
  const activity = await reports.activity({ ...pairsOf, since: ago(LONGEST_RUN_DAYS * DAY_MS) });
  const failures = await reports.failures(jobs);
  const tells = sources.length === 0 || sources.includes(TELLING);
  // By day: the newest of a ticker's steps stays.
  const steps = tells ? await reports.unexplained(named) : [];
  const unadjusted = new Map(steps.map(({ ticker, ex_date }) => [ticker, ex_date]));

  const gapsBy = byPair(gaps);
  const pairs = withFreshness(statistics, gaps, now, options.fullEveryMs)
    .filter((row) =>
      row.ticker === null
        ? row.failures_in_a_row > 0
        : row.last_day !== null || row.runs + row.running > 0
    )
    .map((row) => {
      const key = pairKey(row.ticker, row.source);
      const stored = recent.get(key);
      const behind = behindDays(row, from, now);
      const states = row.last_day === null ? new Map() : dayStates(gapsBy.get(key), behind, {
        days: stored?.days ?? [],
        refused: stored?.refused.filter((day) => isDay(day) && day <= today) ?? [],
      });
      return { row, states, closes: stored?.closes.slice(-CLOSES) ?? [] };
    });
  const sessions = lastSessions(pairs.map(({ states }) => states), from, SESSIONS);
  const tickers = pairs.map(({ row, states, closes }): TickerRow => {
    const { open_gaps: _, full_due_at: __, ...known } = row;
    const all = [...states];
    return {
      ...known,
      state: stateOf(row, options, now),
      missing: all.filter(([day, state]) => state === "m" && day < (row.last_day ?? "")).length,
      refused: all.filter(([, state]) => state === "r").length,
      unadjusted_before: row.source === TELLING ? unadjusted.get(row.ticker ?? "") ?? null : null,
      sessions: states.size === 0 ? "" : sessions.map((day) => states.get(day) ?? "-").join(""),
      closes,
    };
  }).sort(bySeverity);
  const year = yearOfSessions(pairs, yearAgo, today);
  const count = (state: State): number => tickers.filter((row) => row.state === state).length;
  const counts: PageCounts = {
    fresh: count("fresh"),
    behind: count("behind"),
    failing: count("failing"),
    sessions_missing: year.reduce((sum, day) => sum + day.missing, 0),
    rows: activity.reduce((sum, { from, rows }) => from < dayAgo ? sum : sum + rows, 0),
  };
  const [heading, verdict] = verdictOf(tickers, counts, options);
  return {
    title: options.title ?? heading,
    db: reports.name,
    taken_at: now.toISOString(),
    time_zone: timeZone,
    since,
    verdict,
    counts,
    sessions,
    tickers,
    runs: timelineOf(activity, dayAgo, now.toISOString()),
    failures: failures.map((each) => ({ ...each, remedy: remedyOf(each.code, each.job_id) })),
    calendar: year,
    sources: await reports.totals(jobs, "source"),
    days: await reports.totals(jobs, "day"),
    charts: await chartsOf(reports, charts, statistics, yearAgo),
  };
}
