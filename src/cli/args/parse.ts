/**
 * From arguments and environment to typed values. The one place that parses a command line.
 *
 * @module
 */
import { closest } from "../../base/closest.ts";
import type { Environment } from "./environment.ts";
import { UsageError } from "../../base/errors.ts";
import { scan } from "./scan.ts";
import { type Setting, type Settings, type Values, variableOf } from "./setting.ts";

/** Where a value came from. */
export type Origin = "option" | "environment" | "default";

/** A parsed command line. */
export interface Parsed<S extends Settings> {
  readonly values: Values<S>;
  readonly origins: Readonly<Record<keyof S, Origin>>;
  /** What each was given as: `--lock-dir`, `LOCK_DIR`; the option for a default. */
  readonly labels: Readonly<Record<keyof S, string>>;
  /** What is no option: a subcommand, a name. */
  readonly operands: readonly string[];
  /** `--help` was asked for; nothing else was checked. */
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

interface Resolved {
  readonly value: unknown;
  readonly origin: Origin;
  /** What the value was given as: an option, a variable. */
  readonly label: string;
}

function resolve(
  setting: Setting<unknown>,
  given: readonly string[],
  env: Environment,
): Resolved {
  const option = `--${setting.name}`;
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
      return { value: setting.parse(given, option), origin: "option", label: option };
    }
    const variable = variableOf(setting, env);
    if (variable !== undefined) {
      const { name, text } = variable;
      return { value: setting.parse([text], name), origin: "environment", label: name };
    }
  } catch (error) {
    throw withNearest(error, setting);
  }
  const absent = setting.repeatable === true ? [] : null;
  const value = setting.fallback !== undefined
    ? setting.parse([setting.fallback], option)
    : "absent" in setting
    ? setting.absent
    : absent;
  return { value, origin: "default", label: option };
}

/**
 * Parses a command's arguments.
 *
 * @param mostOperands How many arguments that belong to no option are expected. Default none.
 * @throws {UsageError} `unknown_option`, `missing_value`, `bad_value`, `unexpected_argument`, with
 *   the nearest match where there is one.
 */
export function parseCommandLine<S extends Settings>(
  args: readonly string[],
  settings: S,
  env: Environment,
  mostOperands = 0,
): Parsed<S> {
  const { texts, operands, help, refused } = scan(args, Object.values(settings), mostOperands);
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  const labels: Record<string, string> = {};
  if (!help) {
    if (refused !== undefined) throw refused;
    for (const [key, setting] of Object.entries(settings)) {
      const { value, origin, label } = resolve(setting, texts.get(setting.name) ?? [], env);
      values[key] = value;
      origins[key] = origin;
      labels[key] = label;
    }
  }
  return {
    values: values as Values<S>,
    origins: origins as Record<keyof S, Origin>,
    labels: labels as Record<keyof S, string>,
    operands,
    help,
  };
}

/**
 * Parses a command's arguments where a bad value of a variable is to be told with everything else: the
 * default is taken in its place.
 *
 * @throws {UsageError} For what is wrong with the arguments themselves.
 */
export function parseLeniently<S extends Settings>(
  args: readonly string[],
  settings: S,
  env: Environment,
): { readonly parsed: Parsed<S>; readonly problems: readonly UsageError[] } {
  const variables = new Set(
    Object.values<Setting<unknown>>(settings).flatMap(({ env, olderEnv }) => [env, olderEnv]),
  );
  const problems: UsageError[] = [];
  for (;;) {
    try {
      const parsed = parseCommandLine(
        args,
        settings,
        (name) => variables.has(name) ? env(name) : undefined,
      );
      return { parsed, problems };
    } catch (error) {
      const option = error instanceof UsageError ? error.details.option : undefined;
      // Each is asked for once: what is left out after a mistake cannot be wrong again.
      if (!(error instanceof UsageError) || !variables.delete(String(option))) throw error;
      problems.push(error);
    }
  }
}
