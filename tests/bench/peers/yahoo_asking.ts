/**
 * Asks for each ticker and throws the answers away: what the service and the network cost by
 * themselves.
 *
 * @module
 */

interface Job {
  readonly url: string;
  /** Path and query behind a ticker. */
  readonly query: string;
  readonly tickers: readonly string[];
  readonly lanes: number;
}

const { url, query, tickers, lanes } = JSON.parse(Deno.args[0] ?? "{}") as Job;
let next = 0;

async function lane(): Promise<void> {
  for (let ticker = tickers[next++]; ticker !== undefined; ticker = tickers[next++]) {
    const response = await fetch(`${url}/v8/finance/chart/${encodeURIComponent(ticker)}${query}`);
    await response.arrayBuffer();
  }
}

await Promise.all(Array.from({ length: lanes }, lane));
