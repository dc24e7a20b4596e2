/**
 * The exchange's files with invented quotes: COTAHIST of days, months and years, and the daily
 * consolidated file.
 *
 * @module
 */
import { encodeHeader, encodeQuote, encodeTrailer } from "../../docs/examples/generate_cotahist.ts";
import { isDay } from "../../src/base/day.ts";
import { sessionsBetween } from "../../src/exchange/sessions.ts";
import { concat, makeZip } from "../sources/cotahist/zip_writer.ts";
import { type Company, quotesOf } from "./b3_world.ts";

/** What is wrong with a file's content. */
export interface FileFlaws {
  readonly noTrailer?: boolean;
  readonly badCount?: boolean;
}

const encoder = new TextEncoder();

function compact(day: string): string {
  return day.replaceAll("-", "");
}

/** COTAHIST text of some days. */
export function cotahistOf(
  companies: readonly Company[],
  days: readonly string[],
  generated: string,
  { noTrailer = false, badCount = false }: FileFlaws = {},
): Uint8Array<ArrayBuffer> {
  const records: Uint8Array[] = [];
  for (const day of days) {
    for (const quote of quotesOf(companies, day)) {
      const { paper: { code, isin, factor }, issuer } = quote;
      const bytes = encodeQuote({
        date: compact(day),
        bdi: "02",
        ticker: code,
        market: "010",
        name: issuer,
        open: quote.open * factor,
        high: quote.high * factor,
        low: quote.low * factor,
        close: quote.close * factor,
        volume: quote.volume,
        factor,
      });
      bytes.set(encoder.encode(quote.specification), 39);
      bytes.set(encoder.encode(isin), 230);
      bytes.set(encoder.encode(String(quote.distribution).padStart(3, "0")), 242);
      records.push(bytes);
    }
  }
  const year = (days.at(-1) ?? generated).slice(0, 4);
  const count = records.length + (badCount ? 3 : 2);
  const trailer = noTrailer ? [] : [encodeTrailer(year, compact(generated), count)];
  return concat([encodeHeader(year, compact(generated)), ...records, ...trailer]);
}

/** The days of a file by its name; undefined where it is none. */
export function spanOf(
  name: string,
): { readonly kind: "A" | "M" | "D"; readonly from: string; readonly to: string } | undefined {
  const [, ofYear] = /^COTAHIST_A(\d{4})\.ZIP$/.exec(name) ?? [];
  if (ofYear !== undefined) return { kind: "A", from: `${ofYear}-01-01`, to: `${ofYear}-12-31` };
  const [, month, year] = /^COTAHIST_M(\d\d)(\d{4})\.ZIP$/.exec(name) ?? [];
  if (month !== undefined) {
    const last = new Date(Date.UTC(Number(year), Number(month), 0)).toISOString().slice(0, 10);
    return { kind: "M", from: `${year}-${month}-01`, to: last };
  }
  const [, dayOf, monthOf, yearOf] = /^COTAHIST_D(\d\d)(\d\d)(\d{4})\.ZIP$/.exec(name) ?? [];
  const date = `${yearOf}-${monthOf}-${dayOf}`;
  return !isDay(date) ? undefined : { kind: "D", from: date, to: date };
}

/** What the member of a ZIP is called: the exchange changed its mind twice. */
function memberName(name: string, year: number): string {
  if (year <= 2000) return `COTAHIST.A${year}`;
  return year === 2001 ? "COTAHIST_A2001" : name.replace(/\.ZIP$/, ".TXT");
}

/** A file as it is downloaded. @param until The last day that is out. */
export function cotahistZip(
  companies: readonly Company[],
  name: string,
  until: string,
  flaws: FileFlaws = {},
): Uint8Array<ArrayBuffer> | undefined {
  const span = spanOf(name);
  if (span === undefined) return undefined;
  const days = sessionsBetween("b3", span.from, span.to < until ? span.to : until);
  if (days.length === 0) return undefined;
  const data = cotahistOf(companies, days, days.at(-1) ?? until, flaws);
  const year = Number(span.from.slice(0, 4));
  // The file of the current year is written as it is sent.
  const streamed = span.kind === "A" && until.startsWith(String(year));
  return makeZip([{ name: memberName(name, year), data, streamed }]);
}

const HEAD = "RptDt;TckrSymb;ISIN;SgmtNm;MinPric;MaxPric;TradAvrgPric;LastPric;OscnPctg;AdjstdQt;" +
  "AdjstdQtTax;RefPric;TradQty;FinInstrmQty;NtlFinVol\n";

/** The daily consolidated file, in Latin-1 (which here is ASCII). */
export function consolidatedOf(
  companies: readonly Company[],
  day: string,
  status: string | undefined,
): string {
  const money = (cents: number): string => (cents / 100).toFixed(2).replace(".", ",");
  const rows = quotesOf(companies, day).map(({ paper, low, high, close, volume }) => {
    const average = Math.round((low + high) / 2);
    const total = money(average * volume);
    return `${day};${paper.code};${paper.isin};CASH;${money(low)};${money(high)};` +
      `${money(average)};${money(close)};0,10;;;;${Math.ceil(volume / 300)};${volume};${total}\n`;
  });
  const option =
    `${day};PETRA100;BRPETRACNPR6;EQUITY CALL;0,10;0,30;0,20;0,25;1,00;;;;7;900;180,00\n`;
  return (status === undefined ? "" : `Status do Arquivo: ${status}\n`) + HEAD + rows.join("") +
    option;
}
