/**
 * From settings and environment to how a source reaches its service.
 *
 * @module
 */
import type { Values } from "../../args/setting.ts";
import { networkSettings, serviceSettings } from "../../args/network.ts";
import type { NetworkOptions } from "../../../sources/network.ts";
import type { Source } from "../../../sources/source.ts";
import type { Environment } from "../../args/environment.ts";

type NetworkValues =
  & Partial<Values<typeof networkSettings>>
  & Pick<Values<typeof serviceSettings>, "timeout">;

/**
 * How a source is reached. Addresses, user agents and cookies come from the environment alone: a
 * command line can be read by every user of the machine.
 */
export function networkOptions(
  source: Source,
  { timeout, rate, attempts, deadline }: NetworkValues,
  env: Environment,
): NetworkOptions {
  const names = source.network?.environment;
  const given = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : env(name) || undefined;
  return {
    baseUrl: given(names?.baseUrl),
    userAgent: given(names?.userAgent),
    cookie: given(names?.cookie),
    timeoutSeconds: timeout,
    rate,
    attempts,
    deadlineSeconds: deadline,
  };
}
