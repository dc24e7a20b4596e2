/**
 * Command lines to keep: as they were typed, without secrets.
 *
 * @module
 */
import { oneLine, withoutUrlSecrets } from "../../base/text.ts";
import type { Setting, Settings } from "./setting.ts";

/** Longest command line that is kept, in characters: a pattern may stand for very many files. */
const MOST_KEPT = 500;

const HIDDEN = "***";

function quoted(word: string): string {
  return /^[\w@%+=:,./^-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command line of its words: one line, quoted as a shell reads it, cut where it is very long. */
export function lineOf(words: readonly string[]): string {
  const line = oneLine(words.map((word) => quoted(withoutUrlSecrets(word))).join(" "));
  return line.length <= MOST_KEPT ? line : `${line.slice(0, MOST_KEPT - 1).toWellFormed()}…`;
}

/**
 * What was typed, to be kept in the log: without the values of secret settings, and without user,
 * password and query of URLs.
 *
 * @param args What followed the command's name, which parsing has found good.
 */
export function typedLine(command: string, args: readonly string[], settings: Settings): string {
  const known: readonly Setting<unknown>[] = Object.values(settings);
  let hidden = false;
  const words = args.map((word) => {
    if (hidden && !word.startsWith("--")) {
      hidden = false;
      return HIDDEN;
    }
    const [, option = "", value] = /^(--?[^=]+)(=.*)?$/s.exec(word) ?? [];
    const isSecret = known.some(({ name, short, secret }) =>
      secret === true && (option === `--${name}` || option === `-${short}`)
    );
    hidden = isSecret && value === undefined;
    return isSecret && value !== undefined ? `${option}=${HIDDEN}` : word;
  });
  return lineOf(["tickerlock", command, ...words]);
}
