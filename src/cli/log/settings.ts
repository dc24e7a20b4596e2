/**
 * Settings of what is said beside the results: the options that every command has.
 *
 * @module
 */
import {
  bad,
  example,
  flag,
  last,
  parseCount,
  parsePath,
  parseWord,
  type Setting,
} from "../args/setting.ts";

/** Levels of the structured log, least to most. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

/** Ways to write the structured log. */
export const LOG_FORMATS = ["auto", "json", "pretty"] as const;

// No plain object: it would know "constructor", too.
const UNITS: ReadonlyMap<string, number> = new Map([
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
  const factor = UNITS.get(unit.toLowerCase());
  const hint = `Write bytes, or a number with kB, MB or GB, for example ${example(label, "10MB")}.`;
  if (count === "" || factor === undefined) throw bad(label, text, "is not a size", hint);
  const bytes = Number(count) * factor;
  if (bytes >= LEAST_SIZE && Number.isSafeInteger(bytes)) return bytes;
  throw bad(label, text, `is not between ${LEAST_SIZE} bytes and 9 PB`, hint);
}

/** Settings that every command has. Help and reference list them apart from a command's own. */
export const commonSettings = {
  quiet: { ...flag("quiet", "Nothing on standard error but errors; results stay"), short: "q" },
  verbose: {
    ...flag("verbose", "Log each step with its time, as with --log-level debug"),
    short: "v",
  },
  logLevel: {
    name: "log-level",
    value: "LEVEL",
    env: "TICKERLOCK_LOG_LEVEL",
    fallback: "info",
    absent: "info",
    choices: LOG_LEVELS,
    help: "Least level that is logged to standard error",
    parse: parseWord(LOG_LEVELS),
  } satisfies Setting<string>,
  logFormat: {
    name: "log-format",
    value: "FORMAT",
    env: "TICKERLOCK_LOG_FORMAT",
    fallback: "auto",
    absent: "auto",
    choices: LOG_FORMATS,
    help: "How to log: auto is pretty on a terminal and JSON Lines elsewhere",
    parse: parseWord(LOG_FORMATS),
  } satisfies Setting<string>,
  logFile: {
    name: "log-file",
    value: "PATH",
    absent: null as string | null,
    help: "Write the log to this file as well, as JSON Lines",
    parse: parsePath,
  } satisfies Setting<string | null>,
  logFileSize: {
    name: "log-file-size",
    value: "SIZE",
    fallback: "10MB",
    absent: 10_000_000,
    help: "Size at which the log file is put aside and a new one begun",
    parse: (texts: readonly string[], label: string) => parseSize(last(texts), label),
  } satisfies Setting<number>,
  logFileCount: {
    name: "log-file-count",
    value: "N",
    fallback: "5",
    absent: 5,
    help: "How many log files there are at most, the current one included",
    parse: (texts: readonly string[], label: string) => parseCount(last(texts), label),
  } satisfies Setting<number>,
} as const;

const COMMON: ReadonlySet<unknown> = new Set(Object.values(commonSettings));

/** Whether a setting is one of those that every command has. */
export function isCommon(setting: Setting<unknown>): boolean {
  return COMMON.has(setting);
}
