/** What is known of a host: when requests began, which rates hold, and silence. @module */
import type { Rate } from "../network.ts";

/** First silence after a refusal that names no time, in ms; it doubles with each further refusal. */
const FIRST_SILENCE_MS = 2000;

/** Longest silence after a refusal that names no time, in ms. */
const LONGEST_SILENCE_MS = 60_000;

/** The least that refusals leave of the rate, as a part of it. */
export const LEAST_SHARE = 1 / 16;

/** What an answer that is no refusal gives back of the rate. */
const RECOVERY = 1.1;

/** A host that has not been asked, and has not refused, for so long, in ms, is forgotten. */
export const FORGOTTEN_MS = 3_600_000;

/** So many of the last moments are kept, that a rate which is new is kept from its first request on. */
const KEPT = 10_000;

/** A rate, and until when it counts for all. */
interface RateInUse {
  readonly rate: Rate;
  readonly until: number;
}

/** What is written down of a host. */
export interface PaceRecord {
  readonly begun: readonly number[];
  readonly rates: readonly RateInUse[];
  /** What refusals have left of the rates, as a part of them. */
  readonly share: number;
  readonly refusals: number;
  readonly slowedAt: number;
  readonly silentUntil: number;
}

/**
 * Lets `rate.count` requests begin in any `rate.perMs`, of each rate in use. A refusal (429)
 * silences the host and halves the rates; each later answer gives a tenth back.
 */
export class Pace {
  readonly #begun: number[];
  readonly #rates = new Map<string, RateInUse>();
  #share: number;
  #silentUntil: number;
  #slowedAt: number;
  #refusals: number;
  #overAt = -Infinity;

  constructor(known?: PaceRecord) {
    this.#begun = [...known?.begun ?? []];
    for (const each of known?.rates ?? []) this.#rates.set(keyOf(each.rate), each);
    this.#share = known?.share ?? 1;
    this.#silentUntil = known?.silentUntil ?? 0;
    this.#slowedAt = known?.slowedAt ?? -Infinity;
    this.#refusals = known?.refusals ?? 0;
  }

  get kept(): number {
    return this.#begun.length;
  }

  get overAt(): number {
    return this.#overAt;
  }

  get silentUntil(): number {
    return this.#silentUntil;
  }

  get isSlowed(): boolean {
    return this.#share < 1 || this.#refusals > 0;
  }

  /** As much as the rates in use need. */
  record(now: number): PaceRecord {
    const rates = [...this.#rates.values()].filter(({ until }) => until > now);
    const longest = Math.max(60_000, ...rates.map(({ rate }) => this.#periodOf(rate)));
    const most = Math.max(100, ...rates.map(({ rate }) => rate.count));
    return {
      begun: this.#begun.filter((at) => at > now - longest).slice(-Math.min(KEPT, most)),
      rates,
      share: this.#share,
      refusals: this.#refusals,
      slowedAt: this.#slowedAt,
      silentUntil: this.#silentUntil,
    };
  }

  /** Milliseconds until the last of so many requests can begin. */
  leastMs(rate: Rate | null, requests: number, now: number): number {
    const pausedMs = Math.max(0, this.#silentUntil - now);
    if (rate === null || requests < 1) return pausedMs;
    const count = this.#countOf(rate);
    const periods = Math.ceil(requests / count);
    const place = requests - (periods - 1) * count;
    const oldest = this.#begun[this.#begun.length - count + place - 1];
    const first = Math.max(now, oldest === undefined ? 0 : oldest + this.#periodOf(rate));
    return Math.max(pausedMs, first - now + (periods - 1) * this.#periodOf(rate));
  }

  next(rate: Rate | null, now: number): number {
    let next = this.#nextOf(rate);
    for (const [key, { rate: other, until }] of this.#rates) {
      if (until <= now) this.#rates.delete(key);
      else next = Math.max(next, this.#nextOf(other));
    }
    return next;
  }

  isLimited(rate: Rate | null, now: number): boolean {
    return rate !== null || this.#rates.values().some(({ until }) => until > now);
  }

  #nextOf(rate: Rate | null): number {
    if (rate === null) return 0;
    const oldest = this.#begun[this.#begun.length - this.#countOf(rate)];
    return oldest === undefined ? 0 : oldest + this.#periodOf(rate);
  }

  #countOf(rate: Rate): number {
    return Math.max(1, Math.floor(rate.count * this.#share));
  }

  /** Fewer than one per period: the period grows in place of the count. */
  #periodOf(rate: Rate): number {
    return rate.perMs / Math.min(1, rate.count * this.#share);
  }

  note(rate: Rate | null, now: number): void {
    this.#begun.push(now);
    let keep = KEPT;
    let period = FORGOTTEN_MS;
    if (rate !== null) this.#rates.set(keyOf(rate), { rate, until: now + this.#periodOf(rate) });
    for (const { rate } of this.#rates.values()) {
      keep = Math.max(keep, rate.count);
      period = Math.max(period, rate.perMs);
    }
    // Not one by one: that would move all of them each time.
    if (this.#begun.length >= 2 * keep) this.#begun.splice(0, this.#begun.length - keep);
    this.#overAt = Math.max(this.#overAt, now + period);
  }

  /** Refusals of requests that began together, known by `begunAt`, count once. */
  refused(begunAt: number, retryAfterMs: number | null, now: number): void {
    if (retryAfterMs !== null) this.beSilent(now + retryAfterMs);
    if (begunAt <= this.#slowedAt) return;
    this.#slowedAt = now;
    this.#share = Math.max(LEAST_SHARE, this.#share / 2);
    const own = Math.min(LONGEST_SILENCE_MS, FIRST_SILENCE_MS * 2 ** this.#refusals);
    this.#refusals++;
    if (retryAfterMs === null) this.beSilent(now + own);
  }

  beSilent(until: number): void {
    this.#silentUntil = Math.max(this.#silentUntil, until);
    this.#overAt = Math.max(this.#overAt, until + FORGOTTEN_MS);
  }

  answered(): void {
    this.#refusals = 0;
    this.#share = Math.min(1, this.#share * RECOVERY);
  }
}

function keyOf({ count, perMs }: Rate): string {
  return `${count}/${perMs}`;
}
