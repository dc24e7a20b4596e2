/**
 * How the texts of settings are read: one parser for each unit. And what is refused of values that are
 * good by themselves.
 *
 * @module
 */
import { isDay } from "../../base/day.ts";
import { UsageError } from "../../base/errors.ts";
import { parseDuration } from "../../collect/duration.ts";
import { CURRENT_OS, type Os } from "../../platform/os.ts";
import { pathProblem } from "../../platform/paths.ts";
import type { Rate } from "../../sources/network.ts";

/** The refusal of a value. @param label What was set: `--from` or `LOCK_DIR`. */
export function bad(label: string, text: string, why: string, hint: string): UsageError {
  return new UsageError("bad_value", `${label} ${JSON.stringify(text)}: ${why}`, {
    hint,
    details: { option: label, value: text },
  });
}

/**
 * A setting with an example of its value, as it is written where it was set: after an option, after
 * a variable, or, in a configuration, as the value alone.
 *
 * @param label What was set: `--from`, `LOCK_DIR`, or `tickerlock.json: tasks[0].every`.
 */
export function example(label: string, value: string): string {
  if (label.startsWith("-")) return `${label} ${value}`;
  return /^[A-Z][A-Z\d_]*$/.test(label) ? `${label}=${value}` : value;
}

/** The refusal of two options that stand on one command line. */
export function conflict(one: string, other: string, hint: string): UsageError {
  return new UsageError("conflicting_options", `${one} and ${other} exclude each other`, { hint });
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

/** Parses one text. */
type ParseText<T> = (text: string, label: string) => T;

/** Parses the values of a setting. */
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

/** Parses a calendar day. @throws {UsageError} `bad_value`. */
export function parseDay(text: string, label: string): string {
  const hint = `Write the day as YYYY-MM-DD, for example ${example(label, "2024-01-31")}.`;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw bad(label, text, "is not a date", hint);
  if (!isDay(text)) throw bad(label, text, "is not a day of the calendar", hint);
  return text;
}

/**
 * Parses a length of time: seconds from 0 up, numbers with units (`90s`, `5m`, `1h30m`, `500ms`), or
 * `infinity`.
 *
 * @returns Seconds.
 * @throws {UsageError} `bad_value`.
 */
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

/** Parses one of some words, in any case. @throws {UsageError} `bad_value`. */
export function parseWord(choices: readonly string[]): ParseText<string> {
  return (text, label) => {
    const word = text.toLowerCase();
    if (choices.includes(word)) return word;
    throw bad(label, text, "is not one of its words", `Use one of: ${choices.join(", ")}.`);
  };
}

/**
 * Parses a path.
 *
 * @param os For tests. Default this one.
 * @throws {UsageError} `bad_value`, also for a name that the system keeps for a device.
 */
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

/**
 * Parses the path of a database file.
 *
 * @param os For tests. Default this one.
 * @throws {UsageError} `bad_value`.
 */
export function parseDatabase(text: string, label: string, os: Os = CURRENT_OS): string {
  // These two are told apart from names with a colon, which Windows refuses.
  if (text !== ":memory:" && !text.startsWith("file:")) return parsePath(text, label, os);
  const hint = `Name a file, for example ${example(label, "data/tickerlock.db")}.`;
  throw bad(label, text, "is not a file", hint);
}

// No plain object: it would know "constructor", too.
const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["kb", 1000],
  ["mb", 1_000_000],
  ["gb", 1_000_000_000],
]);

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

const RATE_UNITS: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["second", 1000],
  ["min", 60_000],
  ["minute", 60_000],
  ["h", 3_600_000],
  ["hour", 3_600_000],
]);

/**
 * Parses a rate: `60/min`, `20/s`, `1000/h`, `1/12s`; `none` for no limit.
 *
 * @throws {UsageError} `bad_value`.
 */
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

/** A day, a time of it, and the zone of that. */
const MOMENT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** How a moment is read. */
export interface WhenOptions {
  /** Which end of a day is meant where no time is given: its first moment, or that of the next day. */
  readonly edge: "start" | "end";
  /** Milliseconds since 1970; durations count back from it. Default the clock. */
  readonly now?: number;
}

/**
 * Parses a moment: a duration that counts back from now (`30m`, `2h`, `7d`, `4w`), a day, or a time.
 * Days and times without a zone are those of the local zone; `Z` or `+01:00` names another.
 *
 * @returns ISO 8601 in UTC with milliseconds.
 * @throws {UsageError} `bad_value`.
 */
export function parseWhen(text: string, label: string, options: WhenOptions): string {
  const { edge, now = Date.now() } = options;
  const hint =
    `Write how long ago (30m, 2h, 7d, 4w), a day or a time, for example ${label} 2h or ` +
    `${label} 2026-11-01 or ${label} 2026-11-01T10:30.`;
  const trimmed = text.trim();
  const ago = parseDuration(trimmed, Infinity);
  if (ago !== undefined) {
    if (ago > now) throw bad(label, text, "is before the year 1970", hint);
    return new Date(now - ago).toISOString();
  }
  const [, day, time, zone = ""] = MOMENT.exec(trimmed) ?? [];
  if (day === undefined) throw bad(label, text, "is not a moment", hint);
  if (!isDay(day)) throw bad(label, text, "is not a day of the calendar", hint);
  const offset = zone.toUpperCase().replace(/(\d{2})(\d{2})$/, "$1:$2");
  const moment = new Date(`${day}T${time ?? "00:00"}${offset}`);
  if (time === undefined && edge === "end") moment.setDate(moment.getDate() + 1);
  if (Number.isNaN(moment.getTime())) throw bad(label, text, "is not a time of day", hint);
  return moment.toISOString();
}
