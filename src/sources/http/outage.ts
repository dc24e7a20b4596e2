/**
 * A service that cannot be reached: no name, no route, no connection, no handshake. It is the same for
 * every ticker, so it is waited for once.
 *
 * @module
 */
import { SourceError } from "../../base/errors.ts";
import { NoTimeLeftError } from "./rate_limit.ts";

/** The service did not get the request: asking again costs it nothing. */
export class UnreachableError extends SourceError {}

/** Where the wait is over, tickers fail for so long, in ms, without a try of their own. */
const BELIEVED_MS = 30_000;

/** How long a service has been out of reach, for all tickers of a run together. */
export class Outage {
  readonly #patienceMs: number;
  readonly #now: () => number;
  #since: number | undefined;
  #last: { readonly at: number; readonly failure: UnreachableError } | undefined;
  #answered = false;

  /**
   * @param patienceMs How long it is waited for.
   * @param now Milliseconds on a clock that cannot be set.
   */
  constructor(patienceMs: number, now: () => number) {
    this.#patienceMs = patienceMs;
    this.#now = now;
  }

  /** Whether the service has ever answered. */
  get hasAnswered(): boolean {
    return this.#answered;
  }

  /** Whether it is waited for no longer. */
  get isOver(): boolean {
    return this.#since !== undefined && this.#now() >= this.#since + this.#patienceMs;
  }

  /** What the last request failed with; undefined where the service is in reach. */
  get failure(): UnreachableError | undefined {
    return this.#since === undefined ? undefined : this.#last?.failure;
  }

  /** Says that the service has answered. */
  answered(): void {
    this.#answered = true;
    this.#since = undefined;
  }

  /**
   * Says that it could not be reached.
   *
   * @param begunAt When the request began, by the same clock.
   */
  failed(failure: UnreachableError, begunAt: number): void {
    // Of several at once the first to fail need not be the first that began.
    this.#since = Math.min(this.#since ?? begunAt, begunAt);
    this.#last = { at: this.#now(), failure };
  }

  /** @throws {NoTimeLeftError} The last failure, where the wait is over and that is not long ago. */
  check(): void {
    if (!this.isOver || this.#last === undefined) return;
    const { at, failure: { code, message, hint, details } } = this.#last;
    if (this.#now() >= at + BELIEVED_MS) return;
    throw new NoTimeLeftError(code, message, { hint, retryable: true, details });
  }
}
