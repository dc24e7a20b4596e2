/** Which configuration file counts for a call. @module */
import { configFolderIn, joinPath } from "../../platform/paths.ts";
import type { Environment } from "../args/environment.ts";
import { conflict } from "../args/parsers.ts";
import type { Scanned } from "../args/scan.ts";
import { variableOf } from "../args/setting.ts";
import { commonSettings } from "../log/settings.ts";
import type { Configuration } from "./configuration.ts";

/** Where a configuration file is, or would be. */
export interface ConfigPlace {
  readonly path: string;
  /** `--config` or `TICKERLOCK_CONFIG`; null for the usual place, where none need be. */
  readonly namedBy: string | null;
}

/** Where the user's configuration usually is; undefined where the environment does not tell. */
export function usualPath(env: Environment): string | undefined {
  const folder = configFolderIn(env);
  return folder === undefined ? undefined : joinPath(joinPath(folder, "tickerlock"), "config.json");
}

function configPlace(texts: Scanned["texts"], env: Environment): ConfigPlace | undefined {
  const { config, noConfig } = commonSettings;
  const named = texts.get(config.name)?.at(-1);
  const flag = texts.get(noConfig.name);
  if (flag !== undefined && noConfig.parse(flag, `--${noConfig.name}`)) {
    if (named === undefined) return undefined;
    throw conflict(`--${config.name}`, `--${noConfig.name}`, "Leave one of them out.");
  }
  const option = `--${config.name}`;
  if (named !== undefined) return { path: config.parse([named], option), namedBy: option };
  const variable = variableOf(config, env);
  if (variable !== undefined) {
    const { name, text } = variable;
    return { path: config.parse([text], name), namedBy: name };
  }
  const path = usualPath(env);
  return path === undefined ? undefined : { path, namedBy: null };
}

/**
 * Whether nothing is there. As for git, what cannot be reached counts as nothing: a service or
 * `sudo` may run with the HOME of another user.
 */
function isMissing(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return false;
  } catch {
    return true;
  }
}

/** Reads the configuration file that counts for a call; undefined for none. @throws {UsageError} */
export async function findConfiguration(
  texts: Scanned["texts"],
  env: Environment,
): Promise<Configuration | undefined> {
  const place = configPlace(texts, env);
  if (place === undefined) return undefined;
  const { path, namedBy } = place;
  // Where there is none, which is usual, nothing more is loaded.
  if (namedBy === null && isMissing(path)) return undefined;
  const { readConfiguration } = await import("./config_file.ts");
  return readConfiguration(path, { isNamed: namedBy !== null, home: env("HOME") });
}
