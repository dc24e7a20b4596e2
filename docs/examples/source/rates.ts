/**
 * A source of daily closes from a service that wants a key, in a project of its own.
 *
 * @module
 */
import {
  type Batch,
  type FetchOptions,
  type FetchPlan,
  type NetworkOptions,
  planDays,
  type PriceRow,
  type Reject,
  ServiceClient,
  ServiceRun,
  type Source,
  type SourceNetwork,
  type SourceRequest,
  type StoredState,
  tryService,
} from "@tickerlock/tickerlock";
import * as v from "valibot";

const network: SourceNetwork = {
  baseUrl: "https://rates.example/v1",
  rate: { count: 10, perMs: 1000 },
  environment: { baseUrl: "RATES_BASE_URL" },
};

const answerSchema = v.object({
  days: v.array(v.object({ date: v.pipe(v.string(), v.isoDate()), close: v.unknown() })),
});

class RatesRun extends ServiceRun {
  /** `planDays` continues behind the stored days. */
  readonly needsStored = true;
  readonly #request: SourceRequest;

  constructor(client: ServiceClient, request: SourceRequest) {
    super(request.tickers ?? [], client);
    this.#request = request;
  }

  plan(_ticker: string, stored: StoredState | null): FetchPlan {
    return planDays(this.#request, stored);
  }

  async *fetch(ticker: string, options?: FetchOptions): AsyncGenerator<Batch> {
    const { from, to } = options?.plan ?? this.plan(ticker, null);
    const path = `/daily/${encodeURIComponent(ticker)}`;
    const { days } = await this.client.json({
      path,
      query: { ...from === null ? {} : { from }, ...to === null ? {} : { to } },
      schema: answerSchema,
      ticker,
      // A run over all stored tickers then leaves it alone for a day.
      refusal: (status, words) =>
        status === 404
          ? { code: "ticker_unknown", what: `the service says "${words}"`, hint: "Check its name." }
          : undefined,
    }, { ...options, signal: this.#request.signal });
    const prices: PriceRow[] = [];
    const rejects: Reject[] = [];
    for (const { date, close } of days) {
      if (typeof close === "number") {
        prices.push({
          date,
          open: null,
          high: null,
          low: null,
          close,
          adjClose: null,
          volume: null,
        });
      } else {
        const raw = JSON.stringify({ date, close });
        const reason = `close is ${JSON.stringify(close)}, which is no number`;
        rejects.push({ origin: path, line: null, date, code: "bad_number", reason, raw });
      }
    }
    yield { prices, rejects };
  }
}

/**
 * The source.
 *
 * @param key What the service knows its callers by; it is in no log, no error and no table.
 */
export function ratesSource(key: string): Source {
  const clientOf = (options?: NetworkOptions): ServiceClient =>
    new ServiceClient(network, options, { headers: { authorization: `Bearer ${key}` } });
  return {
    name: "rates",
    description: "Daily closes of currencies",
    input: "network",
    capabilities: { incremental: true, corporateActions: false, splitAdjusted: false },
    network,
    checkNetwork: (options) => void clientOf(options),
    open: (request) => Promise.resolve(new RatesRun(clientOf(request.network), request)),
    test: ({ ticker = "EURBRL", network: options, signal }) => {
      const path = `/daily/${encodeURIComponent(ticker)}`;
      return tryService(network, path, () => clientOf(options), async (client, listeners) => {
        const { days } = await client.json({ path, schema: answerSchema, ticker }, {
          ...listeners,
          signal,
        });
        return { ok: days.length > 0, message: `${ticker}: ${days.length} days` };
      });
    },
  };
}
