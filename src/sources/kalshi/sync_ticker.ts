/** Bringing one market by its ticker. @module */
import { SourceError } from "../../base/errors.ts";
import type { MarketRow } from "../../model/markets.ts";
import type { Batch } from "../source.ts";
import type { TradeApi } from "./api.ts";
import { askEvent, receivedOf } from "./pages.ts";
import { isRecord, pageSchemas, parseEvents, parseMarkets, type Received } from "./schema.ts";
import type { SyncContext } from "./sync.ts";

const SETTLED = new Set(["settled", "finalized"]);

function isSettled({ status, settlementTs }: MarketRow): boolean {
  return settlementTs !== null || SETTLED.has(status ?? "");
}

/** Brings one market. @throws {SourceError} `ticker_unknown`, after some tries. */
export async function* syncTicker(
  ticker: string,
  context: Omit<SyncContext, "checkpoint">,
): AsyncGenerator<Batch> {
  const { api, wanted: { datasets }, startedMs } = context;
  const market = await findMarket(api, ticker);
  const { rows, rejects } = parseMarkets([market], "/markets");
  const events: Received[] = [];
  const [row] = rows;
  if (row !== undefined && datasets.includes("events")) {
    try {
      const path = `/events/${encodeURIComponent(row.eventTicker)}`;
      events.push(await askEvent(api, path));
    } catch (error) {
      // The market is good without it; its placeholder waits for the sync of events.
      if (!(error instanceof SourceError) || error.code !== "not_found") throw error;
    }
  }
  const parsed = parseEvents(events, "/events");
  const settled = datasets.includes("settlements") ? rows.filter(isSettled) : [];
  const open = datasets.includes("snapshots") ? rows.filter((each) => !isSettled(each)) : [];
  yield {
    prices: [],
    rejects: [...rejects, ...parsed.rejects],
    markets: {
      events: parsed.rows,
      markets: datasets.includes("markets") || settled.length > 0 ? rows : [],
      settled,
      snapshots: open,
      takenAt: open.length === 0 ? null : new Date(startedMs).toISOString(),
    },
  };
}

async function findMarket(api: TradeApi, ticker: string): Promise<Received> {
  return await api.trying(async (ask) => {
    for (const path of ["/markets", "/historical/markets"]) {
      try {
        const { value, text } = await ask(
          { path, query: { tickers: ticker } },
          pageSchemas.markets,
        );
        const found = receivedOf(text, "markets", value.objects)
          .find(({ value }) => isRecord(value) && value.ticker === ticker);
        if (found !== undefined) return found;
      } catch (error) {
        if (!(error instanceof SourceError) || error.code !== "not_found") throw error;
      }
    }
    throw new SourceError("ticker_unknown", `${ticker}: the service has no such market`, {
      hint: "Check the spelling; a market that has just been made may not be there for a moment.",
      retryable: true,
      details: { ticker },
    });
  });
}
