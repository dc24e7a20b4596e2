/**
 * Which days an exchange trades on, by the ending of its tickers, and how far behind stored prices are.
 *
 * The rule is simple on purpose: weekdays in the exchange's own zone. Holidays are not known, so the
 * day after one looks like a day behind: one day behind is within tolerance.
 *
 * @module
 */

/** Days of the week that an exchange trades on. */
type Week = "mon-fri" | "sun-thu" | "every day";

/** Where and when tickers are traded. */
export interface Calendar {
  /** IANA time zone, which decides what day it is. */
  readonly zone: string;
  readonly week: Week;
}

function zones(week: Week, pairs: Readonly<Record<string, string>>): [string, Calendar][] {
  return Object.entries(pairs).flatMap(([zone, endings]) =>
    endings.split(" ").map((ending): [string, Calendar] => [ending, { zone, week }])
  );
}

/** By what stands behind the last dot of a ticker; the names are those of Yahoo's symbols. */
const BY_ENDING: ReadonlyMap<string, Calendar> = new Map([
  ...zones("mon-fri", {
    "America/Sao_Paulo": "SA",
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

const NEW_YORK: Calendar = { zone: "America/New_York", week: "mon-fri" };
const CURRENCIES: Calendar = { zone: "Europe/London", week: "mon-fri" };
const COINS: Calendar = { zone: "UTC", week: "every day" };

/** Indices have no ending that tells; those that are not here count as New York's. */
const INDICES: ReadonlyMap<string, string> = new Map([
  ["^BVSP", "SA"],
  ["^FTSE", "L"],
  ["^GDAXI", "DE"],
  ["^FCHI", "PA"],
  ["^N225", "T"],
  ["^HSI", "HK"],
  ["^AXJO", "AX"],
  ["^BSESN", "BO"],
  ["^NSEI", "NS"],
  ["^GSPTSE", "TO"],
  ["^MXX", "MX"],
  ["^KS11", "KS"],
  ["^TWII", "TW"],
]);

/**
 * The calendar of a ticker.
 *
 * @param ticker Canonical ticker. `-USD` and other pairs of coins trade every day, `=X` (currencies)
 *   on weekdays; what has no known ending counts as New York's.
 */
export function calendarOf(ticker: string): Calendar {
  if (/-(USD|USDT|USDC|EUR|GBP|BRL|JPY|BTC|ETH)$/.test(ticker)) return COINS;
  if (ticker.endsWith("=X")) return CURRENCIES;
  const dot = ticker.lastIndexOf(".");
  // Without a dot T, F and L are companies in New York.
  const ending = INDICES.get(ticker) ?? (dot < 0 ? "" : ticker.slice(dot + 1));
  return BY_ENDING.get(ending) ?? NEW_YORK;
}

/**
 * What day it is in a zone. Takes a while: ask once for many tickers.
 *
 * @param zone IANA time zone.
 * @param now The moment.
 * @returns `YYYY-MM-DD`.
 */
export function dayIn(zone: string, now: Date): string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  const parts = Object.fromEntries(
    format.formatToParts(now).map(({ type, value }) => [type, value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}`;
}

/** Days since 1970-01-01, which was a Thursday. */
function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / 86_400_000);
}

const THURSDAY = 4;

/** Days of the week, Sunday being 0. */
const TRADING: Readonly<Record<Week, readonly number[]>> = {
  "mon-fri": [1, 2, 3, 4, 5],
  "sun-thu": [0, 1, 2, 3, 4],
  "every day": [0, 1, 2, 3, 4, 5, 6],
};

/**
 * How many days that an exchange trades on lie between the last stored day and today, both left out:
 * the day that is going on is not over, and is not missed.
 *
 * @param lastDay Last stored day, `YYYY-MM-DD`.
 * @param today What day it is at the exchange; see {@linkcode dayIn}.
 * @param calendar The exchange's.
 * @returns 0 for all that can be there.
 */
export function daysBehind(lastDay: string, today: string, calendar: Calendar): number {
  const first = dayNumber(lastDay) + 1;
  const end = dayNumber(today);
  if (!(end > first)) return 0;
  const trading = TRADING[calendar.week];
  const weeks = Math.floor((end - first) / 7);
  let behind = weeks * trading.length;
  for (let day = first + weeks * 7; day < end; day++) {
    if (trading.includes((((day + THURSDAY) % 7) + 7) % 7)) behind++;
  }
  return behind;
}

/** As many days may be missing without any doubt: a holiday, which is not in the calendar. */
export const TOLERATED_DAYS = 1;
