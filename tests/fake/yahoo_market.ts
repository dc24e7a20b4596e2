/**
 * Which exchange a symbol of the fake trades at, and what time it is there.
 *
 * @module
 */

/** What a symbol's suffix says. */
export interface Market {
  /** IANA name, `meta.exchangeTimezoneName`. */
  readonly zone: string;
  /** `meta.exchangeName`. */
  readonly exchangeName: string;
  /** As the service writes it: pence are `GBp`. */
  readonly currency: string;
  /** `EQUITY`, `CRYPTOCURRENCY`, `CURRENCY` or `INDEX`. */
  readonly instrumentType: string;
  /** Decimals of a price, also `meta.priceHint`. */
  readonly decimals: number;
  /** Local minutes of the day; a bar is stamped at `open`. */
  readonly open: number;
  /** Local minutes of the day. */
  readonly close: number;
  /** Saturday and Sunday too, and the bar of today is stamped with the time of the last trade. */
  readonly aroundTheClock: boolean;
}

/** Seconds of a day. */
export const DAY_SECONDS = 86_400;

const STOCKS = { instrumentType: "EQUITY", decimals: 2, aroundTheClock: false } as const;
const SAO_PAULO: Market = {
  ...STOCKS,
  zone: "America/Sao_Paulo",
  exchangeName: "SAO",
  currency: "BRL",
  open: 600,
  close: 1020,
};
const NEW_YORK: Market = {
  ...STOCKS,
  zone: "America/New_York",
  exchangeName: "NMS",
  currency: "USD",
  open: 570,
  close: 960,
};
const LONDON: Market = {
  ...STOCKS,
  zone: "Europe/London",
  exchangeName: "LSE",
  currency: "GBp",
  open: 480,
  close: 990,
};
const CRYPTO: Market = {
  zone: "UTC",
  exchangeName: "CCC",
  currency: "USD",
  instrumentType: "CRYPTOCURRENCY",
  decimals: 2,
  open: 0,
  close: 1440,
  aroundTheClock: true,
};

/**
 * The market of a symbol by its suffix: `.SA`, `.L`, `-USD`, `=X`, otherwise New York; an index
 * begins with `^`.
 *
 * @param symbol In upper case.
 */
export function marketOf(symbol: string): Market {
  if (symbol.endsWith("-USD")) return CRYPTO;
  if (symbol.endsWith("=X")) {
    return {
      ...CRYPTO,
      zone: "Europe/London",
      // EURBRL=X is quoted in BRL, and so is BRL=X.
      currency: symbol.slice(-5, -2),
      exchangeName: "CCY",
      instrumentType: "CURRENCY",
      decimals: 4,
      aroundTheClock: false,
    };
  }
  const market = symbol.endsWith(".SA") ? SAO_PAULO : symbol.endsWith(".L") ? LONDON : NEW_YORK;
  if (!symbol.startsWith("^")) return market;
  return symbol === "^BVSP"
    ? { ...SAO_PAULO, instrumentType: "INDEX" }
    : { ...market, instrumentType: "INDEX" };
}

/** Days since 1970 of a date `YYYY-MM-DD`. */
export function dayOf(date: string): number {
  const ms = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN;
  if (Number.isNaN(ms)) throw new RangeError(`a date must be YYYY-MM-DD: current value is ${date}`);
  return ms / 1000 / DAY_SECONDS;
}

/** The date of a day since 1970, `YYYY-MM-DD`. */
export function dateOf(day: number): string {
  return new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Seconds by which the zone's clocks are ahead of UTC at that moment. */
export function offsetAt(zone: string, atSeconds: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    formats.set(zone, format);
  }
  const name = format.formatToParts(atSeconds * 1000).find(({ type }) => type === "timeZoneName");
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name?.value ?? "") ?? [];
  const seconds = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60;
  return sign === "-" ? -seconds : seconds;
}

const offsets = new Map<string, Map<number, number>>();

/** The offset at noon UTC of a day, kept: asking Intl for each of 6,500 bars would take longer than all else. */
function offsetOn(zone: string, day: number): number {
  let known = offsets.get(zone);
  if (known === undefined) offsets.set(zone, known = new Map());
  let offset = known.get(day);
  if (offset === undefined) known.set(day, offset = offsetAt(zone, (day + 0.5) * DAY_SECONDS));
  return offset;
}

/** When a day's trading begins, in seconds since 1970. */
export function openingOf(market: Market, day: number): number {
  return day * DAY_SECONDS + market.open * 60 - offsetOn(market.zone, day);
}

/** When a day's trading ends, in seconds since 1970. */
export function closingOf(market: Market, day: number): number {
  return openingOf(market, day) + (market.close - market.open) * 60;
}

/** Whether there is trading on that day. The fake knows no holidays. */
export function isTradingDay(market: Market, day: number): boolean {
  // 1 January 1970 was a Thursday.
  return market.aroundTheClock || (day + 3) % 7 < 5;
}

/** The last trading day before that one. */
export function tradingDayBefore(market: Market, day: number): number {
  let before = day - 1;
  while (!isTradingDay(market, before)) before--;
  return before;
}

/** The last day whose trading has begun. */
export function lastDay(market: Market, nowSeconds: number): number {
  const day = Math.floor((nowSeconds + offsetAt(market.zone, nowSeconds)) / DAY_SECONDS);
  if (isTradingDay(market, day) && openingOf(market, day) <= nowSeconds) return day;
  return tradingDayBefore(market, day);
}
