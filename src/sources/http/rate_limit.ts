/**
 * How often a host is asked, by all runs of the process together: runs at once and runs one after the
 * other, as those of a collector, keep to one rate, and a run that begins while a service wants silence
 * knows of it.
 *
 * @module
 */
import { debug } from "../../base/debug.ts";
import { SourceError } from "../../base/errors.ts";
import { Fifo } from "../../base/fifo.ts";
import type { Rate } from "../network.ts";
import type { RequestWait } from "../source.ts";
import { type Clock, systemClock } from "../../base/clock.ts";

/**
 * Whether an answer says that the service was asked too often: 429, or an overloaded service (503) that
 * says when it wants to be asked again.
 *
 * @param retryAfterMs Null where the answer has no `Retry-After`.
 */
export function isRateLimited(status: number, retryAfterMs: number | null): boolean {
  return status === 429 || (status === 503 && retryAfterMs !== null);
}

/** First silence after a refusal that names no time, in ms; it doubles with each further refusal. */
const FIRST_SILENCE_MS = 2000;

/** Longest silence after a refusal that names no time, in ms. */
const LONGEST_SILENCE_MS = 60_000;

/** The least that refusals leave of the rate, as a part of it. */
const LEAST_SHARE = 1 / 16;

/** What an answer that is no refusal gives back of the rate. */
const RECOVERY = 1.1;

/** A host that has not been asked, and has not refused, for so long, in ms, is forgotten. */
const FORGOTTEN_MS = 3_600_000;

/** So many of the last moments are kept, that a rate which is new is kept from its first request on. */
const KEPT = 10_000;

/** `rate_limited`, `deadline_passed`: the request was not made, its answer would come too late. */
export class NoTimeLeftError extends SourceError {}

/** Leave to make one request. */
export interface Turn {
  /** When it was given, by {@linkcode Clock.elapsed}. */
  readonly at: number;
}

/** What one client asks before each of its requests, with its own rate. */
export interface HostLimiter {
  /** Milliseconds for which nothing may be asked; 0 where it may. */
  readonly pausedMs: number;
  /** What keeps the request that is next from being made; null where nothing does. */
  readonly wait: RequestWait | null;
  /** Milliseconds until so many further requests can have begun, by this client's rate alone. */
  leastMs(requests: number): number;
  /**
   * Waits for leave to make one request.
   *
   * @param silenceUntil Until when a silence is waited out, by the same clock; asked again and
   *   again. Default for ever.
   * @throws {NoTimeLeftError} `rate_limited` where the service wants silence beyond that: at once,
   *   because waiting would change nothing.
   */
  take(signal: AbortSignal, silenceUntil?: () => number): Promise<Turn>;
  /**
   * Says that a request was refused because there were too many.
   *
   * @param turn The request's turn: refusals of requests that began together count once.
   * @param retryAfterMs What the service asks for; null where it says nothing.
   */
  refused(turn: Turn, retryAfterMs: number | null): void;
  /** Says that a request was answered. */
  answered(): void;
}

/** A rate, and until when it counts for all. */
interface RateInUse {
  readonly rate: Rate;
  /** By {@linkcode Clock.elapsed}. */
  readonly until: number;
}

/**
 * Lets requests begin in the order in which they were asked for, at most `rate.count` in any
 * `rate.perMs`. Each request names the rate of its run. Where these differ, a request waits until it
 * is within its own rate and within every other that was asked under in the last period of that
 * rate. So in any period in which a run asks, all runs together keep within its rate; a period after
 * its last request it counts no more. Only one rate with a `count` beyond 10,000 that meets a faster
 * one may begin too early.
 *
 * A refusal (429) silences the whole host for a while, halves the rates, and each answer after
 * that gives a tenth of it back: an overloaded service is not asked by the next ticker
 * either, nor by the next run.
 */
class HostPace {
  readonly #host: string;
  readonly #clock: Clock;
  /** When the last requests began, oldest first. */
  readonly #begun: number[] = [];
  readonly #rates = new Map<string, RateInUse>();
  #share = 1;
  #silentUntil = 0;
  #slowedAt = -Infinity;
  #refusals = 0;
  #waiting = 0;
  /** When the request that is next can be made by its rate. */
  #nextAt = 0;
  /** When what is known of the host has lost its meaning. */
  #overAt = -Infinity;
  readonly #queue = new Fifo(1);

  constructor(host: string, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  /** How many moments of requests are kept. */
  get kept(): number {
    return this.#begun.length;
  }

  /** Whether it can be forgotten: no request waits, and all periods and silences are long over. */
  get isOver(): boolean {
    return this.#waiting === 0 && this.#overAt <= this.#clock.elapsed();
  }

  /** Milliseconds for which nothing may be asked; 0 where it may. */
  get pausedMs(): number {
    return Math.max(0, this.#silentUntil - this.#clock.elapsed());
  }

  get wait(): RequestWait | null {
    const { pausedMs } = this;
    if (pausedMs > 0) return { reason: "silence", ms: pausedMs };
    const ms = this.#nextAt - this.#clock.elapsed();
    return ms > 0 ? { reason: "rate", ms } : null;
  }

  /** The turn of the last of so many requests, counted from the ones that have begun. */
  leastMs(rate: Rate | null, requests: number): number {
    if (rate === null || requests < 1) return this.pausedMs;
    const count = this.#countOf(rate);
    const periods = Math.ceil(requests / count);
    const place = requests - (periods - 1) * count;
    const oldest = this.#begun[this.#begun.length - count + place - 1];
    const now = this.#clock.elapsed();
    const first = Math.max(now, oldest === undefined ? 0 : oldest + this.#periodOf(rate));
    return Math.max(this.pausedMs, first - now + (periods - 1) * this.#periodOf(rate));
  }

  async take(
    rate: Rate | null,
    signal: AbortSignal,
    silenceUntil: () => number = () => Infinity,
  ): Promise<Turn> {
    this.#checkSilence(silenceUntil());
    this.#waiting++;
    try {
      using _slot = await this.#queue.take({ signal });
      return await this.#turn(rate, signal, silenceUntil);
    } finally {
      this.#waiting--;
    }
  }

  async #turn(rate: Rate | null, signal: AbortSignal, silenceUntil: () => number): Promise<Turn> {
    for (;;) {
      signal.throwIfAborted();
      this.#checkSilence(silenceUntil());
      const now = this.#clock.elapsed();
      const next = this.#nextTurn(rate, now);
      const wait = Math.max(this.#silentUntil, next) - now;
      if (wait <= 0) {
        this.#note(rate, now);
        return { at: now };
      }
      const silent = this.#silentUntil >= next;
      debug("http", () => {
        const why = silent ? "it asked for silence" : "the rate allows no more yet";
        const [host, wait_ms, reason] = [this.#host, Math.round(wait), silent ? "silence" : "rate"];
        return [`waiting ${wait_ms} ms to ask ${host}: ${why}`, { host, wait_ms, reason }];
      });
      this.#nextAt = next;
      await this.#clock.sleep(wait, signal);
    }
  }

  #nextTurn(rate: Rate | null, now: number): number {
    let next = this.#nextOf(rate);
    for (const [key, { rate: other, until }] of this.#rates) {
      if (until <= now) this.#rates.delete(key);
      else next = Math.max(next, this.#nextOf(other));
    }
    return next;
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

  #note(rate: Rate | null, now: number): void {
    this.#begun.push(now);
    let keep = KEPT;
    let period = FORGOTTEN_MS;
    if (rate !== null) {
      this.#rates.set(`${rate.count}/${rate.perMs}`, { rate, until: now + this.#periodOf(rate) });
    }
    for (const { rate } of this.#rates.values()) {
      keep = Math.max(keep, rate.count);
      period = Math.max(period, rate.perMs);
    }
    // Not one by one: that would move all of them each time.
    if (this.#begun.length >= 2 * keep) this.#begun.splice(0, this.#begun.length - keep);
    this.#overAt = Math.max(this.#overAt, now + period);
  }

  #checkSilence(latest: number): void {
    const now = this.#clock.elapsed();
    if (this.#silentUntil <= now || this.#silentUntil <= latest) return;
    const seconds = Math.ceil((this.#silentUntil - now) / 1000);
    const message = `${this.#host} refuses further requests and wants ${seconds} s of silence`;
    throw new NoTimeLeftError("rate_limited", message, {
      hint: "Run it again later; with many tickers lower --rate and --concurrency.",
      retryable: true,
      details: { host: this.#host, silentSeconds: seconds },
    });
  }

  refused(turn: Turn, retryAfterMs: number | null): void {
    const now = this.#clock.elapsed();
    if (retryAfterMs !== null) this.#beSilent(now + retryAfterMs);
    if (turn.at <= this.#slowedAt) return;
    this.#slowedAt = now;
    this.#share = Math.max(LEAST_SHARE, this.#share / 2);
    const own = Math.min(LONGEST_SILENCE_MS, FIRST_SILENCE_MS * 2 ** this.#refusals);
    this.#refusals++;
    if (retryAfterMs === null) this.#beSilent(now + own);
  }

  #beSilent(until: number): void {
    this.#silentUntil = Math.max(this.#silentUntil, until);
    this.#overAt = Math.max(this.#overAt, until + FORGOTTEN_MS);
  }

  answered(): void {
    this.#refusals = 0;
    this.#share = Math.min(1, this.#share * RECOVERY);
  }
}

/** One pace per host. */
export class HostLimiters {
  readonly #clock: Clock;
  readonly #paces = new Map<string, HostPace>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** How many hosts are remembered. */
  get size(): number {
    return this.#paces.size;
  }

  /** Moments of requests that are remembered, of all hosts. */
  get kept(): number {
    return this.#paces.values().reduce((sum, { kept }) => sum + kept, 0);
  }

  /**
   * A client's way to the pace of its host. Costs nothing until it asks.
   *
   * @param origin Scheme, host and port; clients with the same share.
   * @param rate The client's own; null for no limit of its own.
   */
  limiter(origin: string, rate: Rate | null): HostLimiter {
    // A pace may be forgotten between two requests: it is looked up each time.
    const paces = this.#paces;
    const pace = (): HostPace => this.#pace(origin);
    return {
      get pausedMs() {
        return paces.get(origin)?.pausedMs ?? 0;
      },
      get wait() {
        return paces.get(origin)?.wait ?? null;
      },
      leastMs: (requests) => pace().leastMs(rate, requests),
      take: (signal, silenceUntil) => pace().take(rate, signal, silenceUntil),
      refused: (turn, retryAfterMs) => pace().refused(turn, retryAfterMs),
      answered: () => paces.get(origin)?.answered(),
    };
  }

  #pace(origin: string): HostPace {
    const known = this.#paces.get(origin);
    if (known !== undefined && !known.isOver) return known;
    // A new host is rare enough to look through the others, and nothing grows between two of them.
    for (const [name, pace] of this.#paces) if (pace.isOver) this.#paces.delete(name);
    const pace = new HostPace(new URL(origin).host, this.#clock);
    this.#paces.set(origin, pace);
    return pace;
  }
}

/** Those of this process, by the machine's clock. */
export const processLimiters: HostLimiters = new HostLimiters();
