/** What a source asks its service through. @module */
import type { SourceError } from "../../base/errors.ts";
import type { NetworkOptions, RequestListeners, SourceNetwork } from "../network.ts";
import type { RequestWait } from "../source.ts";
import {
  DEADLINE_SECONDS,
  type Download,
  type HttpAnswer,
  HttpClient,
  type ServiceClientOptions,
} from "./client.ts";
import { Deadline, withRetries } from "./retry.ts";
import {
  jsonOf,
  mismatched,
  type Refusal,
  refused,
  type SchemaIssue,
  statusRefusal,
  wordsOf,
} from "./service_message.ts";

/** Default tries of one request. */
const ATTEMPTS = 3;

/** Default first pause between two tries, in ms. */
const BACKOFF_MS = 1000;

/**
 * The signal of a run, and what is told of its requests. In `SourceRun.fetch` it is
 * `{ ...options, signal }`: with the listeners left out, `--save-raw` and the counts of the log miss
 * the requests.
 *
 * @category Writing a source
 */
export interface Listening extends RequestListeners {
  /** Gives up the request or the pause that is under way; its reason is thrown. */
  readonly signal: AbortSignal;
}

/**
 * Makes one request, once, when the rate allows it.
 *
 * @param path Behind the base URL, starting with a slash, percent-encoded.
 * @param download For a file, which is taken piece by piece. Default all of the body is in the answer.
 * @returns The answer, also where its status is a refusal.
 * @throws {SourceError} `timeout`, `connection_failed`, `tls_untrusted`, `proxy_refused`,
 *   `truncated_body`, `body_too_large`, `body_too_complex`, `redirected`, `redirect_loop`,
 *   `rate_limited`, `deadline_passed`.
 * @category Writing a source
 */
export type Get = (
  path: string,
  query?: Readonly<Record<string, string>>,
  download?: Download,
) => Promise<HttpAnswer>;

/**
 * What reads a value, of any library that follows Standard Schema 1 (https://standardschema.dev):
 * valibot, zod, arktype.
 *
 * @category Writing a source
 */
export interface AnswerSchema<Value> {
  /** The part of the standard that is used. */
  readonly "~standard": {
    /** Checks a value; what it makes of it is the answer. */
    readonly validate: (value: unknown) => Checked<Value> | Promise<Checked<Value>>;
  };
}

/**
 * What a schema finds: a value, or what is wrong.
 *
 * @category Writing a source
 */
export type Checked<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/**
 * How a refusal is told.
 *
 * @category Writing a source
 */
export interface RefusalOptions {
  /** Named in messages. Default none. */
  readonly ticker?: string;
  /**
   * What a status says with this service, such as `ticker_unknown` for 404, which a run over all
   * stored tickers then leaves alone for a day. Undefined for what it says with every service.
   */
  readonly refusal?: (status: number, words: string) => Refusal | undefined;
}

/**
 * A request for JSON.
 *
 * @category Writing a source
 */
export interface JsonRequest<Value> extends RefusalOptions {
  /** Behind the base URL, starting with a slash, percent-encoded. */
  readonly path: string;
  /** Default none. */
  readonly query?: Readonly<Record<string, string>>;
  /** What the answer has to be. */
  readonly schema: AnswerSchema<Value>;
}

/**
 * Asks one service with the rate, the time and the tries that the user has set.
 *
 * @category Writing a source
 */
export class ServiceClient {
  readonly #http: HttpClient;
  readonly #network: NetworkOptions;

  /** Hides the cookie, headers of the source and secrets of the base URL in a text. */
  readonly redact: (text: string) => string;

  /**
   * Asks nothing yet.
   *
   * @param defaults What holds where `network` says nothing.
   * @param network `request.network` of `Source.open`. Clients of one host share its rate, and the
   *   silence that it asks for, in the whole process.
   * @throws {UsageError} `bad_value` for an address, a header or a number that is none, `bad_ca_file`
   *   for a file of certificates that has none.
   */
  constructor(
    defaults: SourceNetwork,
    network: NetworkOptions = {},
    more: ServiceClientOptions = {},
  ) {
    this.#http = new HttpClient(defaults, network, more);
    this.#network = network;
    this.redact = this.#http.redact;
  }

  /** Closes connections that it does not share with others; the next request opens them anew. */
  close(): void {
    this.#http.close();
  }

  /** The base URL without secrets. */
  get shownBase(): string {
    return this.#http.shownBase;
  }

  /** What keeps the next request from being made; null where nothing does. */
  get wait(): RequestWait | null {
    return this.#http.limiter.wait;
  }

  /** Milliseconds until so many further requests can have begun, by the rate alone. */
  leastMs(requests: number): number {
    return this.#http.limiter.leastMs(requests);
  }

  /** The time for one ticker as the user has set it; it begins with its first request. */
  deadline(): Deadline {
    const { deadlineSeconds = DEADLINE_SECONDS } = this.#network;
    return new Deadline(deadlineSeconds, this.#http.clock.elapsed);
  }

  /**
   * Does work of one or several requests, and all of it again where that can help.
   *
   * @param work Receives what makes one request; a `SourceError` with `retryable` that it throws is a
   *   failure that may pass.
   * @param deadline Where several calls have one time together. Default one of its own.
   * @throws What the last try threw.
   */
  async trying<T>(
    { signal, permit, onRequest, onRetry, onAnswer }: Listening,
    work: (get: Get) => Promise<T>,
    deadline: Deadline = this.deadline(),
  ): Promise<T> {
    const http = this.#http;
    const { attempts = ATTEMPTS, backoffMs = BACKOFF_MS } = this.#network;
    const get: Get = (path, query = {}, download) =>
      http.get(path, query, {
        download,
        signal,
        permit,
        deadline,
        onRequest: () => {
          // Waiting for a turn at the host before is not the ticker's own time.
          deadline.begin();
          onRequest?.();
        },
        onAnswer,
      });
    return await withRetries(() => work(get), {
      attempts,
      backoffMs,
      deadline,
      signal,
      waitsOut: () => !http.outage.isOver,
      isHopeless: () => deadline.endsWithin(http.limiter.pausedMs),
      onRetry,
    });
  }

  /**
   * Makes a request, with tries, and reads its JSON.
   *
   * @param deadline Where several calls have one time together. Default one of its own.
   * @returns What the schema makes of the answer.
   * @throws {SourceError} What {@linkcode Get} throws; `rate_limited`, `service_failed`, `not_found`,
   *   `service_refused` for a status that is no success; `not_json`; `bad_answer` where the schema
   *   does not fit.
   */
  async json<Value>(
    request: JsonRequest<Value>,
    listening: Listening,
    deadline: Deadline = this.deadline(),
  ): Promise<Value> {
    const { path, query } = request;
    const read = async (get: Get): Promise<Value> =>
      (await this.read(await get(path, query), request)).value;
    return await this.trying(listening, read, deadline);
  }

  /** Reads the JSON of an answer, as {@linkcode ServiceClient.json} does, beside its text. */
  async read<Value>(
    answer: HttpAnswer,
    request: Omit<JsonRequest<Value>, "path" | "query">,
  ): Promise<{ readonly value: Value; readonly text: string }> {
    const { schema, ticker } = request;
    if (answer.status < 200 || answer.status > 299) throw this.refusal(answer, request);
    const text = new TextDecoder().decode(answer.bytes);
    const checked = await schema["~standard"].validate(jsonOf(answer, text, this.redact, ticker));
    if (checked.issues === undefined) return { value: checked.value, text };
    throw refused(answer, mismatched(checked.issues[0], this.redact), ticker);
  }

  /**
   * The error for an answer whose status is no success, with the service's own words.
   *
   * @returns `rate_limited` and `service_failed`, which may pass; `not_found`, `service_refused`; or
   *   what `refusal` says.
   */
  refusal(answer: HttpAnswer, { ticker, refusal }: RefusalOptions = {}): SourceError {
    const { status, bytes } = answer;
    const words = wordsOf(new TextDecoder().decode(bytes), this.redact);
    return refused(answer, refusal?.(status, words) ?? statusRefusal(status, words), ticker);
  }
}
