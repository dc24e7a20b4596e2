/**
 * Answers of the chart service for tests of what reads them.
 *
 * @module
 */
import { SourceError } from "../../../src/base/errors.ts";
import type { HttpAnswer } from "../../../src/sources/http/client.ts";
import { readActions } from "../../../src/sources/yahoo/actions.ts";
import { readAnswer } from "../../../src/sources/yahoo/answer.ts";
import { readBars } from "../../../src/sources/yahoo/bars.ts";
import { ExchangeCalendar } from "../../../src/sources/yahoo/exchange_day.ts";

import { type Judged, judged } from "../judged.ts";
import type { CorporateAction, PriceRow } from "../../../src/model/prices.ts";

/** Whose answers they are. */
export const TICKER = "PETR4.SA";

/** A day's bar at 10:00 in São Paulo. */
export function stampOf(day: string): number {
  return Date.parse(`${day}T13:00:00Z`) / 1000;
}

/** A good answer of three days with one event of each kind. */
export function goodAnswer(): Record<string, unknown> {
  const event = (day: string) => ({ date: stampOf(day) });
  return {
    chart: {
      result: [{
        meta: {
          symbol: TICKER,
          currency: "BRL",
          exchangeTimezoneName: "America/Sao_Paulo",
          gmtoffset: -10_800,
          dataGranularity: "1d",
          regularMarketTime: stampOf("2024-03-06"),
        },
        timestamp: ["2024-03-04", "2024-03-05", "2024-03-06"].map(stampOf),
        indicators: {
          quote: [{
            open: [10, 11, 12],
            high: [12, 13, 14],
            low: [9, 10, 11],
            close: [11, 12, 13],
            volume: [100, 200, 300],
          }],
          adjclose: [{ adjclose: [10.5, 11.5, 12.5] }],
        },
        events: {
          dividends: { "1": { ...event("2024-03-05"), amount: 0.5 } },
          splits: { "2": { ...event("2024-03-06"), numerator: 4, denominator: 1 } },
          capitalGains: { "3": { ...event("2024-03-04"), amount: "0.25" } },
        },
      }],
      error: null,
    },
  };
}

/** A response with that body. */
export function answerOf(body: string, over: Partial<HttpAnswer> = {}): HttpAnswer {
  return {
    status: 200,
    contentType: "application/json",
    bytes: new TextEncoder().encode(body),
    shownUrl: "http://host/x",
    ...over,
  };
}

/** What reading gives, judged. */
export interface Read extends Judged {
  /** In the order of the bars. */
  readonly prices: readonly PriceRow[];
  readonly actions: readonly CorporateAction[];
  readonly warnings: readonly string[];
}

/** Reads an answer as a run does. */
export function read(answer: HttpAnswer): Read {
  const result = readAnswer(answer, { ticker: TICKER, redact: (text) => text });
  const { exchangeTimezoneName, gmtoffset } = result.meta ?? {};
  const calendar = new ExchangeCalendar(exchangeTimezoneName ?? undefined, gmtoffset ?? 0);
  const bars = readBars(result, calendar, { from: null, to: null, origin: "x" });
  const { prices } = bars;
  return { prices, ...judged({ ...bars, corrects: true }), ...readActions(result, calendar) };
}

/** What reading gives, or the `SourceError`; what else is thrown passes through. */
export function readOrRefuse(answer: HttpAnswer): Read | SourceError {
  try {
    return read(answer);
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
}
