/**
 * `tickerlock __complete WORD...`, which the completions of the shells call. The first line of its
 * output is `words`, `files` or `folders`; each further one is a candidate, a tab, and its meaning.
 * It changes nothing, tells no error, and ends with 0.
 * @module
 */
import type { NameLimits } from "../../../store/reports.ts";
import type { Environment } from "../../args/environment.ts";
import {
  type Candidate,
  complete,
  type Finder,
  type Named,
  NOTHING,
  type Places,
} from "./candidates.ts";
import { inCapitals } from "../../../model/ticker.ts";
import { isUrl } from "../../../base/text.ts";
import type { Io } from "../../output/io.ts";
import { descriptionOf, SUMMARIES } from "../../registry.ts";

/** A person is waiting for a key, and cannot read more names than that. */
const LIMITS: NameLimits = { ms: 60, names: 1000, copyBytes: 16_000_000 };
/** A server has to be connected to first. */
const SERVER_MS = 300;

function begins(name: string, start: string): boolean {
  return inCapitals(name).startsWith(inCapitals(start));
}

/** Names of a kind. Nothing is made or waited for. @param start Of a list the last is completed. */
async function namesOf(
  kind: Named,
  start: string,
  { db, lockDir, source, table = "prices" }: Places,
): Promise<readonly string[]> {
  if (kind === "source") {
    const { SOURCE_NAMES } = await import("../../../sources/registry.ts");
    return SOURCE_NAMES.filter((name) => begins(name, start));
  }
  const limits = isUrl(db) ? { ...LIMITS, ms: SERVER_MS } : LIMITS;
  if (kind === "lock" && !isUrl(db)) {
    const { lockNames } = await import("../../../lock/inspect.ts");
    return lockNames({ lockDir }).filter((name) => begins(name, start));
  }
  const { openReports } = await import("../../../store/open.ts");
  await using reports = await openReports(db);
  if (kind === "table" || kind === "lock") {
    return (await reports.names({ kind }, limits)).filter((name) => begins(name, start));
  }
  const before = start.slice(0, start.lastIndexOf(",") + 1);
  const named = before.split(",").map((name) => kind === "ticker" ? inCapitals(name) : name);
  const last = start.slice(before.length);
  const found = kind === "ticker"
    ? await reports.names({ kind, start: inCapitals(last), source }, limits)
    : await reports.names({ kind, table }, limits);
  return found
    .filter((name) => begins(name, last) && !named.includes(name))
    // An option with a comma in a name would be two.
    .filter((name) => !name.includes(","))
    .map((name) => before + name);
}

const finder = (env: Environment): Finder => ({
  commands: SUMMARIES,
  spec: descriptionOf,
  env,
  async config(texts) {
    const { findConfiguration } = await import("../../config/find.ts");
    return await findConfiguration(texts, env).catch(() => undefined);
  },
  async find(kind, start, places): Promise<readonly Candidate[]> {
    try {
      return (await namesOf(kind, start, places)).map((value) => ({ value, what: "" }));
    } catch {
      // No database, no folder, no right to read: nothing to offer, and a prompt is no place to tell.
      return [];
    }
  },
});

function isPlain({ value }: Candidate): boolean {
  // deno-lint-ignore no-control-regex
  return !/[\x00-\x1f]/.test(value);
}

/** Prints what may stand where the cursor is. */
export async function printCompletions(words: readonly string[], io: Io): Promise<void> {
  const { kind, candidates } = await complete(words, finder(io.env)).catch(() => NOTHING);
  const lines = candidates.filter(isPlain).map(({ value, what }) =>
    `${value}\t${what.replaceAll(/\s+/g, " ")}\n`
  );
  io.out(`${kind}\n${lines.join("")}`);
}
