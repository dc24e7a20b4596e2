/**
 * The configuration as `doctor` shows it: each value with where it came from, and no secret.
 *
 * @module
 */
import { doctorSettings } from "./spec.ts";
import type { Setting } from "../../args/setting.ts";
import { error, type Finding, ok } from "../../../doctor/finding.ts";
import type { UsageError } from "../../../base/errors.ts";
import { loadSource, SOURCE_NAMES } from "../../../sources/registry.ts";
import { shownUrl } from "../../../sources/http/redact.ts";
import type { Environment } from "../../args/environment.ts";
import type { Origin } from "../../args/parse.ts";
import type { Invocation } from "../../command.ts";

/** One setting, for people and programs. */
export interface ShownSetting {
  /** Option with its dashes; of what has no option, the variable. */
  readonly name: string;
  /** The variable that stands in for the option; null for none. */
  readonly variable: string | null;
  readonly value: string;
  readonly origin: Origin;
}

const CHECK = "configuration";

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
  { values, origins, labels }: Pick<
    Invocation<typeof doctorSettings>,
    "values" | "origins" | "labels"
  >,
  environment: Environment,
): Promise<ShownSetting[]> {
  // What configures other commands too has a variable; what is of doctor alone has none.
  const own = Object.entries<Setting<unknown>>(doctorSettings).flatMap(([key, { name, env }]) => {
    const at = key as keyof typeof doctorSettings;
    const value = String(values[at]);
    return env === undefined ? [] : [{
      name: `--${name}`,
      variable: origins[at] === "environment" ? labels[at] : env,
      value,
      origin: origins[at],
    }];
  });
  return [...own, ...await sourceVariables(environment)];
}

/** The findings about the configuration as a whole. */
export function checkSettings(problems: readonly UsageError[], source: string): Finding[] {
  const findings = problems.map(({ message, hint, details }) =>
    error(CHECK, message, hint ?? `Correct ${details.option}.`)
  );
  if (!SOURCE_NAMES.includes(source)) {
    findings.push(error(
      CHECK,
      `there is no source ${JSON.stringify(source)}`,
      `Name one of: ${SOURCE_NAMES.join(", ")}, with --source or TICKERLOCK_SOURCE.`,
    ));
  }
  return findings.length > 0 ? findings : [ok(CHECK, "every value makes sense")];
}
