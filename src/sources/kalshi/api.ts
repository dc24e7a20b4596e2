/**
 * Asking the trade API: one request, its refusals in our words, tried again where that can help.
 *
 * @module
 */
import * as v from "valibot";
import { SourceError } from "../../base/errors.ts";
import type { HttpAnswer, HttpClient } from "../http/client.ts";
import { systemClock } from "../http/clock.ts";
import { Deadline, withRetries } from "../http/retry.ts";
import { quoted, wordsOf } from "../http/service_message.ts";
import type { NetworkOptions, RawAnswer } from "../network.ts";

/** Default tries of one request. */
const ATTEMPTS = 3;

/** Default seconds for one page, all tries and pauses included. */
const DEADLINE_SECONDS = 120;

/** Default first pause between two tries, in ms. */
const BACKOFF_MS = 1000;

/** Whom to tell of requests. */
export interface Listening {
  readonly signal: AbortSignal;
  readonly onRequest?: () => void;
  readonly onRetry?: (why: Error) => void;
  readonly onAnswer?: (answer: RawAnswer) => Promise<void>;
}

/** A request that may be answered with "not found". */
export interface ApiRequest {
  /** Behind the base URL. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** A new market may not be there for a moment: 404 is tried again. Default false. */
  readonly mayBeNew?: boolean;
}

/** An answer, read and as it was written. */
export interface ApiAnswer<Value> {
  readonly value: Value;
  readonly text: string;
}

/** Makes one request, once. */
export type Ask = <Schema extends v.GenericSchema>(
  request: ApiRequest,
  schema: Schema,
) => Promise<ApiAnswer<v.InferOutput<Schema>>>;

function refusal(answer: HttpAnswer, words: string, mayBeNew: boolean): SourceError | undefined {
  const { status, shownUrl } = answer;
  const where = `(status ${status}, ${shownUrl})`;
  const details = { status, url: shownUrl };
  if (status >= 200 && status <= 299) return undefined;
  if (status === 429) {
    return new SourceError("rate_limited", `the service was asked too often ${where}`, {
      hint: "Run it again later, or lower --rate.",
      retryable: true,
      details,
    });
  }
  if (status === 404) {
    return new SourceError(
      "not_found",
      `the service has no such thing: ${quoted(words)} ${where}`,
      {
        hint: "Check the name, and KALSHI_BASE_URL.",
        retryable: mayBeNew,
        details,
      },
    );
  }
  const failed = status >= 500 || status < 400;
  return new SourceError(
    failed ? "service_failed" : "service_refused",
    `the service ${failed ? "failed" : "refuses the request"} and says ${quoted(words)} ${where}`,
    {
      hint: failed
        ? "Try again later: the service has trouble of its own."
        : "Check --status, --series and --event.",
      retryable: failed,
      details,
    },
  );
}

/** Asks one service. */
export class TradeApi {
  readonly #client: HttpClient;
  readonly #network: NetworkOptions;

  /** @param client The host. @param network Patience. */
  constructor(client: HttpClient, network: NetworkOptions) {
    this.#client = client;
    this.#network = network;
  }

  /** Milliseconds for which nothing may be asked. */
  get pausedMs(): number {
    return this.#client.limiter.pausedMs;
  }

  /**
   * Makes one request and reads its JSON, with tries.
   *
   * @param request What to ask.
   * @param schema What the answer has to be.
   * @param listening Signal, and whom to tell.
   * @throws {SourceError} `not_found`, `rate_limited`, `service_failed`, `service_refused`, `not_json`,
   *   `bad_answer`, or what {@linkcode HttpClient.get} throws.
   */
  async get<Schema extends v.GenericSchema>(
    request: ApiRequest,
    schema: Schema,
    listening: Listening,
  ): Promise<ApiAnswer<v.InferOutput<Schema>>> {
    return await this.trying((ask) => ask(request, schema), listening);
  }

  /**
   * Does work of one or several requests, and all of it again where that can help.
   *
   * @param work Receives what makes one request.
   * @param listening Signal, and whom to tell.
   * @throws What the last try threw.
   */
  async trying<T>(work: (ask: Ask) => Promise<T>, listening: Listening): Promise<T> {
    const { signal, onRequest, onRetry, onAnswer } = listening;
    const { attempts, backoffMs, deadlineSeconds } = this.#network;
    const deadline = new Deadline(deadlineSeconds ?? DEADLINE_SECONDS, systemClock.now);
    const ask: Ask = async ({ path, query = {}, mayBeNew = false }, schema) => {
      const answer = await this.#client.get(path, query, {
        signal,
        deadline,
        onRequest: () => {
          deadline.begin();
          onRequest?.();
        },
        ...(onAnswer === undefined ? {} : { onAnswer }),
      });
      return this.#read(answer, schema, mayBeNew);
    };
    return await withRetries(() => work(ask), {
      attempts: attempts ?? ATTEMPTS,
      backoffMs: backoffMs ?? BACKOFF_MS,
      deadline,
      signal,
      isHopeless: () => systemClock.now() + this.pausedMs > deadline.latest,
      ...(onRetry === undefined ? {} : { onRetry }),
    });
  }

  #read<Schema extends v.GenericSchema>(
    answer: HttpAnswer,
    schema: Schema,
    mayBeNew: boolean,
  ): ApiAnswer<v.InferOutput<Schema>> {
    const text = new TextDecoder().decode(answer.bytes);
    const refused = refusal(answer, wordsOf(text, this.#client.redact), mayBeNew);
    if (refused !== undefined) throw refused;
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      const words = wordsOf(text, this.#client.redact).slice(0, 80);
      throw new SourceError(
        "not_json",
        `the answer is no whole JSON: ${quoted(words)} (${answer.shownUrl})`,
        { hint: "Try again later: the service has trouble of its own.", retryable: true },
      );
    }
    const checked = v.safeParse(schema, parsed, { abortEarly: true });
    if (checked.success) return { value: checked.output, text };
    const [issue] = checked.issues;
    throw new SourceError(
      "bad_answer",
      `the answer is not what it should be at ${v.getDotPath(issue) ?? "its top"}: ` +
        `${issue.message} (${answer.shownUrl})`,
      { hint: "The service may have changed: look for a newer version." },
    );
  }
}
