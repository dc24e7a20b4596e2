/** What a service says, as people are shown it. @module */
import { SourceError } from "../../base/errors.ts";
import { clipped } from "../../base/text.ts";
import type { HttpAnswer } from "./client.ts";
import type { Redact } from "./redact.ts";

const MOST_WORDS = 200;

/** Characters that are searched for words: a page may have its text after much style. */
const MOST_SEARCHED = 256 * 1024;

/** A body as words: no markup, one line, no secrets, not too long. */
export function wordsOf(text: string, redact: Redact): string {
  // Secrets first, while their spaces are there; then those that only appear without markup.
  const plain = clipped(redact(text), MOST_SEARCHED)
    // What is never closed goes to the end: a second look at it for each would take forever.
    .replace(/<(style|script)[\s\S]*?(?:<\/\1>|$)/gi, " ").replace(/<[^<>]*>/g, " ")
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return clipped(redact(plain), MOST_WORDS);
}

/** Words in quotation marks; `nothing` where there are none. */
export function quoted(words: string): string {
  return words === "" ? "nothing" : `"${words}"`;
}

/**
 * Why an answer cannot be used.
 *
 * @category Writing a source
 */
export interface Refusal {
  /** Stable, snake_case; what `ingest_logs.error_code` holds. */
  readonly code: string;
  /** One clause, with the service's own words. */
  readonly what: string;
  /** What to do about it, one imperative sentence. */
  readonly hint: string;
  /** Whether asking again can help. Default false. */
  readonly retryable?: boolean;
}

/** A refusal in one line. */
export function because(code: string, what: string, hint: string, retryable = false): Refusal {
  return { code, what, hint, retryable };
}

/** The hint where the service is to blame. */
export const TRY_LATER = "Try again later: the service has trouble of its own.";

/** What a status means whatever the service: asked too often, or failed. Undefined for other ones. */
export function troubleOf(status: number, words: string): Refusal | undefined {
  if (status === 429) {
    const what = `the service was asked too often and says ${quoted(words)}`;
    const hint = "Run it again later; with many tickers lower --rate and --concurrency.";
    return because("rate_limited", what, hint, true);
  }
  if (status < 500) return undefined;
  return because("service_failed", `the service failed and says ${quoted(words)}`, TRY_LATER, true);
}

/** What a status that is no success means with every service. */
export function statusRefusal(status: number, words: string): Refusal {
  const trouble = troubleOf(status, words);
  if (trouble !== undefined) return trouble;
  const said = quoted(words);
  if (status === 404) {
    const what = `the service has no such thing and says ${said}`;
    return because("not_found", what, "Check the name, and the address of the service.");
  }
  const hint = "Check what was asked for, and what the service wants of its callers.";
  return because("service_refused", `the service refuses the request and says ${said}`, hint);
}

/**
 * What a schema finds wrong, in the terms of Standard Schema 1.
 *
 * @category Writing a source
 */
export interface SchemaIssue {
  /** May quote what was received. */
  readonly message: string;
  /** Where, from the top down; empty or left out for the whole. */
  readonly path?: readonly (PropertyKey | { readonly key: unknown })[] | undefined;
}

/** What a schema finds wrong with an answer. */
export function mismatched(issue: SchemaIssue | undefined, redact: Redact): Refusal {
  const steps = issue?.path?.map((step) => String(typeof step === "object" ? step.key : step)) ??
    [];
  const message = wordsOf(issue?.message ?? "", redact);
  // A key may be as long as the answer.
  const place = steps.length === 0 ? "its top" : wordsOf(steps.join("."), redact);
  const what = `the answer is not what it should be at ${place}: ${message}`;
  return because("bad_answer", what, "The service may have changed: look for a newer version.");
}

/** The error of a refusal. */
export function refused(answer: HttpAnswer, refusal: Refusal, ticker?: string): SourceError {
  const { code, what, hint, retryable = false } = refusal;
  const { status, shownUrl: url } = answer;
  const about = ticker === undefined ? "" : `${ticker}: `;
  // A status that is a refusal tells most in the fewest words.
  const message = status < 300
    ? `${what} (status ${status}, GET ${url})`
    : `status ${status}: ${what} (GET ${url})`;
  return new SourceError(code, `${about}${message}`, {
    hint,
    retryable,
    details: { ...(ticker === undefined ? {} : { ticker }), status, url },
  });
}

/** Parses an answer. @throws {SourceError} `not_json`, which may pass. */
export function jsonOf(answer: HttpAnswer, text: string, redact: Redact, ticker?: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const what = `the answer is no whole JSON: ${quoted(wordsOf(text, redact).slice(0, 80))}`;
    throw refused(answer, because("not_json", what, TRY_LATER, true), ticker);
  }
}
