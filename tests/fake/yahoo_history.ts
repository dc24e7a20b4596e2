/**
 * The invented prices of one symbol: always the same for the same name and day, whatever is asked
 * and whenever, so that a later answer differs from an earlier one by what really happened between.
 *
 * @module
 */
import { dateOf, dayOf, isTradingDay, type Market, tradingDayBefore } from "./yahoo_market.ts";

/** One day, as the service would give it on a certain day: adjusted for the splits up to then. */
export interface Bar {
  /** Days since 1970. */
  readonly day: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** The close, adjusted for dividends as well. */
  readonly adjclose: number;
}

/** When the service tells of an event, where that is not from its own day on. */
export interface Told {
  /** First day on which it is told. */
  readonly from?: string;
  /** First and last days of the times in which it is lost again. */
  readonly lost?: readonly (readonly [string, string])[];
  /** First day on which the prices before a split are in its terms. Default as soon as it is told. */
  readonly mended?: string;
  /** Prices fall by a split's ratio on its day, as they do in the world. Default false: they go on. */
  readonly falls?: boolean;
}

/** A split that takes effect at the opening of a day. */
export interface Split extends Told {
  readonly day: number;
  readonly numerator: number;
  readonly denominator: number;
}

/** A dividend that buyers from this day on do not get. */
export interface Dividend extends Told {
  readonly day: number;
  /** As it was declared; the service divides it by later splits. */
  readonly amount: number;
}

function isTold({ day, from, lost }: Split | Dividend, today: number): boolean {
  const isLost = lost?.some(([first, last]) => today >= dayOf(first) && today <= dayOf(last));
  return today >= day && today >= dayOf(from ?? dateOf(day)) && isLost !== true;
}

/** A number from 0 to 1 that depends on all three, and looks like chance. */
function chance(seed: number, day: number, purpose: number): number {
  let x = (seed ^ Math.imul(day, 0x9e3779b1) ^ Math.imul(purpose, 0x85ebca6b)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
}

/** FNV-1a of the name. */
function seedOf(symbol: string): number {
  let hash = 0x811c9dc5;
  for (const char of symbol) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash;
}

/** Waves of a price: the longest and shortest period in days, and how far they move its logarithm. */
const WAVES = [[2400, 4200, 0.4], [380, 760, 0.15], [55, 120, 0.06], [9, 17, 0.02]] as const;

/** The prices of one symbol. Days and amounts given to it are as traded, before any split. */
export class History {
  /** Counts changes, for caches. */
  revision = 0;
  /** The first day with a bar. */
  readonly firstDay: number;
  readonly #market: Market;
  readonly #seed: number;
  readonly #base: number;
  readonly #waves: readonly { turn: number; phase: number; height: number }[];
  readonly #splits: Split[] = [];
  readonly #dividends: Dividend[] = [];
  readonly #closes = new Map<number, number>();
  /** Sessions, and the day on which each begins to show. */
  readonly #late = new Map<number, number>();

  /** */
  constructor(symbol: string, market: Market, firstDay: number) {
    this.firstDay = firstDay;
    this.#market = market;
    const seed = this.#seed = seedOf(symbol);
    const size = market.instrumentType === "CURRENCY" ? 1.5 : market.aroundTheClock ? 900 : 25;
    this.#base = size * (0.6 + 2 * chance(seed, 0, 1));
    this.#waves = WAVES.map(([shortest, longest, height], i) => ({
      turn: 2 * Math.PI / (shortest + (longest - shortest) * chance(seed, i, 2)),
      phase: 2 * Math.PI * chance(seed, i, 3),
      height: market.instrumentType === "CURRENCY" ? height / 4 : height,
    }));
  }

  /** From that day on, `numerator` new shares for `denominator` old ones. */
  addSplit(date: string, numerator: number, denominator: number, told: Told = {}): void {
    this.#splits.push({ day: this.#tradingDay(date), numerator, denominator, ...told });
    this.revision++;
  }

  /** A dividend with that ex-date. */
  addDividend(date: string, amount: number, told: Told = {}): void {
    this.#dividends.push({ day: this.#tradingDay(date), amount, ...told });
    this.revision++;
  }

  /** Corrects one close; high and low give way where they must. */
  setClose(date: string, close: number): void {
    this.#closes.set(this.#tradingDay(date), close);
    this.revision++;
  }

  /** A session of which nothing is known before another day. */
  addLateSession(date: string, shown: string): void {
    this.#late.set(this.#tradingDay(date), dayOf(shown));
    this.revision++;
  }

  /** The splits that are told on a day, oldest first. */
  splits(today: number): readonly Split[] {
    return this.#splits.filter((each) => isTold(each, today)).sort((a, b) => a.day - b.day);
  }

  /** Those of which earlier prices are in the terms. */
  #mended(today: number): readonly Split[] {
    return this.splits(today).filter(({ mended }) =>
      mended === undefined || today >= dayOf(mended)
    );
  }

  /** The dividends up to a day, oldest first; the amounts divided by the splits since. */
  dividends(today: number): readonly Dividend[] {
    const all = this.#dividends.filter((each) => isTold(each, today));
    if (this.#market.instrumentType === "EQUITY") all.push(...this.#usualDividends(today));
    const splits = this.#mended(today);
    return all.sort((a, b) => a.day - b.day).map(({ day, amount }) => ({
      day,
      amount: amount * splitFactor(splits, day),
    }));
  }

  /**
   * The bars of some days as they are on another day.
   *
   * @param today Splits and dividends after it are not known yet.
   */
  bars(from: number, to: number, today: number): Bar[] {
    const splits = this.#mended(today);
    const dividends = [...this.dividends(today)];
    const bars: Bar[] = [];
    let paid = 1;
    for (let day = Math.min(to, today); day >= Math.max(from, this.firstDay); day--) {
      for (let last = dividends.at(-1); last !== undefined && last.day > day;) {
        const before = tradingDayBefore(this.#market, last.day);
        paid *= 1 - last.amount / (this.#close(before) * splitFactor(splits, before));
        dividends.pop();
        last = dividends.at(-1);
      }
      if ((this.#late.get(day) ?? 0) > today) continue;
      if (isTradingDay(this.#market, day)) bars.push(this.#bar(day, splits, paid));
    }
    return bars.reverse();
  }

  #bar(day: number, splits: readonly Split[], paid: number): Bar {
    const factor = splitFactor(splits, day);
    const close = this.#close(day);
    const open = this.#rounded(
      this.#close(tradingDayBefore(this.#market, day)) *
        (0.995 + 0.01 * chance(this.#seed, day, 4)),
    );
    const high = this.#rounded(Math.max(open, close) * (1 + 0.01 * chance(this.#seed, day, 5)));
    const low = this.#rounded(Math.min(open, close) * (1 - 0.01 * chance(this.#seed, day, 6)));
    const volume = this.#market.instrumentType === "CURRENCY" ? 0 : Math.round(
      100 * 10 ** (2 + 3 * chance(this.#seed, 0, 7)) *
        (0.5 + chance(this.#seed, day, 8)),
    );
    return {
      day,
      // The service keeps prices as 32-bit floats, and that is what its decimals look like.
      open: Math.fround(open * factor),
      high: Math.fround(high * factor),
      low: Math.fround(low * factor),
      close: Math.fround(close * factor),
      volume: Math.round(volume / factor),
      adjclose: Math.fround(close * factor * paid),
    };
  }

  /** The close as traded. */
  #close(day: number): number {
    const set = this.#closes.get(day);
    if (set !== undefined) return set;
    let log = 0.02 * (chance(this.#seed, day, 9) - 0.5);
    for (const { turn, phase, height } of this.#waves) log += height * Math.sin(day * turn + phase);
    const fallen = this.#splits.filter((split) => split.falls === true && split.day <= day)
      .reduce((part, { numerator, denominator }) => part * denominator / numerator, 1);
    return this.#rounded(this.#base * Math.exp(log) * fallen);
  }

  #rounded(price: number): number {
    const unit = 10 ** this.#market.decimals;
    return Math.max(1, Math.round(price * unit)) / unit;
  }

  /** Two a year, in April and October, between 1 and 3 per cent. */
  #usualDividends(today: number): Dividend[] {
    const found: Dividend[] = [];
    const lastYear = Number(dateOf(today).slice(0, 4));
    for (let year = Number(dateOf(this.firstDay).slice(0, 4)); year <= lastYear; year++) {
      for (const month of ["04", "10"]) {
        let day = dayOf(`${year}-${month}-08`) + Math.floor(14 * chance(this.#seed, 0, 10));
        while (!isTradingDay(this.#market, day)) day++;
        if (day <= this.firstDay + 7 || day > today) continue;
        const part = 0.01 + 0.02 * chance(this.#seed, day, 11);
        const close = this.#close(tradingDayBefore(this.#market, day));
        found.push({ day, amount: Math.round(close * part * 1000) / 1000 });
      }
    }
    return found;
  }

  #tradingDay(date: string): number {
    const day = dayOf(date);
    if (isTradingDay(this.#market, day)) return day;
    throw new RangeError(`there is no trading on ${date}`);
  }
}

/** By what a price of that day is multiplied because of later splits. */
function splitFactor(splits: readonly Split[], day: number): number {
  let factor = 1;
  for (const split of splits) {
    if (split.day > day) factor *= split.denominator / split.numerator;
  }
  return factor;
}
