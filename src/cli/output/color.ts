/**
 * Whether and how words are coloured.
 *
 * @module
 */
import { type Environment, processEnvironment } from "../args/parse.ts";

/**
 * Whether colours are welcome: not with `NO_COLOR`, nor on a terminal that is dumb.
 *
 * @param terminal Whether a terminal is written to.
 * @param env The environment.
 */
export function wantsColor(terminal: boolean, env: Environment = processEnvironment): boolean {
  // An empty NO_COLOR counts as none: https://no-color.org
  return terminal && (env("NO_COLOR") ?? "") === "" && env("TERM") !== "dumb";
}

const RED = "31";
const GREEN = "32";
const YELLOW = "33";

/** How bad something is. */
export type Level = "ok" | "warning" | "error";

/**
 * The colour of a level, as parameters of SGR.
 *
 * @param level How bad something is.
 */
export function levelColor(level: Level): string {
  if (level === "error") return RED;
  return level === "ok" ? GREEN : YELLOW;
}

/**
 * The word for a level, in its colour where standard output has any.
 *
 * @param level How bad something is.
 */
export function levelWord(level: Level): string {
  if (!wantsColor(Deno.stdout.isTerminal())) return level;
  return `\x1b[${levelColor(level)}m${level}\x1b[0m`;
}
