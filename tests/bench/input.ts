/** The generated file that the benchmarks read. @module */
import { writeCotahist } from "../../docs/examples/generate_cotahist.ts";
import { DOCUMENTED_MARKETS, FORWARD_MARKET } from "../../src/sources/cotahist/layout.ts";
import { type BenchFolder, sized } from "./harness.ts";

/** The markets of the file: all documented ones but the forward market, which has a ticker per term. */
export const MARKETS: readonly string[] = [...DOCUMENTED_MARKETS]
  .filter((market) => Number(market) !== FORWARD_MARKET);

/** Tickers in the file, which all trade on every day: what a day of 2021 has. */
export const TICKERS = 7500;

/** Days of the file of usual size: 111 MB. */
export const DAYS = sized(60, 2);

/** Days of a file of a year: 2,250,000 records. */
export const YEAR = sized(300, 3);

const RECORD_BYTES = 247;
const CASH_MARKET = "010";

/** In the generated file every eighth company trades in the other markets also. */
function companies(others: number): number {
  let count = 0;
  let tickers = 0;
  while (tickers < TICKERS) {
    tickers += count % 8 === 0 ? 1 + others : 1;
    count++;
  }
  if (tickers !== TICKERS) {
    throw new Error(`${TICKERS} tickers cannot be reached with ${others} further markets`);
  }
  return count;
}

/**
 * A file with {@linkcode TICKERS} quote records a day, written once per run.
 * @param folder Where to.
 * @param days How many days. Default {@linkcode DAYS}, which makes 450,000 records.
 * @returns Its path.
 */
export function inputFile(folder: BenchFolder, days: number = DAYS): Promise<string> {
  return folder.file(`COTAHIST_${days}_DAYS.TXT`, async (path) => {
    const markets = MARKETS.filter((market) => market !== CASH_MARKET);
    await writeCotahist(path, { tickers: companies(markets.length), days, markets });
    const { size } = await Deno.stat(path);
    const records = size / RECORD_BYTES - 2;
    if (records !== TICKERS * days) throw new Error(`${path} has ${records} quote records`);
  });
}
