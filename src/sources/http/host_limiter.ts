/**
 * How often one host is asked, by all tasks of a run together.
 *
 * @module
 */
import { debug } from "../../debug.ts";
import type { Rate } from "../network.ts";
import { type Clock, systemClock } from "./clock.ts";
import { NoTimeLeftError } from "./no_time_left.ts";

/** First silence after a refusal that names no time, in ms; it doubles with each further refusal. */
const FIRST_SILENCE_MS = 2000;

/** Longest silence of our own choice, in ms. */
const LONGEST_SILENCE_MS = 60_000;

/** The slowest that refusals make us, as a part of the rate asked for. */
const LEAST_SHARE = 1 / 16;

/** What an answer that is no refusal gives back of the rate. */
const RECOVERY = 1.1;

/** Leave to make one request. */
export interface Turn {
  /** When it was given, in ms since 1970. */
  readonly at: number;
}

/** Waits for a promise that never fails, or throws the signal's reason. */
async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * Lets at most `rate.count` requests begin in any `rate.perMs`, in the order in which they were asked
 * for. A refusal (429) silences the whole host for a while, halves the rate, and each answer after
 * that gives a tenth of it back: a service that is tired of us is not asked by the next ticker either.
 */
export class HostLimiter {
  readonly #host: string;
  readonly #rate: Rate | null;
  readonly #clock: Clock;
  /** When the last requests began, oldest first; at most `rate.count`. */
  readonly #begun: number[] = [];
  #share = 1;
  #silentUntil = 0;
  #slowedAt = -Infinity;
  #refusals = 0;
  #queue: Promise<void> = Promise.resolve();

  /**
   * @param host Name for messages.
   * @param rate Null for no limit but what the service demands.
   * @param clock Default the machine's.
   */
  constructor(host: string, rate: Rate | null, clock: Clock = systemClock) {
    this.#host = host;
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Milliseconds for which nothing may be asked; 0 where it may. */
  get pausedMs(): number {
    return Math.max(0, this.#silentUntil - this.#clock.now());
  }

  /**
   * Waits for leave to make one request.
   *
   * @param signal Gives up, at once.
   * @param silenceUntil The latest that silence is put up with, in ms since 1970; asked again and
   *   again. Default for ever.
   * @throws {NoTimeLeftError} `rate_limited` where the service wants silence beyond that: at once,
   *   because waiting would change nothing.
   */
  async take(signal: AbortSignal, silenceUntil: () => number = () => Infinity): Promise<Turn> {
    this.#checkSilence(silenceUntil());
    const before = this.#queue;
    const left = Promise.withResolvers<void>();
    this.#queue = left.promise;
    try {
      await untilAborted(before, signal);
    } catch (error) {
      // Those behind still wait for those in front.
      before.then(left.resolve);
      throw error;
    }
    try {
      for (;;) {
        signal.throwIfAborted();
        this.#checkSilence(silenceUntil());
        const now = this.#clock.now();
        const wait = Math.max(this.#silentUntil, this.#nextTurn()) - now;
        if (wait <= 0) {
          this.#note(now);
          return { at: now };
        }
        const silent = this.#silentUntil >= this.#nextTurn();
        debug("http", () => {
          const why = silent ? "it asked for silence" : "the rate allows no more yet";
          const ms = Math.round(wait);
          return [`waiting ${ms} ms to ask ${this.#host}: ${why}`, {
            host: this.#host,
            wait_ms: ms,
            reason: silent ? "silence" : "rate",
          }];
        });
        await this.#clock.sleep(wait, signal);
      }
    } finally {
      left.resolve();
    }
  }

  #count(): number {
    return this.#rate === null ? 0 : Math.max(1, Math.floor(this.#rate.count * this.#share));
  }

  #nextTurn(): number {
    if (this.#rate === null) return 0;
    const count = this.#count();
    const oldest = this.#begun[this.#begun.length - count];
    if (oldest === undefined) return 0;
    // Fewer than one per period: the period grows in place of the count.
    const share = Math.min(1, this.#rate.count * this.#share);
    return oldest + this.#rate.perMs / share;
  }

  #note(now: number): void {
    if (this.#rate === null) return;
    this.#begun.push(now);
    if (this.#begun.length > this.#rate.count) this.#begun.shift();
  }

  #checkSilence(latest: number): void {
    const now = this.#clock.now();
    if (this.#silentUntil <= now || this.#silentUntil <= latest) return;
    const seconds = Math.ceil((this.#silentUntil - now) / 1000);
    throw new NoTimeLeftError(
      "rate_limited",
      `${this.#host} refuses further requests and wants ${seconds} s of silence`,
      {
        hint: "Run it again later; with many tickers lower --rate and --concurrency.",
        retryable: true,
        details: { host: this.#host, silentSeconds: seconds },
      },
    );
  }

  /**
   * Says that a request was refused because there were too many.
   *
   * @param turn The request's turn: refusals of requests that began together count once.
   * @param retryAfterMs What the service asks for; null where it says nothing.
   */
  refused(turn: Turn, retryAfterMs: number | null): void {
    const now = this.#clock.now();
    if (retryAfterMs !== null) {
      this.#silentUntil = Math.max(this.#silentUntil, now + retryAfterMs);
    }
    if (turn.at <= this.#slowedAt) return;
    this.#slowedAt = now;
    this.#share = Math.max(LEAST_SHARE, this.#share / 2);
    const own = Math.min(LONGEST_SILENCE_MS, FIRST_SILENCE_MS * 2 ** this.#refusals);
    this.#refusals++;
    if (retryAfterMs === null) this.#silentUntil = Math.max(this.#silentUntil, now + own);
  }

  /** Says that a request was answered. */
  answered(): void {
    this.#refusals = 0;
    this.#share = Math.min(1, this.#share * RECOVERY);
  }
}
