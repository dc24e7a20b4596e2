/**
 * What reads text from outside: answers of services, headers, files, records of locks. What is added to
 * the program and reads such text gets an entry here: it is fuzzed and its time is measured then.
 *
 * @module
 */
import { causeFirst, oneLine, withoutUrlSecrets } from "../../src/base/text.ts";
import { readCalendar } from "../../src/cli/args/calendar_file.ts";
import { readTickersFile } from "../../src/cli/commands/ingest/tickers_file.ts";
import { readConfiguration } from "../../src/cli/config/config_file.ts";
import { cut } from "../../src/cli/output/table.ts";
import { withZonedTimes } from "../../src/cli/output/time.ts";
import { wrap } from "../../src/cli/output/wrap.ts";
import { parseDuration } from "../../src/collect/duration.ts";
import { decodeRecord } from "../../src/lock/holder.ts";
import { canonicalTicker } from "../../src/model/ticker.ts";
import { trimFolder } from "../../src/platform/paths.ts";
import { KeptFiles } from "../../src/sources/b3/kept_files.ts";
import { SERIES } from "../../src/sources/b3/services.ts";
import { cashPageSchema, supplementSchema } from "../../src/sources/b3_actions/answers.ts";
import { eventsOf } from "../../src/sources/b3_actions/events.ts";
import { locateDaily } from "../../src/sources/b3_daily/fetch_files.ts";
import { b3Daily } from "../../src/sources/b3_daily/source.ts";
import { cotahist } from "../../src/sources/cotahist/source.ts";
import { parseDateFormat } from "../../src/sources/csv/date_format.ts";
import { isYearDayMonth, readDayText, readTime, weekdayOf } from "../../src/sources/csv/days.ts";
import { findHeader } from "../../src/sources/csv/header.ts";
import { plainNumber, plainSign, readNumber } from "../../src/sources/csv/numbers.ts";
import { csv } from "../../src/sources/csv/source.ts";
import { spellingOf } from "../../src/sources/csv/spellings.ts";
import { JsonBound } from "../../src/sources/http/json_bound.ts";
import { openZip } from "../../src/sources/files/zip.ts";
import { retryAfterMs } from "../../src/sources/http/response.ts";
import { jsonOf, wordsOf } from "../../src/sources/http/service_message.ts";
import { paceFileName, SharedPace } from "../../src/sources/http/shared_pace.ts";
import { readCheckpoint } from "../../src/sources/kalshi/checkpoint.ts";
import { receivedOf } from "../../src/sources/kalshi/pages.ts";
import { pageSchemas, parseEvents, parseMarkets } from "../../src/sources/kalshi/schema.ts";
import type { Source } from "../../src/sources/source.ts";
import { checkSpilled } from "../../src/store/spill_check.ts";
import { cronSchedule } from "../../src/systemd/cron.ts";
import { findServices, findUnreadable } from "../../src/systemd/read.ts";
import { systemClock } from "../../src/base/clock.ts";
import { dirname } from "node:path";
import * as v from "valibot";
import { companyAnswer } from "../fake/b3_companies.ts";
import { consolidatedOf } from "../fake/b3_files.ts";
import { COMPANIES } from "../fake/b3_world.ts";
import { makeZip } from "../sources/cotahist/zip_writer.ts";
import { answerOf, goodAnswer, read as readYahoo } from "../sources/yahoo/answers.ts";
import { fileOf, quote } from "../sources/cotahist/fixtures.ts";
import { job } from "../store/sqlite/helpers.ts";

/** Reads a text from outside. */
export interface Parser {
  /** Texts that it can read, from which others are made. */
  readonly seeds: readonly string[];
  /** May throw an error of the program's own, and nothing else. */
  readonly read: (text: string, file: string) => unknown;
  /** It reads a file or more, and takes a hundred times as long as others. Default false. */
  readonly isSlow?: boolean;
}

/** The bytes of a file as a text of which each character is one. */
function charactersOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

const encoder = new TextEncoder();
const redact = (text: string): string => text;

/** A text of which each character is a byte. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function readFile(source: Source, file: string): Promise<void> {
  const { signal } = new AbortController();
  await using run = await source.open({
    files: [file],
    tickers: null,
    from: null,
    to: null,
    signal,
  });
  for (const ticker of run.tickers) for await (const _ of run.fetch(ticker)) void _;
}

function writing(
  read: (file: string) => unknown,
  toBytes: (text: string) => Uint8Array = (text) => encoder.encode(text),
): Parser["read"] {
  return async (text, file) => {
    Deno.writeFileSync(file, toBytes(text));
    await read(file);
  };
}

const MARKET = {
  ticker: "KXBTC-26SEP18-T70.5",
  event_ticker: "KXBTC-26SEP18",
  status: "active",
  close_time: "2026-09-18T22:00:00Z",
  yes_bid_dollars: "0.5600",
  volume_fp: 12.5,
};
const EVENT = { event_ticker: "KXBTC-26SEP18", title: "Bitcoin?", mutually_exclusive: true };

function readPage(text: string, field: "markets" | "events"): void {
  const value = jsonOf(answerOf(text), text, redact);
  const checked = pageSchemas[field]["~standard"].validate(value);
  if (checked instanceof Promise || checked.issues !== undefined) return;
  const objects = receivedOf(text, field, checked.value.objects);
  if (field === "markets") parseMarkets(objects, "/markets");
  else parseEvents(objects, "/events");
}

function readEvents(text: string): void {
  const value = jsonOf(answerOf(text), text, redact);
  const company = v.safeParse(supplementSchema, value);
  const page = v.safeParse(cashPageSchema, value);
  const found = company.success ? company.output?.[0] : undefined;
  const nothing = v.parse(supplementSchema, [{}])?.[0];
  if (nothing === undefined) throw new Error("a company without fields is none");
  const cash = page.success ? page.output.results : [];
  const paper = { isins: new Set(["BRPETRACNPR0"]), type: "PN" };
  for (const event of eventsOf(found ?? nothing, cash, paper).events) {
    const size = event.ratio ?? event.amount ?? 1;
    if (!(size > 0 && size < Infinity)) throw new Error(`an event of ${size}`);
  }
}

const QUOTES = "Date,Open,High,Low,Close,Volume\n2024-01-02,1,3,0.5,2,100\n2024-01-03,1,3,1,2,5\n";
const FINISHED = { finishedAt: "2024-01-02T10:00:05.000Z", status: "failed", durationMs: 5000 };

/** By a name. */
export const PARSERS: Readonly<Record<string, Parser>> = {
  yahoo: {
    seeds: [
      JSON.stringify(goodAnswer()),
      '{"chart":{"error":{"code":"Not Found","description":"No data found"}}}',
      "<html><style>a</style>consent",
    ],
    read: (text) => readYahoo(answerOf(text)),
  },
  "yahoo, a refusal": {
    seeds: ['{"finance":{"error":{"description":"Invalid Crumb"}}}', "Too Many Requests"],
    read: (text) => readYahoo(answerOf(text, { status: 503, contentType: "text/html" })),
  },
  "kalshi markets": {
    seeds: [JSON.stringify({ markets: [MARKET, MARKET], cursor: "abc" })],
    read: (text) => readPage(text, "markets"),
  },
  "kalshi events": {
    seeds: [JSON.stringify({ events: [EVENT], cursor: "" })],
    read: (text) => readPage(text, "events"),
  },
  checkpoint: {
    seeds: [
      '{"version":1,"query":"q","list":"live","cursor":"abc","began":1,"doneBefore":null,"savedAtMs":1}',
    ],
    read: (text) => readCheckpoint(text, "q", 2),
  },
  "retry-after": {
    seeds: ["120", "Wed, 21 Oct 2015 07:28:00 GMT", "Sun Nov  6 08:49:37 1994"],
    read: (text) => retryAfterMs(text, 0),
  },
  "words of a service": {
    seeds: ["<html><script>x</script><p>Will be right back</p>", "a & b"],
    read: (text) => wordsOf(text, redact),
  },
  "bound of JSON": {
    seeds: ['{"a":[1,"\\"",{}]}'],
    read: (text) => new JsonBound(1000).excess(encoder.encode(text)),
  },
  "record of a lock": {
    seeds: ['{"v":1,"pid":5,"host":"h","command":"c","acquired_at":"2024-01-02T10:00:05.000Z"}'],
    read: (text) => decodeRecord(encoder.encode(text).subarray(0, 512)),
  },
  "line of a spill file": {
    seeds: [JSON.stringify({ job: job(1), end: FINISHED })],
    read: (text) => checkSpilled(jsonOf(answerOf(text), text, redact)),
  },
  "number of CSV": {
    seeds: ["1,234.56", "R$ 1.234,56", "(12)", "3.2M", "1 234", "-1e5"],
    read: (
      text,
    ) => [plainNumber(text), plainSign(text), readNumber(text, "."), readNumber(text, ",")],
  },
  "day of CSV": {
    seeds: ["2024-01-31", "31/01/2024 10:00 PM", "Wed, 31 de janeiro de 2024", "1706659200"],
    read: (text) => [readDayText(text), readTime(text), weekdayOf(text), isYearDayMonth(text)],
  },
  "day of CSV by a pattern": {
    seeds: ["31 Jan 24", "31 Jan 24 10:00"],
    read: (text) => {
      const format = parseDateFormat("d mmm yy");
      return format.kind === "pattern" ? format.read(text) : undefined;
    },
  },
  "header of CSV": {
    seeds: ["Date;Close;Vol.", "<DATE>;<CLOSE>", "Exchange Date;Volume BTC;Volume USDT"],
    read: (text) => {
      const cells = text.split(";");
      for (const [at, cell] of cells.entries()) spellingOf(cell, cells[at + 1]);
      return findHeader([cells], { column: new Map(), columns: null }, "x.csv");
    },
  },
  ticker: { seeds: ["PETR4.SA", "M&M.NS", "BTC/USDT", "^BVSP"], read: canonicalTicker },
  "length of time": { seeds: ["1h30m", "500 ms", "2w"], read: (text) => parseDuration(text) },
  "schedule of cron": { seeds: ["30 18 * * 1-5"], read: (text) => cronSchedule(text, "--at") },
  "text on a terminal": {
    seeds: [
      "could not read /data/x.csv: gone",
      "GET https://me:pw@h/x?key=1 at 2024-01-02T10:00:05Z",
    ],
    read: (text) => {
      const line = oneLine(text);
      return [causeFirst(text, null), withoutUrlSecrets(text), cut(line, 80), wrap(line, 80)]
        .map(withZonedTimes);
    },
  },
  folder: {
    seeds: ["/data//locks///", "C:\\data\\"],
    read: (text) => [trimFolder(text, "linux"), trimFolder(text, "windows")],
  },
  configuration: {
    seeds: [
      '{"db":"x.db","lock_timeout":"5m","sources":{"yahoo":{"rate":"1/s","base_url":"http://h"}}}',
    ],
    read: writing((file) => readConfiguration(file, { isNamed: true, home: undefined })),
    isSlow: true,
  },
  calendar: {
    seeds: [
      '{"endings":{".L":{"closed":["2026-12-25/2026-12-26"]}},"tickers":{"A":{"closed":[]}}}',
    ],
    read: writing(readCalendar),
    isSlow: true,
  },
  "pace of a host": {
    seeds: [
      '{"version":1,"begun":[1],"rates":[{"count":1,"perMs":9,"until":9}],"share":1,"refusals":0,' +
      '"slowedAt":null,"silence":{"told":1,"until":2},"waiting":[{"id":"a","due":1}]}\n',
    ],
    read: async (text, file) => {
      const folder = dirname(file);
      Deno.writeTextFileSync(`${folder}/${paceFileName("h")}`, text);
      const pace = new SharedPace(folder, "h", systemClock);
      const { waitMs } = await pace.take({ count: 1, perMs: 1 });
      if (!(waitMs >= 0 && waitMs < Infinity)) throw new Error(`waits ${waitMs} ms`);
      await pace.refused(0, null);
      await pace.answered();
    },
    isSlow: true,
  },
  "directory of a ZIP": {
    seeds: [
      charactersOf(makeZip([
        { name: "a.txt", data: encoder.encode(QUOTES), flags: 0x800 },
        { name: "b/c.txt", data: encoder.encode("x"), method: 0 },
      ])),
    ],
    read: writing(async (file) => {
      await using zip = await openZip(file);
      for (const { name, chunks } of zip.entries) {
        if (name !== oneLine(name)) throw new Error(`the name is ${JSON.stringify(name)}`);
        for await (const _ of chunks()) void _;
      }
    }, bytesOf),
    isSlow: true,
  },
  "file of a unit": {
    seeds: [
      "# written by tickerlock\n[Service]\nType=oneshot\nEnvironment=A=%h 'B=c d'\n" +
      'ExecStart=/usr/bin/tickerlock ingest --ticker "A B" \\\n --db %S/x.db\n',
    ],
    read: (text, file) => {
      const folders = [{ path: dirname(file), scope: "system" }] as const;
      for (const name of ["tickerlock.service", "tickerlock.timer"]) {
        Deno.writeTextFileSync(`${dirname(file)}/${name}`, text);
      }
      findServices(folders, { home: "/h", config: null });
      findUnreadable(folders);
    },
    isSlow: true,
  },
  "list of tickers": {
    seeds: ["PETR4.SA\n# a comment\nVALE3.SA # another\r\n"],
    read: writing(readTickersFile),
    isSlow: true,
  },
  "file of CSV": {
    seeds: [QUOTES, QUOTES.replaceAll(",", ";"), `"Ticker","A"\n${QUOTES}`],
    read: writing((file) => readFile(csv, file)),
    isSlow: true,
  },
  "events of B3": {
    seeds: ["GetListedSupplementCompany", "GetListedCashDividends"].map((method) => {
      const asked = { issuingCompany: "PETR", tradingName: "PETR SA", pageNumber: 1, pageSize: 9 };
      return companyAnswer(COMPANIES, method, JSON.stringify(asked), {}, "2026-06-01") ?? "";
    }),
    read: readEvents,
  },
  "address of B3's daily file": {
    seeds: ['{"redirectUrl":"~/download?token=T","token":"T"}', "<html>"],
    read: (text) => locateDaily(() => Promise.resolve(answerOf(text)), "2024-01-02"),
  },
  "record of a kept file": {
    seeds: [
      '{"sha256":"00","bytes":1,"fetched_at":"2024-01-02T10:00:05.000Z","answered_at":' +
      '"2024-01-02T10:00:05.000Z","last_modified":null,"days":["2024-01-02"]}',
    ],
    read: async (text, file) => {
      Deno.writeTextFileSync(`${dirname(file)}/.x.json`, text);
      using kept = new KeptFiles(dirname(file), SERIES, { signal: new AbortController().signal });
      await kept.finalDays("x", "2026-01-01");
    },
    isSlow: true,
  },
  "daily file of B3": {
    seeds: [consolidatedOf(COMPANIES, "2024-01-02", "Final")],
    read: writing((file) => readFile(b3Daily, file), bytesOf),
    isSlow: true,
  },
  "file of COTAHIST": {
    seeds: [
      charactersOf(fileOf([quote(), quote({ ticker: "BBBB4" })])),
    ],
    read: writing((file) => readFile(cotahist, file), bytesOf),
    isSlow: true,
  },
};
