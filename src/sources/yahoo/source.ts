/** Daily history from Yahoo's chart service, version 8. @module */
import { addDays, lastPossibleDay } from "../../base/day.ts";
import { tryService } from "../http/service.ts";
import { ServiceClient } from "../http/service_client.ts";
import type { NetworkOptions, SourceNetwork } from "../network.ts";
import { NOTHING_STORED } from "../../model/prices.ts";
import {
  SERVICE_OPTIONS,
  type Source,
  type SourceRequest,
  type SourceRun,
  type SourceTest,
  type SourceTestRequest,
} from "../source.ts";
import { chartPath, YahooRun } from "./run.ts";

const SURE_TICKER = "PETR4.SA";

/** Days that a test asks for: more than the longest holidays. */
const TEST_DAYS = 10;

/** The service refuses what does not look like a browser, and old browsers (429): see `browserOf`. */
const USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
  "Chrome/148.0.0.0 Safari/537.36";

/** 25 years of days are 0.7 MB, 125 years would be 3.5. */
const MOST_BYTES = 4 * 1024 * 1024;

/** About 60 requests a minute are tolerated. */
const network: SourceNetwork = {
  baseUrl: "https://query2.finance.yahoo.com",
  otherUrl: "https://query1.finance.yahoo.com",
  browserOf: "2026-05-05",
  rate: { count: 60, perMs: 60_000 },
  environment: { baseUrl: "YAHOO_BASE_URL", userAgent: "YAHOO_USER_AGENT", cookie: "YAHOO_COOKIE" },
};

function clientOf(options: NetworkOptions): ServiceClient {
  const userAgent = options.userAgent ?? USER_AGENT;
  return new ServiceClient(network, { ...options, userAgent }, { maxBytes: MOST_BYTES });
}

function open(request: SourceRequest): Promise<SourceRun> {
  return Promise.resolve(new YahooRun(clientOf(request.network ?? {}), request));
}

function test(request: SourceTestRequest): Promise<SourceTest> {
  const { ticker = SURE_TICKER, signal } = request;
  const options = { ...request.network, attempts: 1 };
  const path = chartPath(ticker);
  return tryService(network, path, () => clientOf(options), async (client, listeners) => {
    const to = lastPossibleDay(Date.now());
    const from = addDays(to, -TEST_DAYS);
    const run = new YahooRun(client, { files: [], tickers: [ticker], from, to: null, signal });
    let days = 0;
    let last = "";
    const plan = { kind: "window", from, to } as const;
    for await (
      const { prices } of run.fetch(ticker, { plan, stored: NOTHING_STORED, ...listeners })
    ) {
      days += prices.length;
      last = prices.at(-1)?.date ?? last;
    }
    if (days > 0) return { ok: true, message: `${ticker}: ${days} days, the last one ${last}` };
    return {
      ok: false,
      message: `${ticker}: no day of the last ${TEST_DAYS} has a price`,
      hint: "Try another --ticker.",
    };
  });
}

/** The Yahoo source. Prices are adjusted for splits; `adj_close` for dividends as well. */
export const yahoo: Source = {
  name: "yahoo",
  description: "Yahoo's daily history: stocks, funds, indices, currencies, coins",
  input: "network",
  options: [
    ...["from", "to", "all", "force-refresh", "accept-restatement", "full-every"] as const,
    ...["fill-gaps", "concurrency", ...SERVICE_OPTIONS] as const,
  ],
  capabilities: { incremental: true, corporateActions: true, splitAdjusted: true },
  network,
  checkNetwork: (options) => void clientOf(options),
  open,
  test,
};
