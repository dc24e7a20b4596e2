/**
 * `tickerlock __complete WORD...`: what the completions of the shells call. Not meant for people.
 *
 * The first line of its output is `words`, `files` or `folders`; each further one is a candidate, a
 * tab, and what it means. It changes nothing, says nothing of what is wrong, and ends with 0.
 *
 * @module
 */
import type { Environment } from "../../args/environment.ts";
import {
  type Candidate,
  complete,
  type Completion,
  type Finder,
  type Named,
  type Places,
} from "./candidates.ts";
import type { Io } from "../../output/io.ts";
import { descriptionOf, SUMMARIES } from "../../registry.ts";

async function namesOf(
  kind: Named,
  start: string,
  places: Places,
): Promise<readonly string[]> {
  if (kind === "source") {
    const { SOURCE_NAMES } = await import("../../../sources/registry.ts");
    return SOURCE_NAMES.filter((name) => name.startsWith(start.toLowerCase()));
  }
  const names = await import("./names.ts");
  const find = {
    ticker: names.tickersStartingWith,
    lock: names.locksStartingWith,
    table: names.tablesStartingWith,
    column: names.columnsStartingWith,
  }[kind];
  return await find(start, places);
}

const finder = (env: Environment): Finder => ({
  commands: SUMMARIES,
  spec: descriptionOf,
  env,
  async find(kind, start, places): Promise<readonly Candidate[]> {
    try {
      return (await namesOf(kind, start, places)).map((value) => ({ value, what: "" }));
    } catch {
      // No database, no folder, no right to read: nothing to offer, and a prompt is no place to tell.
      return [];
    }
  },
});

const NOTHING: Completion = { kind: "words", candidates: [] };

/** A tab or a line break in a name would be taken for the end of it. */
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
