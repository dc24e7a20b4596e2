/** How the texts of settings are read: one parser for each unit. @module */
import { isUrl, shownValue } from "../../base/text.ts";
import { addDays, isDay } from "../../base/day.ts";
import { UsageError } from "../../base/errors.ts";
import { parseDuration } from "../../collect/duration.ts";
import { CURRENT_OS, type Os } from "../../platform/os.ts";
import { pathProblem } from "../../platform/paths.ts";
import type { Rate } from "../../sources/network.ts";

const DAY_MS = 86_400_000;

/** The refusal of a value. @param label What was set: `--from` or `TICKERLOCK_DB`. */
export function bad(label: string, text: string, why: string, hint: string): UsageError {
  return new UsageError("bad_value", `${label} ${shownValue(text, 200)}: ${why}`, {
    hint,
    details: { option: label, value: text },
  });
}

/** A value as it is written after an option or a variable; in a configuration the value alone. */
export function example(label: string, value: string): string {
  if (label.startsWith("-")) return `${label} ${value}`;
  return /^[A-Z][A-Z\d_]*$/.test(label) ? `${label}=${value}` : value;
}

/** The refusal of two options that stand on one command line. */
export function conflict(one: string, other: string, hint: string): UsageError {
  return new UsageError("conflicting_options", `${one} and ${other} exclude each other`, { hint });
}

/** The refusal of an option that has no use as it was given. */
export function unused(
  option: string,
  message: string,
  hint: string,
  details: Readonly<Record<string, unknown>> = {},
): UsageError {
  return new UsageError("unused_option", message, { hint, details: { option, ...details } });
}

/** Refuses days that end before they begin. @throws {UsageError} `bad_window`. */
export function checkWindow(from: string | null, to: string | null): void {
  if (from === null || to === null || from <= to) return;
  throw new UsageError("bad_window", `--from ${from} is after --to ${to}`, {
    hint: "Swap the two dates.",
    details: { from, to },
  });
}

/** Refuses a span of no length. @throws {UsageError} `conflicting_options`. */
export function checkSpan(since: string | null, until: string | null): void {
  if (since === null || until === null || since < until) return;
  throw new UsageError("conflicting_options", `--since ${since} is not before --until ${until}`, {
    hint: "Let --since be the earlier of the two.",
  });
}

/** Refuses to guess what is old enough to be removed. @throws {UsageError} `missing_option`. */
export function checkOlderThan(command: string, olderThan: string | null): void {
  if (olderThan !== null) return;
  throw new UsageError("missing_option", `${command} needs --older-than`, {
    hint: "Say how old is old enough, for example --older-than 90d; --dry-run only shows.",
  });
}

type ParseText<T> = (text: string, label: string) => T;

type ParseTexts<T> = (texts: readonly string[], label: string) => T;

/** A setting with one value: the last of several counts. */
export function one<T>(parse: ParseText<T>): ParseTexts<T> {
  return (texts, label) => parse(texts.at(-1) ?? "", label);
}

/** A setting with a list of values. */
export function each<T>(parse: ParseText<T>): ParseTexts<readonly T[]> {
  return (texts, label) => texts.map((text) => parse(text, label));
}

/** A setting with a list of names, given one by one or with commas, each taken once. */
export function names<T>(parse: ParseText<T>): ParseTexts<readonly T[]> {
  return (texts, label) => {
    const all = texts.flatMap((text) => {
      const found = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
      if (found.length > 0) return found;
      throw bad(label, text, "names nothing", "Write names with commas, without blanks.");
    });
    return [...new Set(all.map((name) => parse(name, label)))];
  };
}

/** Parses a word that may be written in capitals. */
export function lowerCase(text: string): string {
  return text.toLowerCase();
}

type Edge = "start" | "end";

/** How a day or a moment is read. */
export interface WhenOptions {
  readonly edge: Edge;
  /** Milliseconds since 1970; what is relative counts from it. Default the clock. */
  readonly now?: number;
}

function localDay(ms: number): string {
  const date = new Date(ms);
  return new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())).toISOString()
    .slice(0, 10);
}

/** First and last day of a day, month, year, `today` or `yesterday`; undefined for none. */
function daysOf(
  text: string,
  now: number,
  none: (why: string) => UsageError,
): Readonly<Record<Edge, string>> | undefined {
  const word = text.toLowerCase();
  if (word === "today" || word === "yesterday") {
    const day = addDays(localDay(now), word === "today" ? 0 : -1);
    return { start: day, end: day };
  }
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const start = `${year}-${month ?? "01"}-${day ?? "01"}`;
  if (!isDay(start)) throw none(`is not a ${day === undefined ? "month" : "day"} of the calendar`);
  if (day !== undefined) return { start, end: start };
  if (month === undefined) return { start, end: `${year}-12-31` };
  // 31 days from the first on are in the next month, or its first.
  return { start, end: addDays(`${addDays(start, 31).slice(0, 7)}-01`, -1) };
}

/** Parses `2024-01-31`, an end of `2024-01` or `2024`, `today`, `yesterday` or `7d` ago. */
export function parseDay(text: string, label: string, options: WhenOptions): string {
  const { edge, now = Date.now() } = options;
  const hint =
    `Write the day as YYYY-MM-DD, for example ${example(label, "2024-01-31")}; or 2024-01, ` +
    "2024, today, yesterday, or 7d (ago).";
  const days = daysOf(text, now, (why) => bad(label, text, why, hint));
  if (days !== undefined) return days[edge];
  const ago = /^[\ddw]+$/i.test(text) ? parseDuration(text, now) : undefined;
  if (ago !== undefined) return addDays(localDay(now), -ago / DAY_MS);
  throw bad(label, text, "is not a date", hint);
}

/** Parses a length of time, such as `30`, `90s`, `1h30m` or `infinity`, to seconds. */
export function parseSeconds(text: string, label: string): number {
  const shown = [example(label, "30"), "5m", "1h30m", "500ms"].join(", ");
  const hint = `Write a number of seconds from 0 up, or a length of time: ${shown}, or "infinity".`;
  if (/^inf(inity)?$/i.test(text)) return Infinity;
  const ms = parseDuration(text, Infinity);
  if (ms !== undefined) return ms / 1000;
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) throw bad(label, text, "is not a number of seconds", hint);
  const seconds = Number(text);
  if (seconds < 0) throw bad(label, text, "is negative", hint);
  return seconds;
}

/** Parses a whole number from 1 up. @throws {UsageError} `bad_value`. */
export function parseCount(text: string, label: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= 1) return count;
  const hint = `Write for example ${example(label, "7")}.`;
  throw bad(label, text, "is not a whole number from 1 up", hint);
}

/** Parses 0, or what another parser takes. */
export function zeroOr(parse: ParseText<number>): ParseText<number> {
  return (text, label) => text.trim() === "0" ? 0 : parse(text, label);
}

/** Parses `12.5%` to 0.125. Without the sign 0.5 could be half or half a percent. */
export function parseShare(text: string, label: string): number {
  const [, percent] = /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(text.trim()) ?? [];
  const hint = `Write a percentage from 0% to 100%, for example ${example(label, "10%")}.`;
  if (percent === undefined) throw bad(label, text, "is not a percentage", hint);
  if (Number(percent) > 100) throw bad(label, text, "is more than the whole", hint);
  return Number(percent) / 100;
}

/** Parses one of some words, in any case. @throws {UsageError} `bad_value`. */
export function parseWord<T extends string>(choices: readonly T[]): ParseText<T> {
  return (text, label) => {
    const word = choices.find((each) => each === text.toLowerCase());
    if (word !== undefined) return word;
    throw bad(label, text, "is not one of its words", `Use one of: ${choices.join(", ")}.`);
  };
}

/** Parses a path. @throws {UsageError} `bad_value`, also for the name of a device. */
export function parsePath(text: string, label: string, os: Os = CURRENT_OS): string {
  if (text === "" || text.includes("\0")) {
    const hint = `Name a path, for example ${example(label, "data/file")}.`;
    throw bad(label, text, "is not a path", hint);
  }
  // Where a pattern is allowed, these two are no characters of a name.
  const problem = pathProblem(text.replaceAll(/[*?]/g, "_"), os);
  if (problem !== undefined) throw bad(label, text, problem, "Choose another name.");
  return text;
}

/** Parses the path of a database file, or the URL of one on a server. @throws {UsageError} */
export function parseDatabase(text: string, label: string, os: Os = CURRENT_OS): string {
  if (isUrl(text)) {
    if (!/:\/\/[^/?#]*:[^/?#]*@/.test(text)) return text;
    // Not the value: the command line is kept in the log, and so would be the password.
    throw new UsageError("password_in_url", `${label}: a URL must not hold a password`, {
      hint: "Leave it out and set PGPASSWORD, or name a file like ~/.pgpass in PGPASSFILE.",
      details: { option: label },
    });
  }
  // These two are told apart from names with a colon, which Windows refuses.
  if (text !== ":memory:" && !text.startsWith("file:")) return parsePath(text, label, os);
  const hint = `Name a file, for example ${example(label, "data/tickerlock.db")}.`;
  throw bad(label, text, "is not a file", hint);
}

// No plain object: it would know "constructor", too.
const SIZE_UNITS = new Map(Object.entries({ "": 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9 }));
/** Least size of a log file, in bytes: one line of the log fits into it. */
const LEAST_SIZE = 1000;

/** Parses a size in bytes: `10MB`, `500kB`, `2000`. @throws {UsageError} `bad_value`. */
export function parseSize(text: string, label: string): number {
  const [, count = "", unit = ""] = /^(\d{1,12})\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = SIZE_UNITS.get(unit.toLowerCase());
  const hint = `Write bytes, or a number with kB, MB or GB, for example ${example(label, "10MB")}.`;
  if (count === "" || factor === undefined) throw bad(label, text, "is not a size", hint);
  const bytes = Number(count) * factor;
  if (bytes >= LEAST_SIZE && Number.isSafeInteger(bytes)) return bytes;
  throw bad(label, text, `is not between ${LEAST_SIZE} bytes and 9 PB`, hint);
}

const RATE_UNITS = new Map(
  Object.entries({ s: 1e3, second: 1e3, min: 6e4, minute: 6e4, h: 36e5, hour: 36e5 }),
);

/** Parses `60/min`, `20/s`, `1/12s`; `none` for no limit. @throws {UsageError} `bad_value`. */
export function parseRate(text: string, label: string): Rate | null {
  if (/^(none|unlimited)$/i.test(text.trim())) return null;
  const [, count = "", unit = ""] = /^(\d{1,6})\s*\/\s*(\w+)$/.exec(text.trim()) ?? [];
  const perMs = RATE_UNITS.get(unit.toLowerCase()) ?? parseDuration(unit) ?? 0;
  if (perMs > 0 && Number(count) > 0) return { count: Number(count), perMs };
  const shown = `${example(label, "60/min")} or 1/12s`;
  const hint =
    `Write requests per s, min, h or length of time, for example ${shown}; or none for no ` +
    "limit.";
  throw bad(label, text, "is not a rate", hint);
}

const MOMENT =
  /^(?:([\d-]{4,10}|today|yesterday)(?:[T ](?=\d)|$))?(?:(\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * Parses a moment, of the local zone unless it ends in `Z` or `+01:00`, to ISO 8601 in UTC: of a
 * day, month or year the first one, with the edge `end` the one after it.
 */
export function parseWhen(text: string, label: string, options: WhenOptions): string {
  const { edge, now = Date.now() } = options;
  const hint = `Write how long ago (30m, 2h, 7d, 4w), a day or a time, for example ${label} 2h, ` +
    `${label} yesterday, ${label} 06:00, ${label} 2026-11 or ${label} 2026-11-01T10:30.`;
  const refuse = (why: string): UsageError => bad(label, text, why, hint);
  const trimmed = text.trim();
  const ago = parseDuration(trimmed, Infinity);
  if (ago !== undefined) {
    if (ago > now) throw refuse("is before the year 1970");
    return new Date(now - ago).toISOString();
  }
  const [, name, time, zone = ""] = MOMENT.exec(trimmed) ?? [];
  if (name === undefined && time === undefined) throw refuse("is not a moment");
  const days = daysOf(name ?? "today", now, refuse);
  if (days === undefined || (time !== undefined && days.start !== days.end)) {
    throw refuse("is not a moment");
  }
  const day = time === undefined && edge === "end" ? addDays(days.end, 1) : days.start;
  const offset = zone.toUpperCase().replace(/(\d{2})(\d{2})$/, "$1:$2");
  const moment = new Date(`${day}T${(time ?? "00:00").padStart(5, "0")}${offset}`);
  if (Number.isNaN(moment.getTime())) throw refuse("is not a time of day");
  if (name === undefined && edge === "start" && moment.getTime() > now) {
    throw bad(label, text, "is still to come today", `Name the day: ${label} "yesterday ${time}".`);
  }
  return moment.toISOString();
}
