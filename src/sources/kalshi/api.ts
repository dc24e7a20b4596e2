/** Asking the trade API: one request, its refusals as errors. @module */
import type { Deadline } from "../http/retry.ts";
import type { AnswerSchema, Listening, ServiceClient } from "../http/service_client.ts";
import { because, quoted, type Refusal, troubleOf } from "../http/service_message.ts";

/** A request that may be answered with "not found". */
interface ApiRequest {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** A new market may not be there for a moment: 404 is tried again. Default false. */
  readonly mayBeNew?: boolean;
}

/** Makes one request, once: its answer, read and as it was written. */
export type Ask = <Value>(
  request: ApiRequest,
  schema: AnswerSchema<Value>,
) => Promise<{ readonly value: Value; readonly text: string }>;

function refusalOf(status: number, words: string, mayBeNew: boolean): Refusal {
  if (status === 404) {
    const what = `the service has no such thing: ${quoted(words)}`;
    return because("not_found", what, "Check the name, and KALSHI_BASE_URL.", mayBeNew);
  }
  const what = `the service refuses the request and says ${quoted(words)}`;
  // A redirect without an address is as good as a failure.
  return troubleOf(status < 400 ? 500 : status, words) ??
    because("service_refused", what, "Check --status, --series and --event.");
}

/** The trade API, on behalf of one fetch. */
export interface TradeApi {
  readonly get: Ask;
  trying<T>(work: (ask: Ask) => Promise<T>): Promise<T>;
}

/** Asks the service; `deadline` is of all requests together, default each has one of its own. */
export function tradeApi(
  client: ServiceClient,
  listening: Listening,
  deadline?: Deadline,
): TradeApi {
  const trying = <T>(work: (ask: Ask) => Promise<T>): Promise<T> =>
    client.trying(
      listening,
      (get) =>
        work(async ({ path, query, mayBeNew = false }, schema) =>
          client.read(await get(path, query), {
            schema,
            refusal: (status, words) => refusalOf(status, words, mayBeNew),
          })
        ),
      deadline,
    );
  return { trying, get: (request, schema) => trying((ask) => ask(request, schema)) };
}
