/** B3's corporate actions, as its service of listed companies tells them. @module */
import { plural } from "../../base/text.ts";
import { NOTHING_STORED } from "../../model/prices.ts";
import { COMPANIES } from "../b3/services.ts";
import { tryService } from "../http/service.ts";
import { ServiceClient } from "../http/service_client.ts";
import {
  SERVICE_OPTIONS,
  type Source,
  type SourceTest,
  type SourceTestRequest,
} from "../source.ts";
import { B3ActionsRun, questionPath, SUFFIX } from "./run.ts";

const SURE_TICKER = "PETR4.SA";

function test(request: SourceTestRequest): Promise<SourceTest> {
  const { ticker = SURE_TICKER, signal } = request;
  const path = questionPath("GetListedSupplementCompany", { issuingCompany: ticker.slice(0, 4) });
  const clientOf = () => new ServiceClient(COMPANIES, { ...request.network, attempts: 1 });
  return tryService(COMPANIES, path, clientOf, async (client, listeners) => {
    const run = new B3ActionsRun(client, {
      ...{ files: [], tickers: [ticker], from: null, to: null, signal },
    });
    let events = 0;
    const plan = run.plan(ticker, null);
    for await (const batch of run.fetch(ticker, { plan, stored: NOTHING_STORED, ...listeners })) {
      events += batch.events?.length ?? 0;
    }
    if (events > 0) return { ok: true, message: `${ticker}: ${plural(events, "event")}` };
    return { ok: false, message: `${ticker}: no event`, hint: "Try another --ticker." };
  });
}

/** The source of B3's corporate actions. It has no prices. */
export const b3Actions: Source = {
  name: "b3-actions",
  description: "B3's dividends, splits, bonuses and subscriptions, for adjusted prices",
  input: "network",
  options: ["all", "force-refresh", ...SERVICE_OPTIONS],
  capabilities: { incremental: false, corporateActions: true, splitAdjusted: false, prices: false },
  network: { ...COMPANIES, concurrency: 1 },
  follows: { sources: ["cotahist", "b3-daily", "yahoo"], ending: SUFFIX },
  checkNetwork: (network) => new ServiceClient(COMPANIES, network).close(),
  open: (request) =>
    Promise.resolve(new B3ActionsRun(new ServiceClient(COMPANIES, request.network ?? {}), request)),
  test,
};
