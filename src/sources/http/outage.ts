/** A service that cannot be reached, for every ticker alike: it is waited for once. @module */
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
  /** Whether the service has ever answered. */
  hasAnswered = false;

  constructor(patienceMs: number, now: () => number) {
    this.#patienceMs = patienceMs;
    this.#now = now;
  }

  get isOver(): boolean {
    return this.#since !== undefined && this.#now() >= this.#since + this.#patienceMs;
  }

  get failure(): UnreachableError | undefined {
    return this.#since === undefined ? undefined : this.#last?.failure;
  }

  answered(): void {
    this.hasAnswered = true;
    this.#since = undefined;
  }

  failed(failure: UnreachableError, begunAt: number): void {
    // Of several at once the first to fail need not be the first that began.
    this.#since = Math.min(this.#since ?? begunAt, begunAt);
    this.#last = { at: this.#now(), failure };
  }

  /** @throws {NoTimeLeftError} The last failure, where the wait is over, and for a while. */
  check(): void {
    if (!this.isOver || this.#last === undefined) return;
    const { at, failure: { code, message, hint, details } } = this.#last;
    if (this.#now() >= at + BELIEVED_MS) return;
    throw new NoTimeLeftError(code, message, { hint, retryable: true, details });
  }
}
