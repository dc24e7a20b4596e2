/** Kalshi's prediction markets, from the public part of its trade API, version 2. @module */
import { tryService } from "../http/service.ts";
import { ServiceClient } from "../http/service_client.ts";
import type { NetworkOptions, SourceNetwork } from "../network.ts";
import {
  SERVICE_OPTIONS,
  type Source,
  type SourceRequest,
  type SourceRun,
  type SourceTest,
  type SourceTestRequest,
} from "../source.ts";
import { VERSION } from "../../base/version.ts";
import { tradeApi } from "./api.ts";
import { DATASETS, wantedOf } from "./datasets.ts";
import { KalshiRun } from "./run.ts";
import { pageSchemas } from "./schema.ts";

const network: SourceNetwork = {
  baseUrl: "https://external-api.kalshi.com/trade-api/v2",
  // As many as the service allows.
  rate: { count: 20, perMs: 1000 },
  // Datasets name each other: one after the other leaves the fewest placeholders.
  concurrency: 1,
  environment: { baseUrl: "KALSHI_BASE_URL" },
};

/** A page of 1,000 markets has 2 to 3 MB. */
const MOST_BYTES = 8 * 1024 * 1024;

function clientOf(options: NetworkOptions): ServiceClient {
  const userAgent = options.userAgent ?? `tickerlock/${VERSION}`;
  return new ServiceClient(network, { ...options, userAgent }, { maxBytes: MOST_BYTES });
}

function open(request: SourceRequest): Promise<SourceRun> {
  return Promise.resolve(new KalshiRun(clientOf(request.network ?? {}), request));
}

function test(request: SourceTestRequest): Promise<SourceTest> {
  const { ticker, signal } = request;
  const options = { ...request.network, attempts: 1 };
  return tryService(network, "/markets", () => clientOf(options), async (client, listeners) => {
    const api = tradeApi(client, { signal, ...listeners });
    const query: Readonly<Record<string, string>> = ticker === undefined
      ? { limit: "1", status: "open" }
      : { tickers: ticker };
    const { value } = await api.get({ path: "/markets", query }, pageSchemas.markets);
    const count = value.objects.length;
    if (ticker !== undefined && count === 0) {
      const message = `${ticker}: the service has no such market`;
      return { ok: false, message, hint: "Check the spelling." };
    }
    return {
      ok: true,
      message: count === 0 ? "no market is open" : "the service answers with markets",
    };
  });
}

/** The Kalshi source. Decimals are text, exactly as received. */
export const kalshi: Source = {
  name: "kalshi",
  description: "Kalshi's prediction markets: events, markets, settlements, snapshots of prices",
  input: "network",
  capabilities: { incremental: true, corporateActions: false, splitAdjusted: false },
  network,
  datasets: DATASETS,
  options: ["force-refresh", "dataset", "status", "series", "event", ...SERVICE_OPTIONS],
  selects: ["dataset", "status", "series", "event"],
  checkNetwork: (options) => void clientOf(options),
  checkSelection: (selection) => void wantedOf(selection),
  open,
  test,
};
