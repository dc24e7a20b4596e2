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

interface Scanned {
  /** For the library: every value of ours that it would read otherwise is joined with "=". */
  readonly args: readonly string[];
  /** What was said of each flag; the library would take "--json=maybe" for true. */
  readonly flagTexts: ReadonlyMap<string, string[]>;
  /** What stands behind "--". */
  readonly rest: readonly string[];
  /** What no library can settle: an option whose value would be taken for an option. */
  readonly refused: UsageError | undefined;
}

function dashedValue(option: string, word: string, meta: string): UsageError {
  const path = meta === "PATH" || meta === "DIR" || meta === "FILE";
  return new UsageError(
    "missing_value",
    `${option} needs a value, and ${word} looks like an option`,
    {
      hint: `If it is the value, write ${option}=${path ? "./" : ""}${word}`,
      details: { option, value: word },
    },
  );
}

/** Long names in place of `-q` or `-qv`, where each letter stands for a flag. */
function longNames(arg: string, shorts: ReadonlyMap<string, string>): string[] {
  if (!/^-[a-zA-Z]+$/.test(arg)) return [arg];
  const names = [...arg.slice(1)].map((letter) => shorts.get(letter));
  return names.every((name) => name !== undefined) ? names.map((name) => `--${name}`) : [arg];
}

// The library reads "-dash.csv" as -d -a -s -h, and so as a call for help.
function isLettersOnly(word: string): boolean {
  return /^-[^-\d.]/.test(word) && word !== "-h";
}

/** Whether a word begins with a dash, and is no option that there is. */
function isNoOption(word: string, names: readonly string[]): boolean {
  const [, name] = /^--([^=]+)/s.exec(word) ?? [];
  return name === undefined ? isLettersOnly(word) : !names.includes(name);
}

function scan(
  words: readonly string[],
  valued: ReadonlyMap<string, string>,
  flags: ReadonlySet<string>,
  shorts: ReadonlyMap<string, string>,
): Scanned {
  const names = [...valued.keys(), ...flags, "help"];
  let refused: UsageError | undefined;
  const end = words.indexOf("--");
  const options = end < 0 ? words : words.slice(0, end);
  const given = [
    ...options.flatMap((arg) => longNames(arg, shorts)),
    ...end < 0 ? [] : words.slice(end),
  ];
  const args: string[] = [];
  const flagTexts = new Map<string, string[]>();
  for (let i = 0; i < given.length; i++) {
    const arg = given[i] ?? "";
    const next = given[i + 1] ?? "";
    if (arg === "--") return { args, flagTexts, rest: given.slice(i + 1), refused };
    const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (flags.has(name)) {
      const joined = value === undefined && /^(true|false)$/.test(next);
      flagTexts.set(name, [
        ...flagTexts.get(name) ?? [],
        joined ? next : value ?? "true",
      ]);
      args.push(`--${name}=true`);
      if (joined) i++;
    } else if (value === undefined && valued.has(name) && /^(-[\d.]|-?$)/.test(next)) {
      // "--lock-timeout -5" is meant as a value, however the dash looks, as is the one of
      // "--out -", and the nothing of --ticker "$UNSET".
      args.push(`${arg}=${next}`);
      i++;
    } else if (value === undefined && valued.has(name) && isNoOption(next, names)) {
      refused ??= dashedValue(arg, next, valued.get(name) ?? "");
      i++;
    } else if (isLettersOnly(arg)) {
      refused ??= unknownOption(arg, names);
    } else {
      args.push(arg);
    }
  }
  return { args, flagTexts, rest: [], refused };
}

function unknownOption(arg: string, names: readonly string[]): UsageError {
  const shown = arg.replace(/=.*$/s, "");
  const near = closest(shown.replace(/^-+/, ""), names);
  return new UsageError("unknown_option", `unknown option ${shown}`, {
    hint: near === undefined ? "See the options with --help." : `Did you mean --${near}?`,
    details: { option: shown },
  });
}

/** A shorter word is near to anything. */
const SHORTEST_NEAR = 3;

function unexpectedArgument(
  arg: string,
  names: readonly string[],
  most: number,
  behindDashes: boolean,
): UsageError {
  const near = arg.length < SHORTEST_NEAR || behindDashes ? undefined : closest(arg, names);
  const hint = behindDashes && arg.startsWith("-")
    ? "Behind -- nothing is an option any more: write the options before it."
    : near !== undefined
    ? `Did you mean --${near}?`
    : most > 0
    ? "It is one more than the command takes: leave it out; see --help."
    : "Every value belongs to an option; see --help.";
  return new UsageError("unexpected_argument", `unexpected argument ${JSON.stringify(arg)}`, {
    hint,
    details: { argument: arg },
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
 * @param args Arguments behind the command's name.
 * @param settings What the command knows.
 * @param env The environment.
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
  const all = Object.values(settings) as Setting<unknown>[];
  const valued = all.filter((setting) => setting.value !== undefined);
  const flags = all.filter((setting) => setting.value === undefined);
  const names = [...all.map((setting) => setting.name), "help"];
  const { args: scanned, flagTexts, rest, refused: unclear } = scan(
    args,
    new Map(valued.map(({ name, value = "" }) => [name, value])),
    new Set(flags.map(({ name }) => name)),
    new Map([
      ["h", "help"],
      ...all.flatMap(({ name, short }): [string, string][] =>
        short === undefined ? [] : [[short, name]]
      ),
    ]),
  );
  // Kept until it is known whether help was asked for, which goes before every complaint.
  let refused = unclear;
  const operands: string[] = [];
  const operand = (arg: string, behindDashes = false): void => {
    if (operands.length < mostOperands) operands.push(arg);
    else refused ??= unexpectedArgument(arg, names, mostOperands, behindDashes);
  };
  const parsed = parse([...scanned], {
    string: valued.map(({ name }) => name),
    boolean: [...flags.map(({ name }) => name), "help"],
    collect: valued.map(({ name }) => name),
    alias: { h: "help" },
    unknown(arg, key): boolean {
      if (key === undefined) operand(arg);
      else refused ??= unknownOption(arg, names);
      return false;
    },
  });
  const help = parsed.help !== false;
  if (!help) {
    for (const arg of rest) operand(arg, true);
    if (refused !== undefined) throw refused;
  }
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [key, setting] of Object.entries(settings) as [string, Setting<unknown>][]) {
    if (help) continue;
    const given = setting.value === undefined
      ? flagTexts.get(setting.name) ?? []
      : textsOf(parsed[setting.name]);
    const resolved = resolve(setting, given, env);
    values[key] = resolved.value;
    origins[key] = resolved.origin;
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
