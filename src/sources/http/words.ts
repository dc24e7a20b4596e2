/**
 * A service's own words, for people.
 *
 * @module
 */
import type { Redact } from "./redact.ts";

/** Longest piece of them in a message. */
const MOST_WORDS = 200;

/**
 * A body as words: no markup, one line, no secrets, not too long.
 *
 * @param text The body.
 * @param redact Hides secrets.
 */
export function wordsOf(text: string, redact: Redact): string {
  const plain = text.replace(/<(style|script)[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ")
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x1f\x7f\s]+/g, " ").trim();
  const shown = redact(plain);
  return shown.length > MOST_WORDS ? `${shown.slice(0, MOST_WORDS)}…` : shown;
}

/** Words in quotation marks; `nothing` where there are none. */
export function quoted(words: string): string {
  return words === "" ? "nothing" : `"${words}"`;
}
