/**
 * Whether the source can be reached.
 *
 * @module
 */
import type { NetworkOptions, Source } from "../sources/source.ts";
import { error, type Finding, ok } from "./finding.ts";

const CHECK = "source";

/**
 * Makes one cheap request, without another try. Nothing is stored.
 *
 * @param source The source; one that reads files has nothing to be reached.
 * @param network How it is reached, its time limit included.
 * @param signal Gives up.
 */
export async function checkSource(
  source: Source,
  network: NetworkOptions,
  signal: AbortSignal,
): Promise<Finding> {
  const { name } = source;
  if (source.input === "file") return ok(CHECK, `${name} reads files: there is nothing to reach`);
  const found = await source.test({ files: [], network: { ...network, attempts: 1 }, signal });
  const ms = Math.round(found.latencyMs);
  if (found.ok) return ok(CHECK, `${name}: ${found.message} (${found.target}, ${ms} ms)`);
  return error(
    CHECK,
    `${name}: ${found.message} (${found.target})`,
    found.hint ?? `Try again: tickerlock sources test ${name}`,
  );
}
