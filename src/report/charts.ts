/** Prices of chosen tickers. @module */
import { UsageError } from "../base/errors.ts";
import { closest } from "../base/closest.ts";
import type { Chart } from "../store/activity.ts";
import type { PairStatistics, Reports } from "../store/reports.ts";

/** Prices of a ticker. */
export interface ChartData extends Chart {
  readonly ticker: string;
  readonly source: string;
}

/** Of several sources the one with the newest day; of the same day the first by name. */
function sourceOf(ticker: string, known: readonly PairStatistics[]): string {
  const own = known.filter((pair) => pair.ticker === ticker && pair.last_day !== null);
  const newest = own.map(({ last_day }) => last_day ?? "").sort().at(-1);
  const found = own.find(({ last_day }) => last_day === newest);
  if (found !== undefined) return found.source;
  const near = closest(
    ticker,
    known.flatMap((pair) => pair.last_day === null ? [] : pair.ticker ?? []),
  );
  throw new UsageError("ticker_unknown", `--ticker ${ticker}: there are no prices of it`, {
    hint: near === undefined
      ? "See what is stored: tickerlock stats"
      : `Did you mean ${near}? See what is stored: tickerlock stats`,
    details: { option: "--ticker", value: ticker },
  });
}

/** Prices of tickers from a day on. @throws {UsageError} `ticker_unknown`: one has no prices. */
export async function chartsOf(
  reports: Reports,
  tickers: readonly string[],
  known: readonly PairStatistics[],
  from: string,
): Promise<ChartData[]> {
  const wanted = tickers.map((ticker) => ({ ticker, source: sourceOf(ticker, known) }));
  const charts: ChartData[] = [];
  for (const each of wanted) {
    charts.push({ ...each, ...await reports.chart(each.ticker, each.source, from) });
  }
  return charts;
}
