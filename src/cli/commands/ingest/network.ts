/**
 * From settings, environment and configuration file to how a source reaches its service.
 *
 * @module
 */
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

/**
 * How a source is reached. Addresses, user agents and cookies come from the environment and the
 * configuration file alone: a command line can be read by every user of the machine.
 *
 * @param rateFrom Where the rate is from: one that the file has for the source wins over one for all.
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
    return (name === undefined ? undefined : env(name) || undefined) ?? inFile[key];
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
