/**
 * Command lines to keep: as they were typed, without secrets.
 *
 * @module
 */
import { oneLine, shellWord, withoutUrlSecrets } from "../../base/text.ts";

/** Longest command line that is kept, in characters: a pattern may stand for very many files. */
const MOST_KEPT = 500;

/**
 * A command line of its words: one line, quoted as a shell reads it, cut where it is very long, without
 * user, password and query of URLs. No setting is a secret: those are read from variables and files alone.
 */
export function lineOf(words: readonly string[]): string {
  const line = oneLine(words.map((word) => shellWord(withoutUrlSecrets(word))).join(" "));
  return line.length <= MOST_KEPT ? line : `${line.slice(0, MOST_KEPT - 1).toWellFormed()}…`;
}
