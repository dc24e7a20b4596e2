/**
 * From arguments and environment to typed values. The one place that parses a command line.
 *
 * @module
 */
import { closest } from "../../base/closest.ts";
import type { Setting, Settings, Values } from "./config.ts";
import { UsageError } from "../../base/errors.ts";
import { scan } from "./scan.ts";

/** Where a value came from. */
export type Origin = "option" | "environment" | "default";

/** A parsed command line. */
export interface Parsed<S extends Settings> {
  readonly values: Values<S>;
  readonly origins: Readonly<Record<keyof S, Origin>>;
  /** What is no option: a subcommand, a name. */
  readonly operands: readonly string[];
  /** `--help` was asked for; nothing else was checked. */
  readonly help: boolean;
}

/** The environment, as much of it as may be read. */
export type Environment = (name: string) => string | undefined;

/** The process's environment; a variable that must not be read counts as not set. */
export function processEnvironment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
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

function resolve(
  setting: Setting<unknown>,
  given: readonly string[],
  env: Environment,
): { value: unknown; origin: Origin } {
  try {
    if (given.length > 0) {
      const needsValue = setting.value !== undefined && setting.optionalValue !== true;
      if (needsValue && given.includes("")) {
        throw new UsageError("missing_value", `--${setting.name} needs a value`, {
          hint: `Write --${setting.name} ${setting.value}.`,
          details: { option: `--${setting.name}` },
        });
      }
      return { value: setting.parse(given, `--${setting.name}`), origin: "option" };
    }
    const fromEnv = setting.env === undefined ? undefined : env(setting.env);
    // An empty variable is a variable that is not set: that is how units and cron clear one.
    if (setting.env !== undefined && fromEnv !== undefined && fromEnv !== "") {
      return { value: setting.parse([fromEnv], setting.env), origin: "environment" };
    }
  } catch (error) {
    throw withNearest(error, setting);
  }
  if (setting.fallback === undefined) return { value: setting.absent, origin: "default" };
  return { value: setting.parse([setting.fallback], `--${setting.name}`), origin: "default" };
}

/**
 * Parses a command's arguments.
 *
 * @param args Arguments after the command's name.
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
  if (!help) {
    if (refused !== undefined) throw refused;
    for (const [key, setting] of Object.entries(settings)) {
      const { value, origin } = resolve(setting, texts.get(setting.name) ?? [], env);
      values[key] = value;
      origins[key] = origin;
    }
  }
  return {
    values: values as Values<S>,
    origins: origins as Record<keyof S, Origin>,
    operands,
    help,
  };
}

/**
 * Refuses an option that a subcommand does not use: it would be taken for done.
 *
 * @param command The command's name.
 * @param subcommand The subcommand that was given, one that there is.
 * @param settings What the command knows.
 * @param origins Where the values came from. A variable is for all commands, and never refused.
 * @throws {UsageError} `unused_option`.
 */
export function refuseUnused<S extends Settings>(
  command: string,
  subcommand: string,
  settings: S,
  origins: Readonly<Record<keyof S, Origin>>,
): void {
  for (const [key, { name, subcommands }] of Object.entries(settings)) {
    if (origins[key] !== "option" || subcommands === undefined) continue;
    if (subcommands.includes(subcommand)) continue;
    const takers = subcommands.map((each) => `tickerlock ${command} ${each}`).join(", ");
    throw new UsageError("unused_option", `${command} ${subcommand} does not use --${name}`, {
      hint: `Leave it out; --${name} is for ${takers}.`,
      details: { option: `--${name}`, subcommand, subcommands },
    });
  }
}
