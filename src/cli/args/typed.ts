/** Command lines to keep: as they were typed, without secrets. @module */
import { oneLine, shellWord, withoutUrlSecrets } from "../../base/text.ts";
import { shownReceiverText } from "../../notify/receiver.ts";

/** Longest command line that is kept, in characters: a pattern may stand for very many files. */
const MOST_KEPT = 500;

function withoutReceiver(word: string, at: number, words: readonly string[]): string {
  if (words[at - 1] === "--notify") return shownReceiverText(word);
  return word.replace(/^(--notify=)(.*)$/s, (_, name, value) => name + shownReceiverText(value));
}

/** A command line as a shell reads it, in one line, without secrets of URLs and receivers. */
export function wholeLineOf(words: readonly string[]): string {
  return oneLine(
    words.map(withoutReceiver).map((word) => shellWord(withoutUrlSecrets(word))).join(" "),
  );
}

/** The same, cut where it is very long. */
export function lineOf(words: readonly string[]): string {
  const line = wholeLineOf(words);
  return line.length <= MOST_KEPT ? line : `${line.slice(0, MOST_KEPT - 1).toWellFormed()}…`;
}
