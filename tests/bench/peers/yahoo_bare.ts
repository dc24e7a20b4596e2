/**
 * What a short script of one's own would do, and the least that the work can cost: asks for each
 * ticker, parses the answer and inserts its bars, one transaction a ticker. No locks, no log, no
 * checks, no retries.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";

interface Job {
  readonly url: string;
  /** Path and query behind a ticker. */
  readonly query: string;
  readonly tickers: readonly string[];
  readonly lanes: number;
  readonly db: string;
}

interface Chart {
  readonly chart: {
    readonly result: readonly {
      readonly timestamp: readonly number[];
      readonly indicators: {
        readonly quote: readonly Record<
          "open" | "high" | "low" | "close" | "volume",
          readonly number[]
        >[];
        readonly adjclose: readonly { readonly adjclose: readonly number[] }[];
      };
    }[];
  };
}

const { url, query, tickers, lanes, db: path } = JSON.parse(Deno.args[0] ?? "{}") as Job;
using db = new DatabaseSync(path);
for (const pragma of ["journal_mode = WAL", "synchronous = NORMAL", "cache_size = -4000"]) {
  db.exec(`PRAGMA ${pragma}`);
}
db.exec(
  `CREATE TABLE prices (ticker TEXT, date TEXT, open REAL, high REAL, low REAL, close REAL,
   adj_close REAL, volume INTEGER, PRIMARY KEY (ticker, date)) STRICT, WITHOUT ROWID`,
);
const insert = db.prepare("INSERT INTO prices VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
let next = 0;

async function lane(): Promise<void> {
  for (let ticker = tickers[next++]; ticker !== undefined; ticker = tickers[next++]) {
    const response = await fetch(`${url}/v8/finance/chart/${encodeURIComponent(ticker)}${query}`);
    const { chart: { result: [result] } } = await response.json() as Chart;
    const { timestamp = [], indicators } = result ?? {};
    const quote = indicators?.quote[0];
    const adjusted = indicators?.adjclose[0]?.adjclose;
    db.exec("BEGIN IMMEDIATE");
    for (const [i, second] of timestamp.entries()) {
      insert.run(
        ticker,
        new Date(second * 1000).toISOString().slice(0, 10),
        quote?.open[i] ?? null,
        quote?.high[i] ?? null,
        quote?.low[i] ?? null,
        quote?.close[i] ?? null,
        adjusted?.[i] ?? null,
        quote?.volume[i] ?? null,
      );
    }
    db.exec("COMMIT");
  }
}

await Promise.all(Array.from({ length: lanes }, lane));
