/** From settings, environment and configuration file to how a service is reached. @module */
import { UsageError } from "../../../base/errors.ts";
import { readWholeTextSync } from "../../../platform/read_whole.ts";
import { explain } from "../../../platform/refusals.ts";
import type { Values } from "../../args/setting.ts";
import { networkSettings, serviceSettings } from "../../args/network.ts";
import type { NetworkOptions } from "../../../sources/network.ts";
import type { Source } from "../../../sources/source.ts";
import type { Environment } from "../../args/environment.ts";
import type { Origin } from "../../args/parse.ts";
import type { Configuration } from "../../config/configuration.ts";

type NetworkValues =
  & Partial<Values<typeof networkSettings>>
  & Pick<Values<typeof serviceSettings>, "timeout">;

/** Where addresses and secrets are set. */
export interface Surroundings {
  readonly env: Environment;
  readonly config?: Configuration | undefined;
}

/** The credential that systemd hands a service for a variable: `yahoo_cookie` of YAHOO_COOKIE. */
export function credential(variable: string, env: Environment): string | undefined {
  const folder = env("CREDENTIALS_DIRECTORY");
  if (folder === undefined || folder === "") return undefined;
  const path = `${folder}/${variable.toLowerCase()}`;
  try {
    return readWholeTextSync(path).trim() || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    const { why, hint } = explain(error, path, "read", "see LoadCredential= of the unit");
    throw new UsageError("bad_credential", `credential ${path} cannot be read: ${why}`, { hint });
  }
}

/**
 * How a source is reached. No option sets an address, user agent or cookie: every user of the
 * machine can read a command line.
 * @param rateFrom Only an option wins over the rate that the file has for the source.
 */
export function networkOptions(
  source: Source,
  { timeout, caFile, rate, attempts, deadline }: NetworkValues,
  { env, config }: Surroundings,
  rateFrom?: Origin,
): NetworkOptions {
  const names = source.network?.environment;
  const inFile = config?.service(source) ?? {};
  const given = (key: "baseUrl" | "userAgent" | "cookie"): string | undefined => {
    const name = names?.[key];
    if (name === undefined) return inFile[key];
    const handed = key === "cookie" ? credential(name, env) : undefined;
    return (env(name) || undefined) ?? handed ?? inFile[key];
  };
  return {
    baseUrl: given("baseUrl"),
    userAgent: given("userAgent"),
    cookie: given("cookie"),
    caFile: caFile ?? undefined,
    timeoutSeconds: timeout,
    rate: rateFrom === "option" || inFile.rate === undefined ? rate : inFile.rate,
    attempts,
    deadlineSeconds: deadline,
  };
}
