/**
 * Trying again what can pass.
 *
 * @module
 */
import { retry, RetryError } from "@std/async/retry";
import { debug } from "../../base/debug.ts";
import { SourceError } from "../../base/errors.ts";
import type { Retry, RetryErrorClass } from "../../base/std.ts";
import { NoTimeLeftError } from "./rate_limit.ts";

const retrying: Retry = retry;
const Exhausted: RetryErrorClass = RetryError;

/** Longest pause between two tries, in ms. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * When one ticker's time is over; it begins with its first request.
 *
 * @category Writing a source
 */
export class Deadline {
  readonly #seconds: number;
  readonly #now: () => number;
  #at = Infinity;

  /**
   * Begins with the first request.
   *
   * @param seconds From then on.
   * @param now Milliseconds since 1970.
   */
  constructor(seconds: number, now: () => number) {
    this.#seconds = seconds;
    this.#now = now;
  }

  /** Milliseconds since 1970; Infinity before the first request. */
  get at(): number {
    return this.#at;
  }

  /** The same, with a first request that would begin now. */
  get latest(): number {
    return Math.min(this.#at, this.#now() + this.#seconds * 1000);
  }

  /** Whether it is over. */
  get isOver(): boolean {
    return this.#now() >= this.#at;
  }

  /** Whether it ends within a pause that begins now. */
  endsWithin(pauseMs: number): boolean {
    return this.#now() + pauseMs > this.latest;
  }

  /** Says that a request begins. */
  begin(): void {
    if (this.#at === Infinity) this.#at = this.#now() + this.#seconds * 1000;
  }
}

/** Patience with a service. */
export interface Patience {
  /** Tries in all. */
  readonly attempts: number;
  /** First pause, in ms, which doubles; each is a random part of that (full jitter). */
  readonly backoffMs: number;
  /** After it nothing is tried again. */
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
  /** Whether another try would come too late, for reasons of its own. Default never. */
  readonly isHopeless?: () => boolean;
  /** Told of each failure that is followed by another try. */
  readonly onRetry?: ((why: Error) => void) | undefined;
}

/**
 * Does `work` until it succeeds, fails for good, or patience ends.
 *
 * @throws What the last try threw, with the number of tries in its message. What is not `retryable`
 *   is thrown at once.
 */
export async function withRetries<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  const { attempts, backoffMs, deadline, signal, isHopeless = () => false, onRetry } = patience;
  let tries = 0;
  let failure: unknown;
  try {
    return await retrying(async () => {
      // The pause may have outlasted the deadline.
      if (tries > 0 && deadline.isOver) throw failure;
      tries++;
      if (tries > 1) {
        debug("http", () => [`try ${tries} of ${attempts}`, { attempt: tries, attempts }]);
      }
      try {
        return await work();
      } catch (error) {
        if (error instanceof NoTimeLeftError) tries--;
        // What the service said tells more than that there was no time to ask it again.
        if (error instanceof NoTimeLeftError && tries > 0 && error.code === "deadline_passed") {
          throw failure;
        }
        failure = error;
        throw error;
      }
    }, {
      maxAttempts: attempts,
      minTimeout: Math.min(backoffMs, LONGEST_PAUSE_MS),
      maxTimeout: LONGEST_PAUSE_MS,
      multiplier: 2,
      jitter: 1,
      signal,
      isRetriable: (error) => {
        if (!(error instanceof SourceError) || error instanceof NoTimeLeftError) return false;
        if (!error.retryable || deadline.isOver || isHopeless()) return false;
        if (tries < attempts) onRetry?.(error);
        return true;
      },
    });
  } catch (error) {
    const last = error instanceof Exhausted ? error.cause : error;
    if (!(last instanceof SourceError) || tries < 2) throw last;
    const { code, message, hint, details, cause } = last;
    throw new SourceError(code, `${message} (tried ${tries} times)`, {
      hint,
      retryable: last.retryable,
      details: { ...details, tries },
      cause,
    });
  }
}
