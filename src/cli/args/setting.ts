/**
 * What a setting is, and how the texts of settings are read.
 *
 * @module
 */
import { UsageError } from "../../base/errors.ts";
import { CURRENT_OS, type Os } from "../../platform/os.ts";
import { pathProblem } from "../../platform/paths.ts";

/** Kinds of values that completions can find. */
export type Completes =
  | "ticker"
  | "lock"
  | "source"
  | "table"
  | "column"
  | "file"
  | "folder"
  | "nothing";

/** One setting. `T` is its type once parsed. */
export interface Setting<T> {
  /** Long option without the dashes. */
  readonly name: string;
  /** One letter that stands for a flag's name: `q` for `-q`. */
  readonly short?: string;
  /** Placeholder of the value; a flag has none. */
  readonly value?: string;
  /** The value may be left out; `parse` receives an empty text then. */
  readonly optionalValue?: boolean;
  /** May be given several times; `parse` receives them all. */
  readonly repeatable?: boolean;
  /** Environment variable that stands in for the option. */
  readonly env?: string;
  /** The default as text, parsed like any other value; undefined leaves {@linkcode Setting.absent}. */
  readonly fallback?: string;
  /** What it is when neither option nor environment nor default says anything. */
  readonly absent: T;
  /** One line for `--help`. */
  readonly help: string;
  /** Subcommands that use it, for the check, `--help` and completions; undefined where all do. */
  readonly subcommands?: readonly string[];
  /** The words that are allowed, for `--help`, completions and nearest matches. */
  readonly choices?: readonly string[];
  /** Words that completions offer, where others are allowed as well. */
  readonly suggestions?: readonly string[];
  /** What completions offer as its value; undefined where its placeholder tells. */
  readonly completes?: Completes;
  /**
   * @param texts What was given, at least one.
   * @param label What to call it in an error: `--from` or `LOCK_DIR`.
   * @throws {UsageError} `bad_value`.
   */
  readonly parse: (texts: readonly string[], label: string) => T;
}

/** A set of settings under the names that code uses. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The parsed values of a set of settings. */
export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

/**
 * A value that is refused.
 *
 * @param label What was set: `--from` or `LOCK_DIR`.
 * @param text The value.
 * @param why What is wrong with it.
 * @param hint The remedy.
 */
export function bad(label: string, text: string, why: string, hint: string): UsageError {
  return new UsageError("bad_value", `${label} ${JSON.stringify(text)}: ${why}`, {
    hint,
    details: { option: label, value: text },
  });
}

/**
 * A setting with an example of its value, as it is written where it was set: behind an option, behind
 * a variable, or, in a configuration, as the value alone.
 *
 * @param label What was set: `--from`, `LOCK_DIR`, or `tickerlock.json: tasks[0].every`.
 * @param value The example.
 */
export function example(label: string, value: string): string {
  if (label.startsWith("-")) return `${label} ${value}`;
  return /^[A-Z][A-Z\d_]*$/.test(label) ? `${label}=${value}` : value;
}

/** The text that counts where one may be given several times. */
export function last(texts: readonly string[]): string {
  return texts.at(-1) ?? "";
}

/** Parses a calendar day. @throws {UsageError} `bad_value`. */
export function parseDay(text: string, label: string): string {
  const hint = `Write the day as YYYY-MM-DD, for example ${example(label, "2024-01-31")}.`;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw bad(label, text, "is not a date", hint);
  const time = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw bad(label, text, "is not a day of the calendar", hint);
  }
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
 * @param texts What was given.
 * @param label What to call it in an error.
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

function parseFlag(texts: readonly string[], label: string): boolean {
  const text = last(texts).toLowerCase();
  if (["true", "1", "yes"].includes(text)) return true;
  if (["false", "0", "no"].includes(text)) return false;
  throw bad(label, text, "is neither true nor false", `Write ${label} without a value.`);
}

/**
 * A setting that is true where it is given.
 *
 * @param name Long option without the dashes.
 * @param help One line.
 * @param subcommands Those that use it; none for all.
 */
export function flag(
  name: string,
  help: string,
  ...subcommands: readonly string[]
): Setting<boolean> {
  const setting = { name, help, absent: false, parse: parseFlag };
  return subcommands.length === 0 ? setting : { ...setting, subcommands };
}

/**
 * Parses the path of a database file.
 *
 * @param texts What was given.
 * @param label What to call it in an error.
 * @param os For tests. Default this one.
 * @throws {UsageError} `bad_value`.
 */
export function parseDatabase(
  texts: readonly string[],
  label: string,
  os: Os = CURRENT_OS,
): string {
  const path = last(texts);
  // What is wrong with these two is not their colon, which Windows allows in no name.
  if (path !== ":memory:" && !path.startsWith("file:")) return parsePath(texts, label, os);
  throw bad(
    label,
    path,
    "is not a file",
    `Name a file, for example ${example(label, "data/tickerlock.db")}.`,
  );
}
