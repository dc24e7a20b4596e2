/**
 * How the texts of settings are read: one parser for each unit.
 *
 * @module
 */
import { UsageError } from "../../base/errors.ts";
import { parseDuration } from "../../collect/duration.ts";
import { CURRENT_OS, type Os } from "../../platform/os.ts";
import { pathProblem } from "../../platform/paths.ts";
import type { Rate } from "../../sources/network.ts";

/**
 * The refusal of a value.
 *
 * @param label What was set: `--from` or `LOCK_DIR`.
 */
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

/** The text that counts where one may be given several times. */
export function last(texts: readonly string[]): string {
  return texts.at(-1) ?? "";
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Parses a calendar day. @throws {UsageError} `bad_value`. */
export function parseDay(text: string, label: string): string {
  const hint = `Write the day as YYYY-MM-DD, for example ${example(label, "2024-01-31")}.`;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw bad(label, text, "is not a date", hint);
  if (!isDay(text)) throw bad(label, text, "is not a day of the calendar", hint);
  return text;
}

/** Parses seconds from 0 up, or `infinity`. @throws {UsageError} `bad_value`. */
export function parseSeconds(text: string, label: string): number {
  const hint = `Write seconds as a number from 0 up, for example ${
    example(label, "30")
  }, or "infinity".`;
  if (/^inf(inity)?$/i.test(text)) return Infinity;
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) throw bad(label, text, "is not a number of seconds", hint);
  const seconds = Number(text);
  if (seconds < 0) throw bad(label, text, "is negative", hint);
  return seconds;
}

/** Parses a whole number from 1 up. @throws {UsageError} `bad_value`. */
export function parseCount(text: string, label: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= 1) return count;
  throw bad(
    label,
    text,
    "is not a whole number from 1 up",
    `Write for example ${example(label, "7")}.`,
  );
}

/** Parses one of some words, in any case. @throws {UsageError} `bad_value`. */
export function parseWord(
  choices: readonly string[],
): (texts: readonly string[], label: string) => string {
  return (texts, label) => {
    const text = last(texts);
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
export function parsePath(
  texts: readonly string[],
  label: string,
  os: Os = CURRENT_OS,
): string {
  const text = last(texts);
  if (text === "" || text.includes("\0")) {
    throw bad(
      label,
      text,
      "is not a path",
      `Name a path, for example ${example(label, "data/file")}.`,
    );
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
export function parseDatabase(
  texts: readonly string[],
  label: string,
  os: Os = CURRENT_OS,
): string {
  const path = last(texts);
  // These two are told apart from names with a colon, which Windows refuses.
  if (path !== ":memory:" && !path.startsWith("file:")) return parsePath(texts, label, os);
  throw bad(
    label,
    path,
    "is not a file",
    `Name a file, for example ${example(label, "data/tickerlock.db")}.`,
  );
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
 * Parses a rate: `60/min`, `20/s`, `1000/h`; `none` for no limit.
 *
 * @throws {UsageError} `bad_value`.
 */
export function parseRate(text: string, label: string): Rate | null {
  if (/^(none|unlimited)$/i.test(text.trim())) return null;
  const [, count = "", unit = ""] = /^(\d{1,6})\s*\/\s*([a-z]+)$/i.exec(text.trim()) ?? [];
  const perMs = RATE_UNITS.get(unit.toLowerCase());
  if (perMs !== undefined && Number(count) > 0) return { count: Number(count), perMs };
  throw bad(
    label,
    text,
    "is not a rate",
    `Write requests per s, min or h, for example ${
      example(label, "60/min")
    }; or none for no limit.`,
  );
}

const LOCAL_DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const LOCAL_TIME =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})?$/i;

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
  const day = LOCAL_DAY.exec(trimmed);
  const time = LOCAL_TIME.exec(trimmed);
  if (day === null && time === null) throw bad(label, text, "is not a moment", hint);
  if (!isDay(trimmed.slice(0, 10))) throw bad(label, text, "is not a day of the calendar", hint);
  let moment: Date;
  if (day !== null) {
    const [, year, month, date] = day.map(Number);
    moment = new Date(year ?? 0, (month ?? 1) - 1, (date ?? 1) + (edge === "end" ? 1 : 0));
  } else {
    const zone = time?.[5]?.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, "$1:$2") ?? "";
    moment = new Date(
      trimmed.replace(/^(.{10})./, "$1T").replace(/(Z|[+-]\d{2}:?\d{2})$/i, "") + zone,
    );
  }
  if (Number.isNaN(moment.getTime())) throw bad(label, text, "is not a time of day", hint);
  return moment.toISOString();
}
