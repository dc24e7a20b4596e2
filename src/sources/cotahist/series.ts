/** Which files the exchange keeps, and the fewest and smallest that have some days. @module */
import { UsageError } from "../../base/errors.ts";
import { addDays, isDay } from "../../base/day.ts";
import { sessionsBetween } from "../../exchange/sessions.ts";
import type { Selection } from "../source.ts";

/** A file of the exchange: of a year, a month or a day. */
export interface SeriesFile {
  readonly kind: "year" | "month" | "day";
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Where the files are, below the service's address. */
export const FOLDER = "/InstDados/SerHist/";

/** The first year of the exchange's files. */
export const FIRST_YEAR = 1986;

/** The file of a year, a month or a day: `2024`, `2024-05`, `2024-05-31`. */
export function seriesFile(span: string): SeriesFile {
  const [year = "", month, day] = span.split("-");
  if (month === undefined) {
    const name = `COTAHIST_A${year}.ZIP`;
    return { kind: "year", name, from: `${year}-01-01`, to: `${year}-12-31` };
  }
  if (day !== undefined) {
    return { kind: "day", name: `COTAHIST_D${day}${month}${year}.ZIP`, from: span, to: span };
  }
  const to = new Date(Date.UTC(Number(year), Number(month), 0)).toISOString().slice(0, 10);
  return { kind: "month", name: `COTAHIST_M${month}${year}.ZIP`, from: `${span}-01`, to };
}

/** A larger file is taken where so much of it is missing. */
const MOSTLY = 2 / 3;

const MONTHS_KEPT = 12;

function monthsBefore(month: string, today: string): number {
  const count = (day: string): number => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7));
  return count(today) - count(month);
}

/** Whether the exchange keeps the file of a month, and makes no new ones of it. */
export function keepsMonth(month: string, today: string): boolean {
  const before = monthsBefore(month, today);
  return before >= 1 && before <= MONTHS_KEPT;
}

function isMostOf(missing: readonly string[], from: string, to: string): boolean {
  return missing.length >= MOSTLY * sessionsBetween("b3", from, to).length;
}

/**
 * The files that have some sessions; days of this month by themselves: a larger file may lack them.
 */
export function filesFor(missing: readonly string[], newest: string, today: string): SeriesFile[] {
  const thisYear = today.slice(0, 4);
  const files = [...Map.groupBy(missing, (day) => day.slice(0, 4))].flatMap(([year, all]) => {
    const days = all.filter((day) => year !== thisYear || day !== newest);
    const alone = year === thisYear ? all.filter((day) => day === newest) : [];
    const to = year === thisYear ? addDays(newest, -1) : `${year}-12-31`;
    const byMonth = [...Map.groupBy(days, (day) => day.slice(0, 7))];
    const isInMonths = byMonth.every(([month]) => year === thisYear || keepsMonth(month, today));
    // A year that has just begun comes by days.
    const isLong = byMonth.length > 1;
    if (!isInMonths || (isLong && isMostOf(days, `${year}-01-01`, to))) {
      return [seriesFile(year), ...alone.map(seriesFile)];
    }
    return [
      ...byMonth.flatMap(([month, ofMonth]) => {
        const file = seriesFile(month);
        const isWhole = keepsMonth(month, today) &&
          (year !== thisYear || isMostOf(ofMonth, file.from, file.to));
        return isWhole ? [file] : ofMonth.map(seriesFile);
      }),
      ...alone.map(seriesFile),
    ];
  });
  return files.sort((a, b) => a.from < b.from || (a.from === b.from && a.to > b.to) ? -1 : 1);
}

/** What is wanted of the exchange's files; null for what is missing, since the first stored day. */
interface WantedFiles {
  readonly files: readonly SeriesFile[] | null;
  readonly since: string | null;
}

const TOO_EARLY = `is before ${FIRST_YEAR}, when the exchange's files begin`;

function bad(option: string, value: unknown, why: string, hint: string): UsageError {
  return new UsageError("bad_value", `--${option} ${JSON.stringify(value)} ${why}`, {
    hint,
    details: { option: `--${option}`, value },
  });
}

function listOf(selection: Selection, key: string): string[] {
  const value = selection[key];
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).flatMap((each) => String(each).split(","))
    .map((each) => each.trim());
}

function yearsOf(text: string, thisYear: number): string[] {
  const [, first, last = first] = /^(\d{4})(?:-(\d{4}))?$/.exec(text) ?? [];
  const hint = `Write years from ${FIRST_YEAR} to ${thisYear}: --year 2024, or --year 2015-2024.`;
  if (first === undefined || last === undefined) throw bad("year", text, "is no year", hint);
  const [from, to] = [Number(first), Number(last)];
  if (from < FIRST_YEAR || to > thisYear || from > to) {
    throw bad("year", text, `is not within ${FIRST_YEAR} to ${thisYear}`, hint);
  }
  return Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
}

function monthOf(text: string, today: string): string {
  const hint = "Write the month as YYYY-MM, for example --month 2026-05.";
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw bad("month", text, "is no month", hint);
  if (text > today.slice(0, 7)) throw bad("month", text, "is in the future", hint);
  if (text < String(FIRST_YEAR)) throw bad("month", text, TOO_EARLY, hint);
  return text;
}

function dayOf(option: string, text: string, today: string): string {
  const hint = `Write the day as YYYY-MM-DD, for example --${option} ${today}.`;
  if (!isDay(text)) throw bad(option, text, "is no day", hint);
  if (text > today) throw bad(option, text, "is in the future", hint);
  if (text < String(FIRST_YEAR)) throw bad(option, text, TOO_EARLY, hint);
  return text;
}

const CHOICES = ["year", "month", "day", "since"] as const;

/** Reads which files are wanted. @throws {UsageError} `bad_value`, `conflicting_options`. */
export function wantedFiles(selection: Selection, today: string): WantedFiles {
  const given = CHOICES.filter((key) => listOf(selection, key).length > 0);
  const [one, other] = given;
  if (one !== undefined && other !== undefined) {
    throw new UsageError("conflicting_options", `--${one} and --${other} exclude each other`, {
      hint: "Leave one of them out, or run the program twice.",
    });
  }
  const [since = null] = listOf(selection, "since").map((text) => dayOf("since", text, today));
  const spans = [
    ...listOf(selection, "year").flatMap((text) => yearsOf(text, Number(today.slice(0, 4)))),
    ...listOf(selection, "month").map((text) => monthOf(text, today)),
    ...listOf(selection, "day").map((text) => dayOf("day", text, today)),
  ];
  const files = [...new Set(spans)].sort().map(seriesFile);
  return { files: files.length === 0 ? null : files, since };
}
