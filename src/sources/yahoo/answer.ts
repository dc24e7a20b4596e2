/**
 * From a response to a history, or to an error that says what the service means.
 *
 * @module
 */
import type { SourceError } from "../../base/errors.ts";
import type { HttpAnswer } from "../http/client.ts";
import type { Redact } from "../http/redact.ts";
import { parseLenientJson } from "./json.ts";
import { type ChartResult, checkEnvelope, type Envelope } from "./schema.ts";
import {
  quoted,
  type Refusal,
  refused,
  troubleOf,
  TRY_LATER,
  wordsOf,
} from "../http/service_message.ts";

/** How an answer is read. */
export interface Reading {
  readonly ticker: string;
  readonly redact: Redact;
}

const CHECK_TICKER = "Check the spelling; Brazilian tickers end in .SA, indices begin with ^.";

function statusRefusal(status: number, words: string, unknown: boolean): Refusal | undefined {
  const trouble = troubleOf(status, words);
  if (trouble !== undefined) return trouble;
  const said = quoted(words);
  if (unknown) {
    return {
      code: "ticker_unknown",
      what: `the service does not know it and says ${said}`,
      hint: CHECK_TICKER,
    };
  }
  if (status === 404) {
    return {
      code: "not_found",
      what: `there is no such page, and the answer is none of the service: ${said}`,
      hint: "Check YAHOO_BASE_URL.",
    };
  }
  if (status >= 400) {
    return {
      code: "service_refused",
      what: `the service refuses the request and says ${said}`,
      hint: status === 401 || status === 403
        ? "Set YAHOO_COOKIE or YAHOO_USER_AGENT as a browser would send them."
        : "Check --from and --to, and the ticker.",
    };
  }
  if (status < 200 || status > 299) {
    return {
      code: "bad_answer",
      what: `the status is none of an answer, and the body says ${said}`,
      hint: TRY_LATER,
      retryable: true,
    };
  }
  return undefined;
}

interface Failure {
  readonly code?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** Whether what stands in front of the service says it: of a ticker that knows nothing. */
  readonly fromGate?: boolean;
}

function failureOf(envelope: Envelope): Failure | undefined {
  const { chart, finance } = envelope;
  return chart?.error ?? (finance?.error ? { ...finance.error, fromGate: true } : undefined);
}

function isUnknown(failure: Failure, status: number): boolean {
  const { code, description, fromGate = false } = failure;
  return !fromGate &&
    /no data found|not found|delisted/i.test(`${code ?? ""} ${description ?? ""}`) &&
    (status === 404 || status === 200 || status === 422);
}

function pageRefusal(text: string, words: string): Refusal {
  if (/consent/i.test(text)) {
    return {
      code: "consent_page",
      what: `the service wants consent first and says ${quoted(words)}`,
      hint: "Give consent in a browser and set YAHOO_COOKIE to its cookies.",
    };
  }
  return {
    code: "not_json",
    what: `the answer is a page for people: ${quoted(words)}`,
    hint: TRY_LATER,
    retryable: true,
  };
}

function looksLikePage(answer: HttpAnswer, text: string): boolean {
  return answer.contentType.includes("html") && !/^\s*[{[]/.test(text) || /^\s*</.test(text);
}

/**
 * Reads an answer. Looks at the status and at what the body is before it is parsed.
 *
 * @throws {SourceError} `ticker_unknown`, `rate_limited`, `service_failed`, `service_refused`,
 *   `not_found`, `consent_page`, `not_json`, `truncated_body`, `empty_answer`, `bad_answer`,
 *   `wrong_granularity`, `wrong_symbol`, with the service's own words.
 */
export function readAnswer(answer: HttpAnswer, reading: Reading): ChartResult {
  const { status, bytes } = answer;
  const text = new TextDecoder().decode(bytes);
  const page = looksLikePage(answer, text);
  const plainWords = (): string => wordsOf(text, reading.redact);
  let parsed: unknown;
  let syntax: unknown;
  if (!page) {
    try {
      parsed = parseLenientJson(text);
    } catch (error) {
      syntax = error;
    }
  }
  const checked = page || syntax !== undefined ? undefined : checkEnvelope(parsed);
  const envelope = checked?.envelope;
  const failure = envelope === undefined ? undefined : failureOf(envelope);
  const said = (): string =>
    failure === undefined
      ? plainWords()
      : wordsOf(failure.description ?? failure.code ?? "", reading.redact);
  const unknown = failure !== undefined && isUnknown(failure, status);
  // A good answer is not searched for words: that would cost as much as reading it.
  const refusal = status === 200 && !unknown ? undefined : statusRefusal(status, said(), unknown);
  if (refusal !== undefined) throw refused(answer, refusal, reading.ticker);
  if (page) throw refused(answer, pageRefusal(text, plainWords()), reading.ticker);
  if (syntax !== undefined) throw notJson(reading, answer, text, plainWords());
  const mismatch = checked?.mismatch;
  if (mismatch !== undefined) {
    // The message quotes what was received.
    const message = wordsOf(mismatch.message, reading.redact);
    throw refused(answer, {
      code: "bad_answer",
      what: `the answer is not what it should be at ${mismatch.path || "its top"}: ${message}`,
      hint: "The service may have changed: look for a newer version.",
    }, reading.ticker);
  }
  if (failure !== undefined) {
    throw refused(answer, {
      code: "service_failed",
      what: `the service says ${quoted(said())}`,
      hint: TRY_LATER,
      retryable: true,
    }, reading.ticker);
  }
  const result = envelope?.chart?.result?.[0];
  if (result === undefined || result === null) {
    throw refused(answer, {
      code: "empty_answer",
      what: "the service answered without any history",
      hint: TRY_LATER,
      retryable: true,
    }, reading.ticker);
  }
  checkMeta(result, reading, answer);
  return result;
}

function notJson(reading: Reading, answer: HttpAnswer, text: string, words: string): SourceError {
  const cut = /^\s*[{[]/.test(text);
  return refused(answer, {
    code: cut ? "truncated_body" : "not_json",
    what: cut
      ? `the answer breaks off after ${answer.bytes.length} bytes`
      : `the answer is no JSON: ${quoted(words)}`,
    hint: TRY_LATER,
    retryable: true,
  }, reading.ticker);
}

/** An answer about something else must not be stored as if it were about this. */
function checkMeta(result: ChartResult, reading: Reading, answer: HttpAnswer): void {
  const { symbol, dataGranularity } = result.meta ?? {};
  if (typeof symbol === "string" && symbol.toUpperCase() !== reading.ticker) {
    throw refused(answer, {
      code: "wrong_symbol",
      what: `the service answered for ${quoted(wordsOf(symbol, reading.redact))}`,
      hint: "The ticker may have been renamed: ask for the new one.",
    }, reading.ticker);
  }
  if (typeof dataGranularity === "string" && dataGranularity !== "1d") {
    throw refused(answer, {
      code: "wrong_granularity",
      what: `the service answered with bars of ${
        quoted(wordsOf(dataGranularity, reading.redact))
      }, not of days`,
      hint: "Ask for fewer years with --from.",
    }, reading.ticker);
  }
}
