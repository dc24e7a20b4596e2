/**
 * Asking the trade API: one request, its refusals as errors, tried again where that can help.
 *
 * @module
 */
import * as v from "valibot";
import type { HttpAnswer } from "../http/client.ts";
import type { Listening, ServiceClient } from "../http/service_client.ts";
import {
  jsonOf,
  mismatched,
  quoted,
  type Refusal,
  refused,
  troubleOf,
  wordsOf,
} from "../http/service_message.ts";

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

function refusalOf(status: number, words: string, mayBeNew: boolean): Refusal | undefined {
  if (status >= 200 && status <= 299) return undefined;
  if (status === 404) {
    return {
      code: "not_found",
      what: `the service has no such thing: ${quoted(words)}`,
      hint: "Check the name, and KALSHI_BASE_URL.",
      retryable: mayBeNew,
    };
  }
  // A redirect without an address is as good as a failure.
  return troubleOf(status < 400 ? 500 : status, words) ?? {
    code: "service_refused",
    what: `the service refuses the request and says ${quoted(words)}`,
    hint: "Check --status, --series and --event.",
  };
}

/** Asks the service, on behalf of one fetch. */
export class TradeApi {
  readonly #client: ServiceClient;
  readonly #listening: Listening;

  constructor(client: ServiceClient, listening: Listening) {
    this.#client = client;
    this.#listening = listening;
  }

  /**
   * Makes one request and reads its JSON, with tries.
   *
   * @throws {SourceError} `not_found`, `rate_limited`, `service_failed`, `service_refused`, `not_json`,
   *   `bad_answer`, or what {@linkcode HttpClient.get} throws.
   */
  async get<Schema extends v.GenericSchema>(
    request: ApiRequest,
    schema: Schema,
  ): Promise<ApiAnswer<v.InferOutput<Schema>>> {
    return await this.trying((ask) => ask(request, schema));
  }

  /**
   * Does work of one or several requests, and all of it again where that can help.
   *
   * @param work Receives what makes one request.
   * @throws What the last try threw.
   */
  async trying<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    return await this.#client.trying(
      this.#listening,
      (get) =>
        work(async ({ path, query, mayBeNew = false }, schema) =>
          this.#read(await get(path, query), schema, mayBeNew)
        ),
    );
  }

  #read<Schema extends v.GenericSchema>(
    answer: HttpAnswer,
    schema: Schema,
    mayBeNew: boolean,
  ): ApiAnswer<v.InferOutput<Schema>> {
    const text = new TextDecoder().decode(answer.bytes);
    const { redact } = this.#client;
    const { status } = answer;
    const refusal = status === 200 ? undefined : refusalOf(status, wordsOf(text, redact), mayBeNew);
    if (refusal !== undefined) throw refused(answer, refusal);
    const checked = v.safeParse(schema, jsonOf(answer, text, redact), { abortEarly: true });
    if (checked.success) return { value: checked.output, text };
    throw refused(answer, mismatched(checked.issues[0], redact));
  }
}
