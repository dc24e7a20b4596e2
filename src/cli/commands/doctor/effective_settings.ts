/**
 * The configuration as `doctor` shows it: each value with where it came from, and no secret.
 *
 * @module
 */
import { doctorSettings } from "./settings.ts";
import type { Setting } from "../../args/config.ts";
import { error, type Finding, ok } from "../../../doctor/finding.ts";
import { UsageError } from "../../../base/errors.ts";
import { loadSource, SOURCE_NAMES } from "../../../sources/registry.ts";
import { shownUrl } from "../../../sources/http/redact.ts";
import { type Environment, type Origin, parseCommandLine, type Parsed } from "../../args/parse.ts";

/** One setting, for people and programs. */
export interface ShownSetting {
  /** Option with its dashes; of what has no option, the variable. */
  readonly name: string;
  /** The variable that stands in for the option; null for none. */
  readonly variable: string | null;
  readonly value: string;
  readonly origin: Origin;
}

/** The command line, and what is wrong with the environment. */
export interface ParsedLeniently {
  readonly parsed: Parsed<typeof doctorSettings>;
  readonly problems: readonly Finding[];
}

const CHECK = "configuration";

/**
 * Parses the command line. A bad value of a variable is a finding, and the default is taken in its
 * place, so that everything that is wrong is told at once.
 *
 * @throws {UsageError} For what is wrong with the arguments themselves.
 */
export function parseLeniently(args: readonly string[], env: Environment): ParsedLeniently {
  const bad = new Set<string>();
  const problems: Finding[] = [];
  const settings: readonly Setting<unknown>[] = Object.values(doctorSettings);
  const variables = new Set(settings.flatMap((setting) => setting.env ?? []));
  for (;;) {
    try {
      const parsed = parseCommandLine(
        args,
        doctorSettings,
        (name) => bad.has(name) ? undefined : env(name),
      );
      return { parsed, problems };
    } catch (reason) {
      const option = reason instanceof UsageError ? reason.details.option : undefined;
      const isNew = typeof option === "string" && variables.has(option) && !bad.has(option);
      if (!(reason instanceof UsageError) || !isNew) throw reason;
      bad.add(option);
      problems.push(error(CHECK, reason.message, reason.hint ?? `Correct ${option}.`));
    }
  }
}

/** Options of `doctor` itself, which no other command is configured by. */
const NOT_SHOWN: ReadonlySet<string> = new Set([
  "offline",
  "timeout",
  "unit-dir",
  "json",
  "quiet",
  "verbose",
  "log-file",
  "log-file-size",
  "log-file-count",
]);

function shownVariable(name: string, value: string, kind: string): string {
  // A cookie is a secret as a whole; an address may carry a user's name and password.
  if (kind === "cookie") return "set (not shown)";
  if (kind !== "baseUrl") return value;
  try {
    return shownUrl(new URL(value));
  } catch {
    return `not a URL (${name})`;
  }
}

async function sourceVariables(env: Environment): Promise<ShownSetting[]> {
  const sources = await Promise.all(SOURCE_NAMES.map(loadSource));
  return sources.flatMap(({ network }) =>
    Object.entries(network?.environment ?? {}).map(([kind, variable]): ShownSetting => {
      const value = env(variable) ?? "";
      const isSet = value !== "";
      const preset = kind === "baseUrl" ? network?.baseUrl ?? "" : "not set";
      return {
        name: variable,
        variable,
        value: isSet ? shownVariable(variable, value, kind) : preset,
        origin: isSet ? "environment" : "default",
      };
    })
  );
}

/** Every setting with its value and where that came from. */
export async function shownSettings(
  { values, origins }: Parsed<typeof doctorSettings>,
  env: Environment,
): Promise<ShownSetting[]> {
  type Entry = [keyof typeof doctorSettings, Setting<unknown>];
  const own = (Object.entries(doctorSettings) as Entry[]).filter(([, { name }]) =>
    !NOT_SHOWN.has(name)
  ).map(([key, setting]) => ({
    name: `--${setting.name}`,
    variable: setting.env ?? null,
    value: String(values[key]),
    origin: origins[key],
  }));
  return [...own, ...await sourceVariables(env)];
}

/**
 * The findings about the configuration as a whole.
 *
 * @param problems What was wrong with the environment.
 * @param source The value of `--source`.
 */
export function checkSettings(problems: readonly Finding[], source: string): Finding[] {
  const unknown = SOURCE_NAMES.includes(source) ? [] : [error(
    CHECK,
    `there is no source ${JSON.stringify(source)}`,
    `Name one of: ${SOURCE_NAMES.join(", ")}, with --source or TICKERLOCK_SOURCE.`,
  )];
  const findings = [...problems, ...unknown];
  return findings.length > 0 ? findings : [ok(CHECK, "every value makes sense")];
}
