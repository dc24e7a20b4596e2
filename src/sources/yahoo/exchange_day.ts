/** From a bar's time to its trading day, in the exchange's own time zone. @module */

const HOUR = 3600;
const DAY = 86_400;

/** Seconds: changes of an offset that undo each other are 8 days apart at least (Tunis, 1943). */
const STEADY = 7 * DAY;

/** No place is further from UTC than 15:13 (Manila, until 1844). In seconds. */
const MOST_OFFSET = 16 * HOUR;

/** Bars stamped at or after that hour, local time, belong to the day that begins at midnight. */
const FIRST_EVENING_HOUR = 22;

/** Offsets at multiples of {@linkcode STEADY}, by zone. */
const OFFSETS = new Map<string, Map<number, number>>();

/** Tells days of one exchange. */
export class ExchangeCalendar {
  readonly #zone: string | undefined;
  readonly #fixed: number;
  readonly #offsets: Map<number, number>;

  /** @param zone IANA name; the offset in seconds counts where it is undefined or unknown. */
  constructor(zone: string | undefined, offsetSeconds = 0) {
    this.#zone = zone !== undefined && (OFFSETS.has(zone) || isZone(zone)) ? zone : undefined;
    this.#fixed = Math.abs(offsetSeconds) <= MOST_OFFSET ? offsetSeconds : 0;
    this.#offsets = OFFSETS.get(this.#zone ?? "") ?? new Map();
    if (this.#zone !== undefined) OFFSETS.set(this.#zone, this.#offsets);
  }

  get hasZone(): boolean {
    return this.#zone !== undefined;
  }

  #exactOffset(seconds: number): number {
    if (this.#zone === undefined) return this.#fixed;
    const { offsetNanoseconds } = Temporal.Instant.fromEpochMilliseconds(Math.floor(seconds) * 1000)
      .toZonedDateTimeISO(this.#zone);
    return offsetNanoseconds / 1e9;
  }

  #edgeOffset(edge: number): number {
    const known = this.#offsets.get(edge);
    if (known !== undefined) return known;
    const offset = this.#exactOffset(edge * STEADY);
    this.#offsets.set(edge, offset);
    return offset;
  }

  /** Asking for each bar of 25 years would cost more than all other work on them. */
  #offset(seconds: number): number {
    if (this.#zone === undefined) return this.#fixed;
    const edge = Math.floor(seconds / STEADY);
    const before = this.#edgeOffset(edge);
    return before === this.#edgeOffset(edge + 1) ? before : this.#exactOffset(seconds);
  }

  /**
   * The day of a bar. One on the hour late in the evening was pushed over midnight by DST; not the live
   * one, which has the time of the last trade.
   */
  tradingDay(seconds: number, live: boolean): string {
    const local = seconds + this.#offset(seconds);
    const inDay = ((local % DAY) + DAY) % DAY;
    const evening = inDay >= FIRST_EVENING_HOUR * HOUR && inDay % HOUR === 0;
    return isoDay(evening && !live ? local + DAY - inDay : local);
  }
}

function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

let monthFirst = 1;
let monthLast = 0;
let monthText = "";

/** A date costs more than reading all numbers of its bar; so the month is worked out once. */
function isoDay(localSeconds: number): string {
  const day = Math.floor(localSeconds / DAY);
  if (day < monthFirst || day > monthLast) {
    const date = new Date(day * DAY * 1000);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    monthFirst = day - date.getUTCDate() + 1;
    // Years repeat after 400; those before 100 would be taken for the 1900s.
    monthLast = monthFirst + new Date(Date.UTC(2000 + year % 400, month + 1, 0)).getUTCDate() - 1;
    monthText = date.toISOString().slice(0, 8);
  }
  return monthText + String(day - monthFirst + 1).padStart(2, "0");
}
