/** Fields and values of COTAHIST (B3, "Layout do arquivo – cotações históricas"). @module */
import { UsageError } from "../../base/errors.ts";
import { type FileLimits, limitsOf } from "../files/limits.ts";
import type { Selection } from "../source.ts";

/** Bytes of a record without its line end. */
export const RECORD_LENGTH = 245;

/** First bytes of every COTAHIST file: record type `00`, then the file's name. */
export const FILE_START = "00COTAHIST";

/** First bytes of every trailer. */
export const TRAILER_START = "99COTAHIST";

/** A quote record: type, date, and the market after CODBDI and CODNEG. */
const RECORD_START = /^01[0-9]{8}.{14}[0-9]{3}/s;

/** Whether at least 30 bytes begin as a COTAHIST file, or an extract of one. */
export function looksLikeCotahist(bytes: Uint8Array): boolean {
  let text = "";
  for (const byte of bytes.subarray(0, 64)) text += String.fromCharCode(byte);
  const unmarked = text.replace(/^ï»¿/, "");
  return unmarked.startsWith(FILE_START) || RECORD_START.test(unmarked);
}

/** A field: where it starts, counted from 0, and how many bytes it has. */
export interface Field {
  readonly name: string;
  readonly start: number;
  readonly length: number;
}

function field(name: string, first: number, last: number): Field {
  return { name, start: first - 1, length: last - first + 1 };
}

/** The fields of a quote record (type 01) that are read, by B3's positions, counted from 1, inclusive. */
export const FIELDS = {
  date: field("DATA DO PREGÃO", 3, 10),
  bdi: field("CODBDI", 11, 12),
  ticker: field("CODNEG", 13, 24),
  market: field("TPMERC", 25, 27),
  specification: field("ESPECI", 40, 49),
  term: field("PRAZOT", 50, 52),
  currency: field("MODREF", 53, 56),
  open: field("PREABE", 57, 69),
  high: field("PREMAX", 70, 82),
  low: field("PREMIN", 83, 95),
  average: field("PREMED", 96, 108),
  close: field("PREULT", 109, 121),
  bid: field("PREOFC", 122, 134),
  ask: field("PREOFV", 135, 147),
  trades: field("TOTNEG", 148, 152),
  volume: field("QUATOT", 153, 170),
  turnover: field("VOLTOT", 171, 188),
  strike: field("PREEXE", 189, 201),
  expiry: field("DATVEN", 203, 210),
  factor: field("FATCOT", 211, 217),
  isin: field("CODISI", 231, 242),
  distribution: field("DISMES", 243, 245),
} as const;

/** The integer of a price is divided by this times the quote factor FATCOT. */
export const PRICE_DIVISOR = 100;

/** Date of generation in header and trailer. */
export const FILE_DATE = field("DATA DA GERAÇÃO", 24, 31);

/** Number of records in the trailer, header and trailer included. */
export const TRAILER_COUNT = field("TOTAL DE REGISTROS", 32, 42);

/** Documented values of TPMERC: cash, exercises, auction, odd lots, forward, futures, options. */
export const DOCUMENTED_MARKETS: ReadonlySet<string> = new Set(
  ["010", "012", "013", "017", "020", "030", "050", "060", "070", "080"],
);

/** Documented values of CODBDI. 13, 34 to 36, 92 and 93 occur in real files, yet are not documented. */
export const DOCUMENTED_BDI: ReadonlySet<string> = new Set([
  ..."02 05 06 07 08 09 10 11 12 14 18 22 26 32 33 38 42 46 48 49 50 51 52 53 54 56 58".split(" "),
  ..."60 61 62 66 68 70 71 74 75 78 82 83 84 90 96 99".split(" "),
]);

/** The forward market, as a number: several records per CODNEG and day, one per term (PRAZOT). */
export const FORWARD_MARKET = 30;

/** What is asked of the files beside tickers and days. */
export interface Wanted {
  readonly markets: readonly string[];
  readonly allowTruncated: boolean;
  readonly limits: FileLimits;
}

/** Reads the source's own options. @throws {UsageError} `bad_market`, `bad_value`. */
export function wantedOf(selection: Selection = {}): Wanted {
  const { markets = ["010"], allowTruncated } = selection;
  return {
    markets: checkMarkets(markets),
    allowTruncated: allowTruncated === true,
    limits: limitsOf(selection),
  };
}

function checkMarkets(markets: unknown): string[] {
  const hint =
    "Use 010 (cash), 012, 013, 017, 020 (odd lots), 030 (forwards), 070 (calls) or 080 (puts).";
  if (!Array.isArray(markets) || markets.length === 0) {
    const message = "no market is asked for: the list of markets is empty";
    throw new UsageError("bad_market", message, { hint });
  }
  for (const market of markets) {
    const details = { market };
    if (typeof market !== "string" || !/^[0-9]{3}$/.test(market)) {
      const message = `market ${JSON.stringify(market)} is not three digits`;
      throw new UsageError("bad_market", message, { hint, details });
    }
  }
  return [...new Set(markets)];
}
