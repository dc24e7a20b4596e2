/** What real programs write, with the right values. `docs/csv.md` has a line for each. */
import { SourceError } from "../../../src/base/errors.ts";
import type { PriceRow } from "../../../src/model/prices.ts";
import type { Selection } from "../../../src/sources/source.ts";
import { csv } from "../../../src/sources/csv/source.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { deliver, read, refusal, requestFor, temporaryFolder } from "./helpers.ts";

type Bar = readonly [
  date: string,
  open: number | null,
  high: number | null,
  low: number | null,
  close: number,
  volume: number | null,
  adjClose?: number,
];

function rowsOf(bars: readonly Bar[]): PriceRow[] {
  return bars.map(([date, open, high, low, close, volume, adjClose = null]) => ({
    date,
    open,
    high,
    low,
    close,
    adjClose,
    volume,
  }));
}

interface Layout {
  readonly text: string;
  readonly encoding?: "latin1" | "utf-16le";
  readonly selection?: Selection;
  /** Bars by ticker; a file that names none is of the one asked for. */
  readonly bars: Readonly<Record<string, readonly Bar[]>>;
}

const ASKED = "ASKED";

const LAYOUTS: Readonly<Record<string, Layout>> = {
  "Investing.com in Portuguese": {
    text: '\uFEFF"Data","Último","Abertura","Máxima","Mínima","Vol.","Var%"\n' +
      '"29.07.2025","37,53","37,15","37,94","36,81","6,10M","2,18%"\n' +
      '"28.07.2025","36,73","37,02","37,05","36,54","7,90M","-0,81%"\n',
    bars: {
      [ASKED]: [
        ["2025-07-28", 37.02, 37.05, 36.54, 36.73, 7_900_000],
        ["2025-07-29", 37.15, 37.94, 36.81, 37.53, 6_100_000],
      ],
    },
  },
  "Investing.com, an index in points": {
    text: '"Date","Close","Open","High","Low","Vol.","Var%"\n' +
      '"2023-08-17","114.982","115.592","116.610","114.859","12,75M","-0,53%"\n' +
      '"2023-08-16","115.592","116.171","117.338","115.534","18,86K","-0,50%"\n',
    bars: {
      [ASKED]: [
        ["2023-08-16", 116171, 117338, 115534, 115592, 18_860],
        ["2023-08-17", 115592, 116610, 114859, 114982, 12_750_000],
      ],
    },
  },
  "Investing.com in English": {
    text: '\uFEFF"Date","Price","Open","High","Low","Vol.","Change %"\n' +
      '"01/13/2026","12.30","11.99","12.37","11.99","32.94M","3.62%"\n' +
      '"01/12/2026","11.87","11.60","11.90","11.55","1.10B","1.10%"\n',
    bars: {
      [ASKED]: [
        ["2026-01-12", 11.6, 11.9, 11.55, 11.87, 1_100_000_000],
        ["2026-01-13", 11.99, 12.37, 11.99, 12.3, 32_940_000],
      ],
    },
  },
  "Stooq": {
    text: "Date,Open,High,Low,Close,Volume\n2020-01-02,74.06,75.15,73.8,75.09,135480400\n" +
      "2020-01-03,74.29,75.14,74.13,74.36,146322800.5\n",
    bars: {
      [ASKED]: [
        ["2020-01-02", 74.06, 75.15, 73.8, 75.09, 135480400],
        ["2020-01-03", 74.29, 75.14, 74.13, 74.36, 146322800.5],
      ],
    },
  },
  "Stooq, in bulk": {
    text: "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\r\n" +
      "AAPL.US,D,20200102,000000,74.06,75.15,73.8,75.09,135480400,0\r\n",
    bars: { "AAPL.US": [["2020-01-02", 74.06, 75.15, 73.8, 75.09, 135480400]] },
  },
  "MetaTrader 5": {
    text: "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\r\n" +
      "2024.01.02\t37.44\t37.89\t37.40\t37.78\t39280\t24043800\t1\r\n",
    bars: { [ASKED]: [["2024-01-02", 37.44, 37.89, 37.4, 37.78, 24043800]] },
  },
  "MetaTrader 5, yen, UTF-16": {
    text: "\uFEFF<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\r\n" +
      "2024.01.02\t00:00:00\t145.123\t145.223\t145.023\t145.200\t39280\t0\t1\r\n",
    encoding: "utf-16le",
    bars: { [ASKED]: [["2024-01-02", 145.123, 145.223, 145.023, 145.2, 0]] },
  },
  "MetaTrader 4, without a header": {
    text: "2024.01.02,00:00,37.44,37.89,37.40,37.78,39280\r\n",
    selection: { columns: "date,time,open,high,low,close,volume" },
    bars: { [ASKED]: [["2024-01-02", 37.44, 37.89, 37.4, 37.78, 39280]] },
  },
  "an export of tickerlock": {
    text: "ticker,date,source,open,high,low,close,adj_close,volume,ingest_id\n" +
      "A,2024-01-02,csv,1.125,,,1.005,,12.345,1\n",
    bars: { A: [["2024-01-02", 1.125, null, null, 1.005, 12.345]] },
  },
  "TradingView": {
    text:
      "time,open,high,low,close,Volume,Volume MA\n2024-01-02,37.44,37.89,37.40,37.78,24043800,1\n",
    bars: { [ASKED]: [["2024-01-02", 37.44, 37.89, 37.4, 37.78, 24043800]] },
  },
  "TradingView, points in time": {
    text: "time,open,high,low,close,Volume\n1704200400,37.44,37.89,37.40,37.78,24043800\n",
    selection: { timeZone: "America/Sao_Paulo" },
    bars: { [ASKED]: [["2024-01-02", 37.44, 37.89, 37.4, 37.78, 24043800]] },
  },
  "Alpha Vantage": {
    text:
      "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient\r\n" +
      "2024-01-03,161.0,161.73,160.08,160.10,155.2,4086133,0.0000,1.0\r\n",
    bars: { [ASKED]: [["2024-01-03", 161, 161.73, 160.08, 160.1, 4086133, 155.2]] },
  },
  "Profit": {
    text: "symbol;date;open;high;low;close;volume_brl;volume_qty\n" +
      "PETR4;30/12/2024;32,43;32,97;32,42;32,80;733138158,20;22355600\n" +
      "PETR4;27/12/2024;32,63;32,63;32,28;32,33;784245347,60;24167200\n",
    selection: { suffix: ".SA" },
    bars: {
      "PETR4.SA": [
        ["2024-12-27", 32.63, 32.63, 32.28, 32.33, 24167200],
        ["2024-12-30", 32.43, 32.97, 32.42, 32.8, 22355600],
      ],
    },
  },
  "Profit in Portuguese, Latin-1": {
    text: "Ativo;Data;Abertura;Máximo;Mínimo;Fechamento;Volume;Quantidade\r\n" +
      "PETR4;30/12/2024;32,43;32,97;32,42;32,80;733.138.158,20;22.355.600\r\n",
    encoding: "latin1",
    bars: { "PETR4": [["2024-12-30", 32.43, 32.97, 32.42, 32.8, 22355600]] },
  },
  "yfinance, three lines above the rows": {
    text: "Price,Close,High,Low,Open,Volume\nTicker,NVDA,NVDA,NVDA,NVDA,NVDA\nDate,,,,,\n" +
      "2024-01-02,48.17,49.10,47.50,48.00,411254000\n",
    bars: { NVDA: [["2024-01-02", 48, 49.1, 47.5, 48.17, 411254000]] },
  },
  "yfinance, several tickers": {
    text: ",Adj Close,Adj Close,Close,Close,Volume,Volume\n,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT\n" +
      "Date,,,,,,\n2024-01-02,185.1,370.2,185.64,370.87,82488700,25258600\n" +
      "2024-01-03,184.1,,184.25,,58414500,\n",
    bars: {
      AAPL: [
        ["2024-01-02", null, null, null, 185.64, 82488700, 185.1],
        ["2024-01-03", null, null, null, 184.25, 58414500, 184.1],
      ],
      MSFT: [["2024-01-02", null, null, null, 370.87, 25258600, 370.2]],
    },
  },
  "pandas, an index without a name": {
    text: ",Open,High,Low,Close,Volume\n2024-01-02 00:00:00,1.5,2,1,1.75,10\n",
    bars: { [ASKED]: [["2024-01-02", 1.5, 2, 1, 1.75, 10]] },
  },
  "Yahoo's page, pasted": {
    text: "Date\tOpen\tHigh\tLow\tClose\tAdj Close\tVolume\n" +
      "Jan 3, 2024\t47.9\t48.2\t47.1\t47.58\t47.55\t320,896,000\n" +
      "Jan 2, 2024\t48.0\t49.1\t47.5\t48.17\t48.14\t411,254,000\n",
    bars: {
      [ASKED]: [
        ["2024-01-02", 48, 49.1, 47.5, 48.17, 411254000, 48.14],
        ["2024-01-03", 47.9, 48.2, 47.1, 47.58, 320896000, 47.55],
      ],
    },
  },
  "Yahoo's page in Portuguese, pasted": {
    text: "Data\tAbrir\tAlto\tBaixo\tFechamento*\tFechamento ajustado**\tVolume\n" +
      "3 de jan. de 2024\t47,90\t48,20\t47,10\t47,58\t47,55\t320.896.000\n",
    bars: { [ASKED]: [["2024-01-03", 47.9, 48.2, 47.1, 47.58, 320896000, 47.55]] },
  },
  "Yahoo's page with its explanations": {
    text: "Date\tOpen\tHigh\tLow\tClose Close price adjusted for splits.\t" +
      "Adj Close Adjusted close price adjusted for splits and dividend and/or capital gain " +
      "distributions.\tVolume\nJan 3, 2024\t47.9\t48.2\t47.1\t47.58\t47.55\t-\n",
    bars: { [ASKED]: [["2024-01-03", 47.9, 48.2, 47.1, 47.58, null, 47.55]] },
  },
  "Stooq in Polish": {
    text: "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\n" +
      "2020-01-02,74.06,75.15,73.8,75.09,135480400\n",
    bars: { [ASKED]: [["2020-01-02", 74.06, 75.15, 73.8, 75.09, 135480400]] },
  },
  "Nasdaq": {
    text: "Date,Close/Last,Volume,Open,High,Low\n" +
      "01/13/2026,$185.64,82488670,$187.15,$188.44,$183.89\n",
    bars: { [ASKED]: [["2026-01-13", 187.15, 188.44, 183.89, 185.64, 82488670]] },
  },
  "Google Finance": {
    text: "Date,Open,High,Low,Close,Volume\n" +
      "1/2/2024 16:00:00,187.15,188.44,183.89,185.64,82488670\n" +
      "1/16/2024 13:00:00,184.22,185.88,183.43,184.25,58414460\n",
    bars: {
      [ASKED]: [
        ["2024-01-02", 187.15, 188.44, 183.89, 185.64, 82488670],
        ["2024-01-16", 184.22, 185.88, 183.43, 184.25, 58414460],
      ],
    },
  },
  "Excel in Portuguese": {
    text: "sep=;\r\nDate;Ticker;Open;High;Low;Close;Volume\r\n" +
      "2/1/2024;PETR4.SA;37,44;37,89;37,40;37,78;24043800\r\n" +
      "15/1/2024;PETR4.SA;37,44;37,89;37,40;37,78;24043800\r\n",
    bars: {
      "PETR4.SA": [
        ["2024-01-02", 37.44, 37.89, 37.4, 37.78, 24043800],
        ["2024-01-15", 37.44, 37.89, 37.4, 37.78, 24043800],
      ],
    },
  },
  "Excel with years of two digits": {
    text: "Data;Fechamento\r\n02/01/24;37,78\r\n",
    selection: { dateFormat: "dmy" },
    bars: { [ASKED]: [["2024-01-02", null, null, null, 37.78, null]] },
  },
  "CryptoDataDownload": {
    text: "https://www.CryptoDataDownload.com\n" +
      "unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount\n" +
      "1704153600000,2024-01-02 00:00:00,BTCUSDT,44179.55,45879.63,44148.34,44946.91,0.00123,5.5,1\n",
    bars: { BTCUSDT: [["2024-01-02", 44179.55, 45879.63, 44148.34, 44946.91, 0.00123]] },
  },
  "a future below 0": {
    text: "Date,Open,High,Low,Close,Adj Close,Volume\n" +
      "2020-04-20,17.73,17.85,-40.32,-37.63,-37.63,247947\n" +
      "2020-04-21,-14.00,13.86,-16.74,10.01,10.01,2287900\n",
    bars: {
      [ASKED]: [
        ["2020-04-20", 17.73, 17.85, -40.32, -37.63, 247947, -37.63],
        ["2020-04-21", -14, 13.86, -16.74, 10.01, 2287900, 10.01],
      ],
    },
  },
  "a layout of one's own, mapped": {
    text: "Dia;Valor;Cotação\n15/01/2024;9;37,5\n",
    selection: { column: ["date=Dia", "close=Cotação"] },
    bars: { [ASKED]: [["2024-01-15", null, null, null, 37.5, null]] },
  },
};

function bytesOf(text: string, encoding: Layout["encoding"]): Uint8Array {
  if (encoding === undefined) return new TextEncoder().encode(text);
  if (encoding === "latin1") return Uint8Array.from(text, (char) => char.charCodeAt(0));
  return new Uint8Array(Uint16Array.from(text, (char) => char.charCodeAt(0)).buffer);
}

for (const [name, { text, encoding, selection, bars }] of Object.entries(LAYOUTS)) {
  Deno.test(`layout: ${name}`, async () => {
    const tickers = ASKED in bars ? [ASKED] : null;
    const { run, byTicker } = await read(bytesOf(text, encoding), { tickers, selection });
    const found = Object.entries(byTicker).map(([ticker, { prices }]) => [
      ticker,
      prices.map(({ source: _source, ...row }) => row),
    ]);
    assertEquals(
      Object.fromEntries(found),
      Object.fromEntries(Object.entries(bars).map(([ticker, all]) => [ticker, rowsOf(all)])),
    );
    assertEquals(Object.values(byTicker).flatMap(({ rejects }) => rejects), []);
    assertEquals([run.unassigned, run.failures], [[], []]);
  });
}

Deno.test("a date that can be two days is refused with both, and with the option that decides", async () => {
  const week = "Date,Close,Open\n01/09/2026,12.30,11.99\n01/08/2026,11.87,11.60\n" +
    "01/07/2026,11.50,11.60\n01/06/2026,11.40,11.60\n01/05/2026,11.20,11.10\n";
  const error = await refusal(week);
  assertEquals(error.code, "csv_ambiguous_dates");
  assertStringIncludes(
    error.message,
    '"01/09/2026" on line 2 is 2026-09-01 (day first) or 2026-01-09',
  );
  assertStringIncludes(error.hint ?? "", "--date-format dmy or --date-format mdy");
  const { byTicker } = await read(week, { tickers: ["AAA"], selection: { dateFormat: "mdy" } });
  assertEquals(byTicker.AAA?.prices.map(({ date }) => date), [
    "2026-01-05",
    "2026-01-06",
    "2026-01-07",
    "2026-01-08",
    "2026-01-09",
  ]);
});

Deno.test("of two dates that contradict each other, each is told to be one day only", async () => {
  const { message } = await refusal("Date,Close\n15/01/2026,1.5\n01/16/2026,1.5\n");
  assertStringIncludes(message, '"15/01/2026" on line 2 is only 2026-01-15 (day first): "15/01');
});

Deno.test("a number that can be two is refused with both, also by what a refused row says", async () => {
  const text = "date;ticker;open;close;volume\n2024-01-01;T0;1,5;4.321;7;x\n" +
    "2024-01-02;T1;1.234;2.5;7\n";
  const error = await assertRejects(() => read(text), SourceError);
  assertEquals(error.code, "csv_ambiguous_numbers");
  assertStringIncludes(error.message, '"4.321" on line 2 (close) is 4.321 or 4321');
  assertStringIncludes(error.message, '"1,5" on line 2 (open)');
  assertStringIncludes(error.hint ?? "", "--decimal . or --decimal ,");
  for (const decimal of [".", "point"]) {
    const { byTicker } = await read(text, { selection: { decimal } });
    assertEquals(byTicker.T1?.prices.map(({ open }) => open), [1.234]);
  }
});

Deno.test("commas that may part cells and stand before decimals are refused", async () => {
  const texts = [
    "date,close,volume\n2024-01-02,37,44,\n2024-01-03,37,50,\n",
    "Data,Preço,Volume\n15/01/2024,37,44\n16/01/2024,37,05\n",
  ];
  for (const text of texts) {
    const error = await refusal(text);
    assertEquals(error.code, "csv_ambiguous_numbers");
    assertStringIncludes(error.hint ?? "", "--decimal .");
    for (const [plain, decimal] of [[text, "."], [text.replace("37,", "37.5,")]] as const) {
      const { byTicker } = await read(plain, { tickers: ["AAA"], selection: { decimal } });
      assertEquals(byTicker.AAA?.prices.length, 2);
    }
  }
});

Deno.test("a time, a month or a number of a list in a column that is not read is no amount", async () => {
  const column = ["date=Datum"];
  const cases: [header: string, note: string][] = [
    ["Datum;Stand;Close", "17.30"],
    ["Datum;Monat;Close", "01.2024"],
    ["Datum;Monat;Close", "2024.01"],
    ["Datum;Tag;Close", "15.1"],
  ];
  for (const [header, note] of cases) {
    const error = await refusal(`${header}\n15.01.2024;${note};1.234\n`, { column });
    assertEquals(error.code, "csv_ambiguous_numbers", note);
    const text = `${header}\n15.01.2024;${note};37,44\n`;
    const { byTicker } = await read(text, { tickers: ["AAA"], selection: { column } });
    assertEquals(byTicker.AAA?.prices.map(({ close }) => close), [37.44], note);
  }
  // A change in percent, a turnover and an amount of money are.
  for (const note of ["-0,53%", "1.234,5", "733138158,20", "R$ 12,50", "+0,5"]) {
    const text = `${cases[0]?.[0]}\n15.01.2024;${note};1.234\n`;
    const { byTicker } = await read(text, { tickers: ["AAA"], selection: { column } });
    assertEquals(byTicker.AAA?.prices.map(({ close }) => close), [1234], note);
  }
});

Deno.test("a column beside the dates tells what they mean", async () => {
  const days = [2, 3, 4, 5, 8, 9, 10, 11];
  const iso = days.map((day) => `2024-01-${String(day).padStart(2, "0")}`);
  const beside: Readonly<Record<string, readonly string[]>> = {
    "unix": iso.map((day) => String(Date.parse(day) / 1000)),
    "Dia": ["ter", "qua", "qui", "sex", "seg", "ter", "qua", "qui"],
    "iso": iso,
    // A date of another column that can be read in one way only.
    "Vencimento": days.map(() => "31/01/2024"),
  };
  // In no order, so that the rows themselves say nothing.
  const mixed = [4, 0, 5, 1, 7, 2, 6, 3];
  for (const [name, cells] of Object.entries(beside)) {
    const lines = mixed.map((at) => `${iso[at]?.split("-").reverse().join("/")};${cells[at]};1,5`);
    const text = `Data;${name};Close\n${lines.join("\n")}\n`;
    const { run, byTicker } = await read(text, { tickers: ["AAA"] });
    assertEquals(byTicker.AAA?.prices.map(({ date }) => date), iso, name);
    assertStringIncludes(String(run.details.understood), "day first: ");
  }
});

Deno.test("the day of the week in front of a date decides what stands first", async () => {
  const cases: [text: string, dates: readonly string[]][] = [
    ["Mon 01/12/2026,1.5\nTue 01/13/2026,1.5\n", ["2026-01-12", "2026-01-13"]],
    ['"seg, 05/01/2026",1.5\n', ["2026-01-05"]],
    ["Monday 05-01-2026,1.5\n", ["2026-01-05"]],
  ];
  for (const [text, dates] of cases) {
    const { byTicker } = await read(`Date,Close\n${text}`, { tickers: ["AAA"] });
    assertEquals(byTicker.AAA?.prices.map(({ date }) => date), dates, text);
  }
  // Both are Mondays, or none is.
  for (const text of ["Mon 12/02/2024", "Tue 02/03/2020"]) {
    const error = await refusal(`Date,Close\n${text},1.5\n`);
    assertEquals(error.code, "csv_ambiguous_dates", text);
  }
});

Deno.test("what agrees with a date by accident, or is of another spelling, decides nothing", async () => {
  const files = [
    "Date,Updated,Close\n03/02/2026,2026-03-01,5.5\n",
    "Date,Updated,Close\n03/02/2026,2026-03-02,5.5\n",
    "Date,Segment,Close\n05/01/2026,MON,5.5\n",
    "Date,Remark,Close\n02/03/2026,01-15-2026,5.5\n",
    // The same day in rows of several tickers is one accident.
    `Date,Day,Close\n${"05/01/2026,MON,5.5\n".repeat(20)}`,
  ];
  for (const text of files) {
    assertEquals((await refusal(text)).code, "csv_ambiguous_dates", text);
  }
});

/** Days of this year up to the 12th that have come, and have not where day and month are swapped. */
function swappedInFuture(): readonly (readonly [day: string, month: string])[] {
  const year = new Date().getUTCFullYear();
  const daysFromNow = (month: number, day: number) =>
    (Date.UTC(year, month - 1, day) - Date.now()) / 86_400_000;
  const numbers = Array.from({ length: 12 }, (_, index) => index + 1);
  const pairs = numbers.flatMap((first) => numbers.map((second) => [first, second] as const));
  return pairs.filter(([day, month]) => daysFromNow(month, day) < -2 && daysFromNow(day, month) > 2)
    .map(([day, month]) => [String(day).padStart(2, "0"), String(month).padStart(2, "0")]);
}

Deno.test("days that have not come yet are not meant", async () => {
  const year = new Date().getUTCFullYear();
  const [one, two] = swappedInFuture();
  // At the turn of a year there are none.
  if (one !== undefined && two !== undefined) {
    const lines = [one, two].map(([day, month]) => `${day}/${month}/${year},1.5\n`);
    const { byTicker } = await read(`Date,Close\n${lines.join("")}`, { tickers: ["AAA"] });
    const found = byTicker.AAA?.prices.map(({ date }) => date);
    assertEquals(found, [one, two].map(([day, month]) => `${year}-${month}-${day}`).sort());
  }
  assertEquals((await refusal(`Date,Close\n01/12/${year + 1},1.5\n`)).code, "csv_ambiguous_dates");
});

Deno.test("one day that has not come yet is a typing error, and turns no file", async () => {
  const year = new Date().getUTCFullYear();
  const [[day, month] = ["12", "01"]] = swappedInFuture();
  const typing = `${month}/${day}/${year};5,8\n`.repeat(2);
  const low = "02/01/2020;5,5\n05/01/2020;5,6\n06/01/2020;5,7\n";
  assertEquals((await refusal(`Data;Close\n${low}${typing}`)).code, "csv_ambiguous_dates");
  const { byTicker } = await read(`Data;Close\n${low}13/01/2020;5,5\n${typing}`, {
    tickers: ["AAA"],
  });
  const found = byTicker.AAA?.prices.slice(0, 3).map(({ date }) => date);
  assertEquals(found, ["2020-01-02", "2020-01-05", "2020-01-06"]);
});

Deno.test("a dividend's line on Yahoo's page is told", async () => {
  const { byTicker } = await read(
    "Date\tOpen\tHigh\tLow\tClose\tAdj Close\tVolume\n" +
      "Nov 10, 2023\t0.24 Dividend\nNov 10, 2023\t183.97\t186.57\t183.53\t186.40\t186.40\t66,133,400\n",
    { tickers: ["AAA"] },
  );
  assertEquals(byTicker.AAA?.prices.length, 1);
  assertEquals(byTicker.AAA?.rejects.map(({ code, date, line }) => [code, date, line]), [
    ["no_prices", "2023-11-10", 2],
  ]);
});

Deno.test("a folder with a file per ticker, and a suffix", async () => {
  await using folder = await temporaryFolder();
  const text = "Data;Fechamento\n15/01/2024;1,5\n";
  for (const name of ["PETR4.csv", "vale3.csv", "---.csv"]) {
    await Deno.writeTextFile(`${folder.path}/${name}`, text);
  }
  const selection = { tickerFromName: true, suffix: ".SA" };
  await using run = await csv.open(requestFor([folder.path], { selection }));
  assertEquals(run.tickers.slice(0, 1).concat(run.tickers.slice(-1)), ["PETR4.SA", "VALE3.SA"]);
  assertEquals((await deliver(run, "VALE3.SA")).prices.length, 1);
  // Only the files that are wanted are read.
  await Deno.writeTextFile(`${folder.path}/BBAS3.csv`, "nothing");
  const wanted = { tickers: ["PETR4.SA"], selection };
  await using one = await csv.open(
    requestFor([`${folder.path}/*3.csv`, folder.path + "/PETR4.csv"], wanted),
  );
  assertEquals([one.tickers, one.failures], [["PETR4.SA"], []]);
});

Deno.test("options that make no sense are refused by name", () => {
  const cases: [Selection, string][] = [
    [{ dateFormat: "dd/mm" }, "--date-format"],
    [{ decimal: ";" }, "--decimal"],
    [{ column: ["date"] }, "--column"],
    [{ column: ["day=Data"] }, "--column"],
    [{ columns: "date,foo,close" }, "--columns"],
    [{ suffix: "/x" }, "--suffix"],
    [{ timeZone: "Mars/Olympus" }, "--time-zone"],
  ];
  for (const [selection, option] of cases) {
    let message = "";
    try {
      csv.checkSelection?.(selection);
    } catch (error) {
      message = String(error);
    }
    assert(message.includes(option), `${option}: ${message}`);
  }
});
