/** What a setting is. @module */
import { UsageError } from "../../base/errors.ts";
import type { Environment } from "./environment.ts";
import { bad, one } from "./parsers.ts";

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
  readonly name: string;
  /** One letter that stands for the name, the same in every command: `q` for `-q`. */
  readonly short?: string;
  readonly value?: string;
  readonly optionalValue?: boolean;
  readonly repeatable?: boolean;
  /** Words of a command that takes no operand are values of it: `ingest PETR4.SA`. */
  readonly takesWords?: true;
  /** Whether a word after its value is a further one: what a shell makes of `--file *.csv`. */
  readonly further?: (word: string) => boolean;
  readonly env?: string;
  readonly olderEnv?: string;
  /** May stand in a configuration file, under {@linkcode configKey}. */
  readonly config?: true;
  readonly fallback?: string;
  /** The value where nothing says any. Default an empty list where it is repeatable, else null. */
  readonly absent?: unknown;
  readonly help: string;
  /** Subcommands that use it, for the check, `--help` and completions; undefined where all do. */
  readonly subcommands?: readonly string[];
  readonly choices?: readonly string[];
  readonly suggestions?: readonly string[];
  /** A value as it may be seen, of a setting that is a secret. Default as it is. */
  readonly shown?: (text: string) => string;
  /** What completions offer as its value; undefined where its placeholder tells. */
  readonly completes?: Completes;
  /** @param label What errors call it: `--from` or `TICKERLOCK_DB`. @throws {UsageError} */
  readonly parse: (texts: readonly string[], label: string) => T;
}

/** The key of a setting in a configuration file: `lock_dir` for `--lock-dir`. */
export function configKey({ name }: Pick<Setting<unknown>, "name">): string {
  return name.replaceAll("-", "_");
}

/** A variable that is set. */
export interface SetVariable {
  readonly name: string;
  readonly text: string;
}

/**
 * The variable that a setting is read from; an empty one is not set: so units and cron clear it.
 * @throws {UsageError} `conflicting_variables`: two folders of locks protect nothing.
 */
export function variableOf(
  { name: option, env: name, olderEnv: older }: Setting<unknown>,
  env: Environment,
): SetVariable | undefined {
  const read = (each: string | undefined): string => (each && env(each)) || "";
  const [text, olderText] = [read(name), read(older)];
  if (text !== "" && olderText !== "" && text !== olderText) {
    const shown = `${name}=${JSON.stringify(text)} and ${older}=${JSON.stringify(olderText)}`;
    throw new UsageError("conflicting_variables", `${shown} contradict each other`, {
      hint: `Unset ${older}, the older name of the two, or decide with --${option}.`,
      details: { option: older, value: olderText },
    });
  }
  if (name !== undefined && text !== "") return { name, text };
  return older === undefined || olderText === "" ? undefined : { name: older, text: olderText };
}

/** A set of settings under the names that code uses. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

type ValueOf<S extends Setting<unknown>> =
  | ReturnType<S["parse"]>
  | (S extends { fallback: string } | { repeatable: true } ? never
    : S extends { absent: infer Absent } ? Absent
    : null);

/** The parsed values of a set of settings. */
export type Values<S extends Settings> = { readonly [K in keyof S]: ValueOf<S[K]> };

function parseFlag(text: string, label: string): boolean {
  const word = text.toLowerCase();
  if (["true", "1", "yes"].includes(word)) return true;
  if (["false", "0", "no"].includes(word)) return false;
  throw bad(label, text, "is neither true nor false", `Write ${label} without a value.`);
}

/** A setting that is true where it is given; subcommands as in {@linkcode Setting.subcommands}. */
export function flag(
  name: string,
  help: string,
  ...subcommands: readonly string[]
): Setting<boolean> & { readonly absent: boolean } {
  const setting = { name, help, absent: false, parse: one(parseFlag) };
  return subcommands.length === 0 ? setting : { ...setting, subcommands };
}
