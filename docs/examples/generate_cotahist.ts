/**
 * Writes an invented COTAHIST file: for trying the program without a download, for tests and for
 * benchmarks. Companies, tickers and prices are made up; the format is B3's.
 *
 *     deno run --allow-write docs/examples/generate_cotahist.ts OUT [--tickers N] [--days D] [--seed S]
 *
 * Without options it writes the content of `cotahist-sample.txt`.
 *
 * @module
 */

const RECORD_BYTES = 247;

/** What to generate. */
export interface GenerateOptions {
  /** Tickers of the cash market. Default 8. */
  readonly tickers?: number;
  /** Trading days, Monday to Friday; holidays are not known here. Default 10. */
  readonly days?: number;
  /** First day, `YYYY-MM-DD`; the next Monday where it is a weekend. Default 2024-01-02. */
  readonly startDate?: string;
  /** Seed of the random numbers: the same seed gives the same bytes. Default 1. */
  readonly seed?: number;
  /** Markets besides 010, in which every eighth ticker also trades. Default 020, 070 and 030. */
  readonly markets?: readonly string[];
  /** Part of the tickers that are quoted per 1,000, from 0 to 1. Default 0.125: one in eight. */
  readonly factor1000Share?: number;
}

/** The fields of one quote record that an example needs; numbers as the file has them. */
export interface QuoteFields {
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly bdi: string;
  readonly ticker: string;
  readonly market: string;
  readonly name: string;
  /** Prices in cents, times the quote factor. */
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Quote factor, 1 or 1000. Default 1. */
  readonly factor?: number;
  /** Days of a forward contract. Default 0, which is written as blanks. */
  readonly term?: number;
}

/** Writes ISO-8859-1 text, cut or filled with blanks. */
function putText(bytes: Uint8Array, at: number, length: number, text: string): void {
  for (let i = 0; i < length; i++) bytes[at + i] = i < text.length ? text.charCodeAt(i) & 0xff : 32;
}

/** Writes a number with leading zeros. */
function putNumber(bytes: Uint8Array, at: number, length: number, value: number): void {
  let rest = value;
  for (let i = at + length - 1; i >= at; i--) {
    const next = Math.floor(rest / 10);
    bytes[i] = 48 + (rest - next * 10);
    rest = next;
  }
}

/** A record of blanks with its line end. */
function blankRecord(): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES).fill(32);
  bytes[245] = 13;
  bytes[246] = 10;
  return bytes;
}

/** Writes a quote record (type 01) with its line end. Offsets are B3's positions less one. */
function putQuote(bytes: Uint8Array, at: number, quote: QuoteFields): void {
  const { open, high, low, close, volume, factor = 1, term = 0 } = quote;
  bytes.fill(32, at, at + 245);
  putText(bytes, at, 2, "01");
  putText(bytes, at + 2, 8, quote.date);
  putText(bytes, at + 10, 2, quote.bdi);
  putText(bytes, at + 12, 12, quote.ticker);
  putText(bytes, at + 24, 3, quote.market);
  putText(bytes, at + 27, 12, quote.name);
  putText(bytes, at + 39, 10, "ON");
  if (term > 0) putNumber(bytes, at + 49, 3, term);
  putText(bytes, at + 52, 4, "R$");
  putNumber(bytes, at + 56, 13, open);
  putNumber(bytes, at + 69, 13, high);
  putNumber(bytes, at + 82, 13, low);
  putNumber(bytes, at + 95, 13, Math.round((high + low) / 2));
  putNumber(bytes, at + 108, 13, close);
  putNumber(bytes, at + 121, 13, Math.max(0, close - 1));
  putNumber(bytes, at + 134, 13, close + 1);
  putNumber(bytes, at + 147, 5, Math.min(99_999, 1 + Math.floor(volume / 300)));
  putNumber(bytes, at + 152, 18, volume);
  putNumber(
    bytes,
    at + 170,
    18,
    Math.min(Number.MAX_SAFE_INTEGER, Math.round(volume * close / factor)),
  );
  putNumber(bytes, at + 188, 13, 0);
  putText(bytes, at + 201, 1, "0");
  putText(bytes, at + 202, 8, "99991231");
  putNumber(bytes, at + 210, 7, factor);
  putNumber(bytes, at + 217, 13, 0);
  putText(bytes, at + 230, 12, "BRINVENTED00");
  putText(bytes, at + 242, 3, "100");
  bytes[at + 245] = 13;
  bytes[at + 246] = 10;
}

/** A quote record with its line end. @param quote Its fields. */
export function encodeQuote(quote: QuoteFields): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES);
  putQuote(bytes, 0, quote);
  return bytes;
}

/** A header record with its line end. @param year Four digits. @param date `YYYYMMDD`. */
export function encodeHeader(year: string, date: string): Uint8Array {
  const bytes = blankRecord();
  putText(bytes, 0, 31, `00COTAHIST.${year}INVENTED${date}`);
  return bytes;
}

/** A trailer record with its line end. @param records Header and trailer included. */
export function encodeTrailer(year: string, date: string, records: number): Uint8Array {
  const bytes = blankRecord();
  putText(bytes, 0, 31, `99COTAHIST.${year}INVENTED${date}`);
  putNumber(bytes, 31, 11, records);
  return bytes;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** EXMA3, EXMB4, EXMC3, …, then YAAA3 to YZZZ8. */
function tickerName(index: number): string {
  const letter = (value: number) => String.fromCharCode(65 + value % 26);
  if (index < 26) return `EXM${letter(index)}${3 + index % 2}`;
  const rest = index - 26;
  const letters = letter(Math.floor(rest / 676)) + letter(Math.floor(rest / 26)) + letter(rest);
  return `Y${letters}${3 + Math.floor(rest / 17_576)}`;
}

/** Weekdays as `YYYYMMDD`. */
function weekdays(startDate: string, days: number): string[] {
  const found: string[] = [];
  const day = new Date(`${startDate}T00:00:00Z`);
  while (found.length < days) {
    if (day.getUTCDay() % 6 !== 0) found.push(day.toISOString().slice(0, 10).replaceAll("-", ""));
    day.setUTCDate(day.getUTCDate() + 1);
  }
  return found;
}

interface Company {
  readonly ticker: string;
  readonly name: string;
  readonly factor: number;
  /** In cents, times the factor. */
  price: number;
}

/** The records of one company on one day. */
function quotesOf(
  company: Company,
  date: string,
  markets: readonly string[],
  random: () => number,
): QuoteFields[] {
  const open = company.price;
  const close = Math.max(2, Math.round(open * (0.97 + 0.06 * random())));
  company.price = close;
  const high = Math.round(Math.max(open, close) * (1 + 0.02 * random()));
  const low = Math.max(1, Math.round(Math.min(open, close) * (1 - 0.02 * random())));
  const volume = 100 * (1 + Math.floor(50_000 * random()));
  const { ticker, name, factor } = company;
  const cash = {
    date,
    bdi: "02",
    ticker,
    market: "010",
    name,
    open,
    high,
    low,
    close,
    volume,
    factor,
  };
  const quotes: QuoteFields[] = [cash];
  for (const market of markets) {
    if (market === "020") {
      quotes.push({ ...cash, bdi: "96", market, ticker: `${ticker}F`, volume: volume / 100 });
    } else if (market === "030") {
      // The forward market has one record per term, which is part of the name that it is stored under.
      for (const term of [30, 60]) {
        quotes.push({
          ...cash,
          bdi: "62",
          market,
          ticker: `${ticker}T`,
          close: close + term,
          term,
        });
      }
    } else {
      const option = `${ticker.slice(0, 4)}A${10 + Number(market) % 90}`;
      const price = { open: 120, high: 150, low: 90, close: 100 + Math.floor(40 * random()) };
      quotes.push({ ...cash, ...price, bdi: "78", market, ticker: option, factor: 1 });
    }
  }
  return quotes;
}

/**
 * Generates a file piece by piece, so that it need not fit into memory: header, a piece per day, trailer.
 *
 * @param options What to generate.
 */
export function* generateCotahist(options: GenerateOptions = {}): Generator<Uint8Array> {
  const { tickers = 8, days = 10, startDate = "2024-01-02", seed = 1 } = options;
  const { markets = ["020", "070", "030"], factor1000Share = 0.125 } = options;
  const random = randomNumbers(seed);
  const companies = Array.from({ length: tickers }, (_, index): Company => {
    const letter = String.fromCharCode(65 + index % 26);
    const factor = (index + 1) * factor1000Share % 1 < factor1000Share ? 1000 : 1;
    const price = Math.round((500 + 9500 * random()) * (factor === 1 ? 1 : 20));
    // One name with letters beyond ASCII, which the file has as single bytes.
    const name = index === 1 ? "FICÇÃO B" : `EXEMPLO ${letter}`;
    return { ticker: tickerName(index), name, factor, price };
  });
  const dates = weekdays(startDate, days);
  const made = dates.at(-1) ?? startDate.replaceAll("-", "");
  const year = made.slice(0, 4);
  let records = 2;
  yield encodeHeader(year, made);
  for (const date of dates) {
    const quotes = companies.flatMap((company, index) =>
      quotesOf(company, date, index % 8 === 0 ? markets : [], random)
    );
    const bytes = new Uint8Array(quotes.length * RECORD_BYTES);
    quotes.forEach((quote, index) => putQuote(bytes, index * RECORD_BYTES, quote));
    records += quotes.length;
    yield bytes;
  }
  yield encodeTrailer(year, made, records);
}

/**
 * Writes a generated file.
 *
 * @param path Where to; an existing file is replaced.
 * @param options What to generate.
 */
export async function writeCotahist(path: string, options: GenerateOptions = {}): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const writer = file.writable.getWriter();
  for (const bytes of generateCotahist(options)) await writer.write(bytes);
  await writer.close();
}

/** The arguments of the program, or a sentence about what is wrong with them. */
function parse(args: readonly string[]): { path: string; options: GenerateOptions } | string {
  const numbers: { tickers?: number; days?: number; seed?: number } = {};
  let path: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg === "--tickers" || arg === "--days" || arg === "--seed") {
      const value = Number(args[++i]);
      if (!Number.isInteger(value) || value < 0) return `${arg} needs a whole number`;
      if (arg === "--tickers") numbers.tickers = value;
      else if (arg === "--days") numbers.days = value;
      else numbers.seed = value;
    } else if (arg.startsWith("-") || path !== undefined) {
      return `unexpected argument ${arg}`;
    } else {
      path = arg;
    }
  }
  return path === undefined ? "the file to write is missing" : { path, options: numbers };
}

if (import.meta.main) {
  const parsed = parse(Deno.args);
  if (typeof parsed === "string") {
    const usage = "usage: generate_cotahist.ts OUT [--tickers N] [--days D] [--seed S]\n";
    await Deno.stderr.write(new TextEncoder().encode(`${parsed}\n${usage}`));
    Deno.exit(2);
  }
  await writeCotahist(parsed.path, parsed.options);
}
