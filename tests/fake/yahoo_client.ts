/**
 * The least of a client, for the tests of the fake.
 *
 * @module
 */
import type { FakeYahoo } from "./yahoo.ts";
import type { Events } from "./yahoo_chart.ts";

/** Friday evening; every stock exchange has closed. Milliseconds since 1970. */
export const NOW = Date.parse("2026-09-18T22:00:00Z");

/** A good answer, flat. */
export interface Chart {
  readonly meta: Readonly<Record<string, unknown>>;
  readonly timestamp: readonly number[];
  readonly open: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  readonly volume: readonly number[];
  readonly adjclose: readonly number[];
  readonly events: Events | undefined;
}

/** Asks for a window, by default for everything. */
export function fetchChart(
  yahoo: FakeYahoo,
  symbol: string,
  { period1 = 0, period2 = 9_999_999_999 } = {},
): Promise<Response> {
  const query = `period1=${period1}&period2=${period2}&interval=1d&events=div%2Csplits`;
  return fetch(`${yahoo.url}/v8/finance/chart/${encodeURIComponent(symbol)}?${query}`);
}

/** The same, read as an answer without a fault in its form. */
export async function readChart(
  yahoo: FakeYahoo,
  symbol: string,
  window?: { period1?: number; period2?: number },
): Promise<Chart> {
  const response = await fetchChart(yahoo, symbol, window);
  const [result] = (await response.json()).chart.result;
  const { meta, timestamp, events, indicators: { quote: [quote], adjclose } } = result;
  return { meta, timestamp, events, ...quote, adjclose: adjclose?.[0].adjclose };
}
