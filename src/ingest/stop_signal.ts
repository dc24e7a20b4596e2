/**
 * The caller's `AbortSignal`, made to say in our own terms why the work ends.
 *
 * @module
 */
import { InterruptedError } from "../base/errors.ts";

/**
 * Follows a signal. Whatever its reason is (a plain `abort()` gives a `DOMException`), the reason here
 * is an {@linkcode InterruptedError}, so that what it ends is recorded as interrupted and not as a
 * bug. Dispose it: a caller's signal may outlive many runs.
 */
export class StopSignal implements Disposable {
  readonly #given: AbortSignal | undefined;
  readonly #own = new AbortController();
  readonly #follow = (): void => {
    const reason: unknown = this.#given?.reason;
    this.#own.abort(
      reason instanceof InterruptedError
        ? reason
        : new InterruptedError("stopped by the caller", { cause: reason }),
    );
  };

  /** @param given The caller's signal; undefined for one that never comes. */
  constructor(given: AbortSignal | undefined) {
    this.#given = given;
    if (given?.aborted === true) this.#follow();
    else given?.addEventListener("abort", this.#follow, { once: true });
  }

  /** Aborted with the caller's, with an {@linkcode InterruptedError} as its reason. */
  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** Stops following. */
  [Symbol.dispose](): void {
    this.#given?.removeEventListener("abort", this.#follow);
  }
}
