/**
 * Settings of what is said beside the results, for commands that work for a while.
 *
 * @module
 */
import { bad, flag, last, parseCount, parsePath, type Setting } from "./setting.ts";

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
  const hint = `Write bytes, or a number with kB, MB or GB, for example ${label} 10MB.`;
  if (count === "" || factor === undefined) throw bad(label, text, "is not a size", hint);
  const bytes = Number(count) * factor;
  if (bytes >= LEAST_SIZE && Number.isSafeInteger(bytes)) return bytes;
  throw bad(label, text, `is not between ${LEAST_SIZE} bytes and 9 PB`, hint);
}

/** Settings of the log, of commands that work for a while. */
export const logSettings = {
  quiet: { ...flag("quiet", "Nothing on standard error but errors"), short: "q" },
  verbose: { ...flag("verbose", "Log everything, as with --log-level debug"), short: "v" },
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
