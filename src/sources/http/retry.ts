/** Trying again what can pass. @module */
import { debug } from "../../base/debug.ts";
import { SourceError } from "../../base/errors.ts";
import { sleep } from "../../base/sleep.ts";
import type { RequestListeners } from "../network.ts";
import { UnreachableError } from "./outage.ts";
import { NoTimeLeftError } from "./rate_limit.ts";

/** Longest pause between two tries, in ms. */
const LONGEST_PAUSE_MS = 30_000;

/** First pause at least where a service is out of reach, in ms: names are resolved at each try. */
const OUTAGE_PAUSE_MS = 250;

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
   * @param now Milliseconds on a clock that cannot be set.
   */
  constructor(seconds: number, now: () => number) {
    this.#seconds = seconds;
    this.#now = now;
  }

  /** By the same clock; Infinity before the first request. */
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

  /** Milliseconds until it is over; Infinity before the first request. */
  get leftMs(): number {
    return this.#at - this.#now();
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
  /** Tries in all; 1 for no second one, whatever happens. */
  readonly attempts: number;
  /** First pause, in ms, which doubles; each is a random part of that (full jitter). */
  readonly backoffMs: number;
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
  readonly isHopeless?: () => boolean;
  /** Whether a service out of reach is still waited for, beside `attempts`. Default no. */
  readonly waitsOut?: (() => boolean) | undefined;
  readonly onRetry?: RequestListeners["onRetry"];
}

function afterTries(error: unknown, tries: number): unknown {
  if (!(error instanceof SourceError) || tries < 2) return error;
  const { code, message, hint, retryable, details, cause } = error;
  return new SourceError(code, `${message} (tried ${tries} times)`, {
    hint,
    retryable,
    details: { ...details, tries },
    cause,
  });
}

/** Does `work` until it succeeds, fails for good, or patience ends; throws the last failure. */
export async function withRetries<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  const { attempts, backoffMs, deadline, signal, isHopeless = () => false, onRetry } = patience;
  const waitsOut = attempts === 1 ? undefined : patience.waitsOut;
  let failure: unknown;
  let unreached = 0;
  for (let tries = 1;; tries++) {
    signal.throwIfAborted();
    // The pause may have outlasted the deadline.
    if (tries > 1 && deadline.isOver) throw afterTries(failure, tries - 1);
    if (tries > 1) debug("http", () => [`try ${tries}`, { attempt: tries, attempts }]);
    try {
      return await work();
    } catch (error) {
      if (error instanceof NoTimeLeftError) {
        // What the service said tells more than that there was no time to ask it again.
        const told = tries > 1 && error.code === "deadline_passed" ? failure : error;
        throw afterTries(told, tries - 1);
      }
      failure = error;
    }
    const waited = failure instanceof UnreachableError ? waitsOut : undefined;
    if (waited !== undefined) unreached++;
    const isSpent = waited === undefined ? tries - unreached >= attempts : !waited();
    const isFinal = isSpent || deadline.isOver || isHopeless();
    if (!(failure instanceof SourceError) || !failure.retryable || isFinal) {
      throw afterTries(failure, tries);
    }
    const wantedMs = waited === undefined
      // Full jitter: those that failed together do not ask again together.
      ? Math.random() * pauseLimit(backoffMs, tries - unreached)
      : (0.5 + Math.random() / 2) * pauseLimit(Math.max(backoffMs, OUTAGE_PAUSE_MS), unreached);
    const pauseMs = Math.max(0, Math.min(wantedMs, deadline.leftMs));
    onRetry?.(failure, {
      attempt: tries + 1,
      attempts: waited === undefined ? attempts + unreached : Infinity,
      pauseMs,
    });
    await sleep(pauseMs, signal);
  }
}

function pauseLimit(backoffMs: number, failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, backoffMs * 2 ** (failures - 1));
}
