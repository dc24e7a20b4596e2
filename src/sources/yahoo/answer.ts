/** From a response to a history, or to an error that says what the service means. @module */
import { bytesText } from "../../base/text.ts";
import * as v from "valibot";
import type { HttpAnswer } from "../http/client.ts";
import { endOfString } from "../http/json_text.ts";
import type { Redact } from "../http/redact.ts";
import { type ChartResult, type Envelope, envelopeSchema } from "./schema.ts";
import {
  because,
  mismatched,
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

function statusRefusal(status: number, words: string, unknown: boolean): Refusal | undefined {
  const trouble = troubleOf(status, words);
  if (trouble !== undefined) return trouble;
  const said = quoted(words);
  if (unknown) {
    const hint = "Check the spelling; Brazilian tickers end in .SA, indices begin with ^.";
    return because("ticker_unknown", `the service does not know it and says ${said}`, hint);
  }
  if (status === 404) {
    const what = `there is no such page, and the answer is none of the service: ${said}`;
    return because("not_found", what, "Check YAHOO_BASE_URL.");
  }
  if (status >= 400) {
    const hint = status === 401 || status === 403
      ? "Set YAHOO_COOKIE or YAHOO_USER_AGENT as a browser would send them."
      : "Check --from and --to, and the ticker.";
    return because("service_refused", `the service refuses the request and says ${said}`, hint);
  }
  if (status >= 200 && status <= 299) return undefined;
  const what = `the status is none of an answer, and the body says ${said}`;
  return because("bad_answer", what, TRY_LATER, true);
}

interface Failure {
  readonly code?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** What stands in front of the service says it, and knows of no ticker. */
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
  const said = quoted(words);
  if (!/consent/i.test(text)) {
    return because("not_json", `the answer is a page for people: ${said}`, TRY_LATER, true);
  }
  const hint = "Give consent in a browser and set YAHOO_COOKIE to its cookies.";
  return because("consent_page", `the service wants consent first and says ${said}`, hint);
}

/** A number that is none, as some of the service's programs write it. */
const BARE = /-?\b(?:NaN|Infinity)\b/g;

/** Takes the text in pieces: one pattern for all of it takes forever where a quote is missing. */
function quoteBare(text: string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at);
    const outside = text.slice(at, quote < 0 ? text.length : quote);
    parts.push(outside.replace(BARE, '"$&"'));
    if (quote < 0) break;
    at = endOfString(text, quote);
    parts.push(text.slice(quote, at));
  }
  return parts.join("");
}

/** Parses JSON in which a number may be a bare `NaN` or `Infinity`, which becomes a text. */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(quoteBare(text));
  }
}

/** Reads an answer; what is none is a `SourceError` with the service's words. */
export function readAnswer(answer: HttpAnswer, reading: Reading): ChartResult {
  const { status, bytes, contentType } = answer;
  const { ticker, redact } = reading;
  const text = new TextDecoder().decode(bytes);
  const looksLikeJson = /^\s*[{[]/.test(text);
  const isPage = contentType.includes("html") && !looksLikeJson || /^\s*</.test(text);
  const plainWords = (): string => wordsOf(text, redact);
  let parsed: unknown;
  let isJson = !isPage;
  if (isJson) {
    try {
      parsed = parseLenientJson(text);
    } catch {
      isJson = false;
    }
  }
  const checked = isJson ? v.safeParse(envelopeSchema, parsed, { abortEarly: true }) : undefined;
  const envelope = checked?.success ? checked.output : undefined;
  const failure = envelope === undefined ? undefined : failureOf(envelope);
  const said = (): string =>
    failure === undefined
      ? plainWords()
      : wordsOf(failure.description ?? failure.code ?? "", redact);
  const unknown = failure !== undefined && isUnknown(failure, status);
  // A good answer is not searched for words: that would cost as much as reading it.
  const refusal = status === 200 && !unknown ? undefined : statusRefusal(status, said(), unknown);
  if (refusal !== undefined) throw refused(answer, refusal, ticker);
  if (isPage) throw refused(answer, pageRefusal(text, plainWords()), ticker);
  if (!isJson) {
    const [code, what] = looksLikeJson
      ? ["truncated_body", `the answer breaks off after ${bytesText(bytes.length)}`] as const
      : ["not_json", `the answer is no JSON: ${quoted(plainWords())}`] as const;
    throw refused(answer, because(code, what, TRY_LATER, true), ticker);
  }
  if (checked?.success === false) {
    throw refused(answer, mismatched(checked.issues[0], redact), ticker);
  }
  const result = envelope?.chart?.result?.[0];
  if (failure !== undefined || result === undefined || result === null) {
    const [code, what] = failure !== undefined
      ? ["service_failed", `the service says ${quoted(said())}`] as const
      : ["empty_answer", "the service answered without any history"] as const;
    throw refused(answer, because(code, what, TRY_LATER, true), ticker);
  }
  checkMeta(result, reading, answer);
  return result;
}

function checkMeta(result: ChartResult, { ticker, redact }: Reading, answer: HttpAnswer): void {
  const { symbol, dataGranularity } = result.meta ?? {};
  if (typeof symbol === "string" && symbol.toUpperCase() !== ticker) {
    const what = `the service answered for ${quoted(wordsOf(symbol, redact))}`;
    const hint = "The ticker may have been renamed: ask for the new one.";
    throw refused(answer, because("wrong_symbol", what, hint), ticker);
  }
  if (typeof dataGranularity === "string" && dataGranularity !== "1d") {
    const bars = quoted(wordsOf(dataGranularity, redact));
    const what = `the service answered with bars of ${bars}, not of days`;
    throw refused(
      answer,
      because("wrong_granularity", what, "Ask for fewer years with --from."),
      ticker,
    );
  }
}
