/**
 * A monotonic clock that a test can put forward, in place of sleeping.
 *
 * @module
 */

/** What {@linkcode fakeClock} returns. Dispose it to have the real clock back. */
export interface FakeClock extends Disposable {
  /** Puts the clock forward, by seconds. */
  advance(seconds: number): void;
}

/** Has `performance.now()` run ahead as far as the test wants. */
export function fakeClock(): FakeClock {
  const real = performance.now;
  let aheadMs = 0;
  performance.now = () => real.call(performance) + aheadMs;
  return {
    advance: (seconds) => {
      aheadMs += seconds * 1000;
    },
    [Symbol.dispose]: () => {
      performance.now = real;
    },
  };
}
