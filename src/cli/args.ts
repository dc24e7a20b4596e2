/**
 * From arguments and environment to typed values. The one place that parses a command line.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { closest } from "../closest.ts";
import type { Setting, Settings, Values } from "../config.ts";
import { UsageError } from "../errors.ts";

interface ParseArgsOptions {
  string: string[];
  boolean: string[];
  collect: string[];
  alias: Record<string, string>;
  unknown: (arg: string, key?: string, value?: unknown) => boolean;
}

// The library's build for the npm registry has no types; this is what is used of it.
const parse: (args: string[], options: ParseArgsOptions) => Record<string, unknown> = parseArgs;

/** Where a value came from. */
export type Origin = "option" | "environment" | "default";

/** A parsed command line. */
export interface Parsed<S extends Settings> {
  readonly values: Values<S>;
  readonly origins: Readonly<Record<keyof S, Origin>>;
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

// "--lock-timeout -5" is meant as a value, however the dash looks.
function joinNegativeNumbers(args: readonly string[], valued: ReadonlySet<string>): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    const next = args[i + 1];
    if (arg.startsWith("--") && valued.has(arg.slice(2)) && /^-[\d.]/.test(next ?? "")) {
      joined.push(`${arg}=${next}`);
      i++;
    } else {
      joined.push(arg);
    }
  }
  return joined;
}

function unknownOption(arg: string, key: string, names: readonly string[]): UsageError {
  const shown = arg.replace(/=.*$/s, "");
  const near = closest(key, names);
  return new UsageError("unknown_option", `unknown option ${shown}`, {
    hint: near === undefined ? "See the options with --help." : `Did you mean --${near}?`,
    details: { option: shown },
  });
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return value === undefined ? [] : [String(value)];
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
  given: string[],
  env: Environment,
): { value: unknown; origin: Origin } {
  try {
    if (given.length > 0) {
      if (setting.value !== undefined && given.includes("")) {
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
 * @param args Arguments behind the command's name.
 * @param settings What the command knows.
 * @param env The environment.
 * @throws {UsageError} `unknown_option`, `missing_value`, `bad_value`, `unexpected_argument`, with
 *   the nearest match where there is one.
 */
export function parseCommandLine<S extends Settings>(
  args: readonly string[],
  settings: S,
  env: Environment,
): Parsed<S> {
  const all = Object.values(settings) as Setting<unknown>[];
  const valued = all.filter((setting) => setting.value !== undefined);
  const flags = all.filter((setting) => setting.value === undefined);
  const names = [...all.map((setting) => setting.name), "help"];
  const parsed = parse(joinNegativeNumbers(args, new Set(valued.map(({ name }) => name))), {
    string: valued.map(({ name }) => name),
    boolean: [...flags.map(({ name }) => name), "help"],
    collect: valued.map(({ name }) => name),
    alias: { h: "help" },
    unknown(arg, key): boolean {
      if (key !== undefined) throw unknownOption(arg, key, names);
      const near = closest(arg, names);
      throw new UsageError("unexpected_argument", `unexpected argument ${JSON.stringify(arg)}`, {
        hint: near === undefined
          ? "Every value belongs to an option; see --help."
          : `Did you mean --${near}?`,
        details: { argument: arg },
      });
    },
  });
  const help = parsed.help === true;
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [key, setting] of Object.entries(settings) as [string, Setting<unknown>][]) {
    const given = setting.value === undefined
      ? (parsed[setting.name] === true ? ["true"] : [])
      : textsOf(parsed[setting.name]);
    if (help) continue;
    const resolved = resolve(setting, given, env);
    values[key] = resolved.value;
    origins[key] = resolved.origin;
  }
  return {
    values: values as Values<S>,
    origins: origins as Record<keyof S, Origin>,
    help,
  };
}
