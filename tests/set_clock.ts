/**
 * This process's clock, set to another time.
 *
 * @module
 */

/** A clock that is wrong. Dispose it, and it is right again. */
export interface SetClock extends Disposable {
  /** Sets it once more, against the real one. */
  set(aheadMs: number): void;
}

/**
 * Sets the clock that the program asks for the time of day; the monotonic one does not notice.
 *
 * @param aheadMs Milliseconds against the real one.
 */
export function setClock(aheadMs: number): SetClock {
  const real = Date.now;
  let ahead = aheadMs;
  Date.now = () => real() + ahead;
  return {
    set: (ms) => void (ahead = ms),
    [Symbol.dispose]: () => void (Date.now = real),
  };
}

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;
