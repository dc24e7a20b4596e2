/** The sources there are. A new one is one folder and one line here. @module */
import { shownValue } from "../base/text.ts";
import { closest } from "../base/closest.ts";
import { UsageError } from "../base/errors.ts";
import type { Source } from "./source.ts";

const LOADERS: Readonly<Record<string, () => Promise<Source>>> = {
  cotahist: async () => (await import("./cotahist/source.ts")).cotahist,
  "b3-actions": async () => (await import("./b3_actions/source.ts")).b3Actions,
  "b3-daily": async () => (await import("./b3_daily/source.ts")).b3Daily,
  yahoo: async () => (await import("./yahoo/source.ts")).yahoo,
  kalshi: async () => (await import("./kalshi/source.ts")).kalshi,
  csv: async () => (await import("./csv/source.ts")).csv,
};

/**
 * Names of all sources.
 *
 * @category Ingest
 */
export const SOURCE_NAMES: readonly string[] = Object.keys(LOADERS);

/**
 * Loads a source.
 *
 * @throws {UsageError} `unknown_source`, with the nearest match and all names.
 * @category Ingest
 */
export async function loadSource(name: string): Promise<Source> {
  const load = Object.hasOwn(LOADERS, name) ? LOADERS[name] : undefined;
  if (load !== undefined) return await load();
  const choose = `Choose one of: ${SOURCE_NAMES.join(", ")}.`;
  const near = closest(name, SOURCE_NAMES);
  throw new UsageError("unknown_source", `unknown source ${shownValue(name)}`, {
    hint: near === undefined ? choose : `Did you mean ${near}? ${choose}`,
    details: { source: name },
  });
}
