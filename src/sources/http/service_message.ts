/**
 * A service's own words, for people.
 *
 * @module
 */
import type { Redact } from "./redact.ts";
import { clipped } from "./shown_value.ts";

/** Longest piece of the service's own words in a message. */
const MOST_WORDS = 200;

/** What is looked at for words: a page may have its text behind much style. */
const MOST_SEARCHED = 256 * 1024;

/**
 * A body as words: no markup, one line, no secrets, not too long.
 *
 * @param text The body.
 * @param redact Hides secrets.
 */
export function wordsOf(text: string, redact: Redact): string {
  // Secrets first: without its markup and spaces, one might not be found any more; then again, for
  // one that only appears without them.
  const plain = clipped(redact(text), MOST_SEARCHED)
    // What is never closed goes to the end: a second look at it for each would take forever.
    .replace(/<(style|script)[\s\S]*?(?:<\/\1>|$)/gi, " ").replace(/<[^<>]*>/g, " ")
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x1f\x7f-\x9f\s\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ").trim();
  return clipped(redact(plain), MOST_WORDS);
}

/** Words in quotation marks; `nothing` where there are none. */
export function quoted(words: string): string {
  return words === "" ? "nothing" : `"${words}"`;
}
