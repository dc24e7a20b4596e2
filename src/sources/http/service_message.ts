/**
 * What a service says, as people are shown it.
 *
 * @module
 */
import * as v from "valibot";
import { SourceError } from "../../base/errors.ts";
import type { HttpAnswer } from "./client.ts";
import { rateLimitedRefusal } from "./rate_limit.ts";
import type { Redact } from "./redact.ts";

/** Longest piece of the service's own words in a message. */
const MOST_WORDS = 200;

/** Characters that are searched for words: a page may have its text after much style. */
const MOST_SEARCHED = 256 * 1024;

/** A body as words: no markup, one line, no secrets, not too long. */
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

/** Enough to recognise a value; an answer may have megabytes in the place of a number. */
const MOST_CHARACTERS = 100;

/** Cuts a text, never in the middle of a character. */
export function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text;
}

/**
 * A value as JSON, cut.
 *
 * @param value Anything that JSON can hold, or undefined.
 * @param most Characters. Default 100.
 */
export function shownValue(value: unknown, most: number = MOST_CHARACTERS): string {
  // JSON.parse makes Infinity of 1e999.
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(clipped(value, most));
  try {
    return clipped(JSON.stringify(value) ?? "nothing", most);
  } catch {
    // JSON.parse reads any depth, JSON.stringify does not write it.
    return "a deeply nested value";
  }
}

/** Why an answer is none. */
export interface Refusal {
  readonly code: string;
  /** One clause, with the service's own words. */
  readonly what: string;
  readonly hint: string;
  /** Default false. */
  readonly retryable?: boolean;
}

/** The hint where the service is to blame. */
export const TRY_LATER = "Try again later: the service has trouble of its own.";

/** What a status means whatever the service: asked too often, or failed. Undefined for other ones. */
export function troubleOf(status: number, words: string): Refusal | undefined {
  if (status === 429) return rateLimitedRefusal(quoted(words));
  if (status < 500) return undefined;
  const what = `the service failed and says ${quoted(words)}`;
  return { code: "service_failed", what, hint: TRY_LATER, retryable: true };
}

/** What a schema finds wrong with an answer. */
export function mismatched(issue: v.BaseIssue<unknown>, redact: Redact): Refusal {
  // The message quotes what was received.
  const message = wordsOf(issue.message, redact);
  const what = `the answer is not what it should be at ${
    v.getDotPath(issue) ?? "its top"
  }: ${message}`;
  const hint = "The service may have changed: look for a newer version.";
  return { code: "bad_answer", what, hint };
}

/** The error of a refusal. */
export function refused(answer: HttpAnswer, refusal: Refusal, ticker?: string): SourceError {
  const { code, what, hint, retryable = false } = refusal;
  const { status, shownUrl: url } = answer;
  const about = ticker === undefined ? "" : `${ticker}: `;
  return new SourceError(code, `${about}${what} (status ${status}, ${url})`, {
    hint,
    retryable,
    details: { ...(ticker === undefined ? {} : { ticker }), status, url },
  });
}
