/**
 * A clock of the network code that goes only when a test says so.
 *
 * @module
 */
import type { Clock } from "../../../src/base/clock.ts";

/** Enough turns for everything that waits for nothing but promises. */
const TURNS = 200;

/** Lets everything run that waits for no clock. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Sleepers wake in the order of their times. */
export class FakeClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  /** @param now Milliseconds since 1970. */
  constructor(now = 1_000_000) {
    this.#now = now;
  }

  /** How many wait. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { at: this.#now + ms, wake: resolve };
    this.#sleepers.push(sleeper);
    signal.addEventListener("abort", () => {
      this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
      reject(signal.reason);
    }, { once: true });
    return promise;
  }

  /** Lets time go by up to a moment, and everything happen that does until then. */
  async until(at: number): Promise<void> {
    await settle();
    for (;;) {
      const next = this.#sleepers.reduce<Sleeper | undefined>(
        (first, each) => first === undefined || each.at < first.at ? each : first,
        undefined,
      );
      if (next === undefined || next.at > at) break;
      this.#sleepers = this.#sleepers.filter((each) => each !== next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await settle();
    }
    if (at !== Infinity) this.#now = Math.max(this.#now, at);
  }
}
