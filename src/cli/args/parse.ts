/** From arguments, environment and configuration file to typed values. @module */
import { closest } from "../../base/closest.ts";
import type { Environment } from "./environment.ts";
import { UsageError } from "../../base/errors.ts";
import { scan, type Scanned } from "./scan.ts";
import { bad } from "./parsers.ts";
import {
  type Setting,
  type Settings,
  type SetVariable,
  type Values,
  variableOf,
} from "./setting.ts";

/** Where a value came from. */
export type Origin = "option" | "environment" | "file" | "default";

/** How a value was given. */
export interface Given {
  /** `--lock-dir`, `TICKERLOCK_LOCK_DIR`, `config.json: lock_dir`; the option for a default. */
  readonly name: string;
  readonly text: string | null;
}

/** A configuration file, as much of it as parsing needs. */
export interface ConfigValues {
  /** What stands there for a setting; undefined where nothing does. @throws {UsageError} */
  get(setting: Setting<unknown>): { readonly name: string; readonly text: string } | undefined;
}

interface ParseOptions {
  readonly file?: ConfigValues | undefined;
  /** Collects faults of variables and the file, which count as not set. Default they are thrown. */
  readonly problems?: UsageError[] | undefined;
}

/** A parsed command line. */
export interface Parsed<S extends Settings> {
  readonly values: Values<S>;
  readonly origins: Readonly<Record<keyof S, Origin>>;
  readonly given: Readonly<Record<keyof S, Given>>;
  readonly operands: readonly string[];
  readonly help: boolean;
}

function withNearest(error: unknown, setting: Setting<unknown>): unknown {
  if (!(error instanceof UsageError) || setting.choices === undefined) return error;
  const near = closest(String(error.details.value ?? "").toLowerCase(), setting.choices);
  if (near === undefined) return error;
  return new UsageError(error.code, error.message, {
    hint: `Did you mean ${near}? ${error.hint ?? ""}`.trim(),
    details: error.details,
  });
}

interface Resolved extends Given {
  readonly value: unknown;
  readonly origin: Origin;
}

/** A value of the file, parsed as an option's would be. @throws {UsageError} `bad_config`. */
export function parseInFile<T>(
  { parse, shown = (text) => text }: Pick<Setting<T>, "parse" | "shown">,
  given: SetVariable,
): T {
  const { name, text } = given;
  try {
    if (text === "") throw bad(name, text, "is empty", "Leave it out for the default.");
    return parse([text], name);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError("bad_config", error.message, {
      hint: error.hint ?? "Correct the value in the file.",
      cause: error,
      details: { ...error.details, option: name, place: name, value: shown(text) },
    });
  }
}

/** What a setting is where nothing says anything. */
export function defaultOf(setting: Setting<unknown>): unknown {
  const { name, fallback, repeatable, parse } = setting;
  if (fallback !== undefined) return parse([fallback], `--${name}`);
  if ("absent" in setting) return setting.absent;
  return repeatable === true ? [] : null;
}

/** What the environment or the file says; undefined where neither does. */
function saidOf(
  setting: Setting<unknown>,
  env: Environment,
  file: ConfigValues | undefined,
): Resolved | undefined {
  const { shown = (text: string) => text } = setting;
  const variable = variableOf(setting, env);
  if (variable !== undefined) {
    const { name, text } = variable;
    return { value: setting.parse([text], name), origin: "environment", name, text: shown(text) };
  }
  const inFile = file?.get(setting);
  if (inFile === undefined) return undefined;
  const { name, text } = inFile;
  return { value: parseInFile(setting, inFile), origin: "file", name, text: shown(text) };
}

function resolve(
  setting: Setting<unknown>,
  texts: readonly string[],
  env: Environment,
  { file, problems }: ParseOptions,
): Resolved {
  const { choices, env: variable, olderEnv, shown = (text: string) => text } = setting;
  const name = `--${setting.name}`;
  if (texts.length > 0) {
    if (setting.value !== undefined && setting.optionalValue !== true && texts.includes("")) {
      const meant = choices === undefined ? "" : `: one of ${choices.join(", ")}`;
      throw new UsageError("missing_value", `${name} needs a value`, {
        hint: `Write ${name} ${setting.value}${meant}.`,
        details: { option: name },
      });
    }
    try {
      const value = setting.parse(texts, name);
      return { value, origin: "option", name, text: texts.map(shown).join(", ") };
    } catch (error) {
      throw withNearest(error, setting);
    }
  }
  const refused = new Set<string>();
  for (;;) {
    try {
      const said = saidOf(setting, (each) => refused.has(each) ? undefined : env(each), file);
      return said ??
        { value: defaultOf(setting), origin: "default", name, text: setting.fallback ?? null };
    } catch (thrown) {
      const error = withNearest(thrown, setting);
      if (problems === undefined || !(error instanceof UsageError)) throw error;
      const of = String(error.details.option);
      if ([variable, olderEnv].includes(of) && !refused.has(of)) refused.add(of);
      else if (file !== undefined) file = undefined;
      else throw error;
      problems.push(error);
    }
  }
}

/** Parses arguments: an option wins over the environment, that over the file. @throws {UsageError} */
export function parseCommandLine<S extends Settings>(
  args: readonly string[],
  settings: S,
  env: Environment,
  options: ParseOptions & { readonly mostOperands?: number } = {},
): Parsed<S> {
  const scanned = scan(args, Object.values(settings), options.mostOperands ?? 0);
  return parseScanned(scanned, settings, env, options);
}

/** The same for arguments whose options are told apart. @throws {UsageError} */
export function parseScanned<S extends Settings>(
  { texts, operands, help, refused }: Scanned,
  settings: S,
  env: Environment,
  options: ParseOptions,
): Parsed<S> {
  if (refused !== undefined && !help) throw refused;
  const found = (help ? [] : Object.entries(settings)).map(([key, setting]) =>
    [key, resolve(setting, texts.get(setting.name) ?? [], env, options)] as const
  );
  const each = <T>(of: (one: Resolved) => T): Record<keyof S, T> =>
    Object.fromEntries(found.map(([key, one]) => [key, of(one)])) as Record<keyof S, T>;
  return {
    values: each(({ value }) => value) as Values<S>,
    origins: each(({ origin }) => origin),
    given: each(({ name, text }) => ({ name, text })),
    operands,
    help,
  };
}
