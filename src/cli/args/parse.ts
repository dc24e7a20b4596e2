/** From arguments, environment and configuration file to typed values. @module */
import { closest } from "../../base/closest.ts";
import type { Environment } from "./environment.ts";
import { UsageError } from "../../base/errors.ts";
import { scan } from "./scan.ts";
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
  readonly mostOperands?: number;
  readonly file?: ConfigValues | undefined;
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

function resolve(
  setting: Setting<unknown>,
  given: readonly string[],
  env: Environment,
  file: ConfigValues | undefined,
): Resolved {
  const option = `--${setting.name}`;
  const { shown = (text: string) => text } = setting;
  try {
    if (given.length > 0) {
      const needsValue = setting.value !== undefined && setting.optionalValue !== true;
      if (needsValue && given.includes("")) {
        throw new UsageError("missing_value", `${option} needs a value`, {
          hint: `Write ${option} ${setting.value}` +
            (setting.choices === undefined ? "." : `: one of ${setting.choices.join(", ")}.`),
          details: { option },
        });
      }
      const text = given.map(shown).join(", ");
      return { value: setting.parse(given, option), origin: "option", name: option, text };
    }
    const variable = variableOf(setting, env);
    if (variable !== undefined) {
      const { name, text } = variable;
      return { value: setting.parse([text], name), origin: "environment", name, text: shown(text) };
    }
    const inFile = file?.get(setting);
    if (inFile !== undefined) {
      const { name, text } = inFile;
      return { value: parseInFile(setting, inFile), origin: "file", name, text: shown(text) };
    }
  } catch (error) {
    throw withNearest(error, setting);
  }
  return {
    value: defaultOf(setting),
    origin: "default",
    name: option,
    text: setting.fallback ?? null,
  };
}

/**
 * Parses arguments: an option wins over the environment, that over the file. @throws {UsageError}
 */
export function parseCommandLine<S extends Settings>(
  args: readonly string[],
  settings: S,
  env: Environment,
  { mostOperands = 0, file }: ParseOptions = {},
): Parsed<S> {
  const { texts, operands, help, refused } = scan(args, Object.values(settings), mostOperands);
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  const given: Record<string, Given> = {};
  if (!help) {
    if (refused !== undefined) throw refused;
    for (const [key, setting] of Object.entries(settings)) {
      const found = resolve(setting, texts.get(setting.name) ?? [], env, file);
      values[key] = found.value;
      origins[key] = found.origin;
      given[key] = { name: found.name, text: found.text };
    }
  }
  return {
    values: values as Values<S>,
    origins: origins as Record<keyof S, Origin>,
    given: given as Record<keyof S, Given>,
    operands,
    help,
  };
}

/** Parses arguments and collects faults of variables and the file, which count as not set. */
export function parseLeniently<S extends Settings>(
  args: readonly string[],
  settings: S,
  env: Environment,
  options: ParseOptions = {},
): { readonly parsed: Parsed<S>; readonly problems: readonly UsageError[] } {
  const refused = new Set<string>();
  const problems: UsageError[] = [];
  const file: ConfigValues = {
    get: (setting) => {
      if (refused.has(setting.name)) return undefined;
      try {
        const found = options.file?.get(setting);
        return found === undefined || refused.has(found.name) ? undefined : found;
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        refused.add(setting.name);
        problems.push(error);
        return undefined;
      }
    },
  };
  for (;;) {
    try {
      const parsed = parseCommandLine(
        args,
        settings,
        (name) => refused.has(name) ? undefined : env(name),
        { ...options, file },
      );
      return { parsed, problems };
    } catch (error) {
      const name = error instanceof UsageError ? String(error.details.option ?? "") : "";
      // Each is asked for once: what is left out after a mistake cannot be wrong again.
      if (!(error instanceof UsageError) || /^(-|$)/.test(name) || refused.has(name)) throw error;
      refused.add(name);
      problems.push(error);
    }
  }
}
