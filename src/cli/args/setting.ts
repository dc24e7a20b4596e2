/**
 * What a setting is.
 *
 * @module
 */
import { bad, last } from "./parsers.ts";

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

function parseFlag(texts: readonly string[], label: string): boolean {
  const text = last(texts).toLowerCase();
  if (["true", "1", "yes"].includes(text)) return true;
  if (["false", "0", "no"].includes(text)) return false;
  throw bad(label, text, "is neither true nor false", `Write ${label} without a value.`);
}

/** A setting that is true where it is given; subcommands as in {@linkcode Setting.subcommands}. */
export function flag(
  name: string,
  help: string,
  ...subcommands: readonly string[]
): Setting<boolean> {
  const setting = { name, help, absent: false, parse: parseFlag };
  return subcommands.length === 0 ? setting : { ...setting, subcommands };
}
