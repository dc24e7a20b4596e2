/** Trading days by the endings of tickers; an unknown holiday is within tolerance. @module */
import { dayNumber, weekdayOf, yearOf } from "./days.ts";
import { type Exchange, holidaysOf, isHoliday } from "./holidays.ts";

/** Days of the week that an exchange trades on, Sunday being 0. */
const TRADING = {
  "mon-fri": [1, 2, 3, 4, 5],
  "sun-thu": [0, 1, 2, 3, 4],
  "every day": [0, 1, 2, 3, 4, 5, 6],
};

type Week = keyof typeof TRADING;

/** Where and when tickers are traded. */
export interface Calendar {
  /** IANA time zone, which decides what day it is. */
  readonly zone: string;
  readonly week: Week;
  /** Whose holidays are days without trading; undefined where they are not known. */
  readonly exchange?: Exchange;
}

function zones(week: Week, pairs: Readonly<Record<string, string>>): [string, Calendar][] {
  return Object.entries(pairs).flatMap(([zone, endings]) =>
    endings.split(" ").map((ending): [string, Calendar] => [`.${ending}`, { zone, week }])
  );
}

/** Futures and unknown endings: some of them are traded on holidays of New York. */
const OTHERS: Calendar = { zone: "America/New_York", week: "mon-fri" };
const COINS: Calendar = { zone: "UTC", week: "every day" };

/** By {@linkcode endingOf}; the names are those of Yahoo's symbols. */
const BY_ENDING: ReadonlyMap<string, Calendar> = new Map([
  ["", { ...OTHERS, exchange: "nyse" }],
  ["=X", { zone: "Europe/London", week: "mon-fri" }],
  ...["USD", "USDT", "USDC", "EUR", "GBP", "BRL", "JPY", "BTC", "ETH"]
    .map((money): [string, Calendar] => [`-${money}`, COINS]),
  [".SA", { zone: "America/Sao_Paulo", week: "mon-fri", exchange: "b3" }],
  ...zones("mon-fri", {
    "America/Argentina/Buenos_Aires": "BA",
    "America/Mexico_City": "MX",
    "America/Santiago": "SN",
    "America/Toronto": "TO V NE CN",
    "Europe/London": "L IL",
    "Europe/Dublin": "IR",
    "Europe/Lisbon": "LS",
    "Europe/Madrid": "MC",
    "Europe/Paris": "PA",
    "Europe/Brussels": "BR",
    "Europe/Amsterdam": "AS",
    "Europe/Berlin": "DE F BE BM DU HM HA MU SG",
    "Europe/Zurich": "SW",
    "Europe/Rome": "MI",
    "Europe/Vienna": "VI",
    "Europe/Prague": "PR",
    "Europe/Warsaw": "WA",
    "Europe/Copenhagen": "CO",
    "Europe/Oslo": "OL",
    "Europe/Stockholm": "ST",
    "Europe/Helsinki": "HE",
    "Europe/Athens": "AT",
    "Europe/Istanbul": "IS",
    "Africa/Johannesburg": "JO",
    "Asia/Kolkata": "NS BO",
    "Asia/Singapore": "SI",
    "Asia/Kuala_Lumpur": "KL",
    "Asia/Bangkok": "BK",
    "Asia/Jakarta": "JK",
    "Asia/Shanghai": "SS SZ",
    "Asia/Hong_Kong": "HK",
    "Asia/Taipei": "TW TWO",
    "Asia/Seoul": "KS KQ",
    "Asia/Tokyo": "T",
    "Australia/Sydney": "AX",
    "Pacific/Auckland": "NZ",
  }),
  ...zones("sun-thu", {
    "Africa/Cairo": "CA",
    "Asia/Kuwait": "KW",
    "Asia/Qatar": "QA",
    "Asia/Riyadh": "SR",
  }),
]);

/** The endings of the exchanges of indices, which have none; empty for New York. */
const INDICES: ReadonlyMap<string, string> = new Map([
  ...["^GSPC", "^DJI", "^IXIC", "^NDX", "^NYA", "^RUT", "^VIX"].map((us) => [us, ""] as const),
  ["^BVSP", ".SA"],
  ["^FTSE", ".L"],
  ["^GDAXI", ".DE"],
  ["^FCHI", ".PA"],
  ["^N225", ".T"],
  ["^HSI", ".HK"],
  ["^AXJO", ".AX"],
  ["^BSESN", ".BO"],
  ["^NSEI", ".NS"],
  ["^GSPTSE", ".TO"],
  ["^MXX", ".MX"],
  ["^KS11", ".KS"],
  ["^TWII", ".TW"],
]);

/** What tickers of one exchange share: `.SA`, `=X`; `^` for unknown indices, "" for New York. */
export function endingOf(ticker: string): string {
  const known = INDICES.get(ticker);
  if (known !== undefined) return known;
  const [, after, code] = /(-[A-Z]{3,4}|=.)$|(\.[^.]*)$/.exec(ticker) ?? [];
  // Without a dot T, F and L are companies in New York.
  if (after !== undefined && (after.startsWith("=") || BY_ENDING.has(after))) return after;
  return code ?? (ticker.startsWith("^") ? "^" : "");
}

/** The calendar of a ticker; unknown endings, and futures (`=F`), have New York's weekdays. */
export function calendarOf(ticker: string): Calendar {
  return BY_ENDING.get(endingOf(ticker)) ?? OTHERS;
}

/** What day it is in a time zone, `YYYY-MM-DD`. */
export function dayIn(zone: string, now: Date): string {
  // Intl.DateTimeFormat takes 30 ms for its first zone, Temporal 1.
  return Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone)
    .toPlainDate().toString();
}

/** Whether the exchange is open on a day `YYYY-MM-DD`, as far as its calendar is known. */
export function isTradingDay({ exchange, week }: Omit<Calendar, "zone">, day: string): boolean {
  return TRADING[week].includes(weekdayOf(dayNumber(day))) &&
    !(exchange !== undefined && isHoliday(exchange, day));
}

function holidaysBetween(exchange: Exchange, first: number, end: number, week: Week): number {
  let count = 0;
  for (let year = yearOf(first); year <= yearOf(end); year++) {
    for (const day of holidaysOf(exchange, year)) {
      if (day >= first && day < end && TRADING[week].includes(weekdayOf(day))) count++;
    }
  }
  return count;
}

/** Trading days between the last stored day and today, both left out. */
export function daysBehind(lastDay: string, today: string, calendar: Calendar): number {
  const { exchange, week } = calendar;
  const first = dayNumber(lastDay) + 1;
  const end = dayNumber(today);
  if (!(end > first)) return 0;
  const trading = TRADING[week];
  const weeks = Math.floor((end - first) / 7);
  let behind = weeks * trading.length;
  for (let day = first + weeks * 7; day < end; day++) {
    if (trading.includes(weekdayOf(day))) behind++;
  }
  return exchange === undefined ? behind : behind - holidaysBetween(exchange, first, end, week);
}

/** Days behind that are no fault: an unknown holiday, or prices that arrive the next morning. */
export const TOLERATED_DAYS = 1;
