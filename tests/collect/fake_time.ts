/**
 * A clock that goes only while everybody sleeps: days pass in the time that the work takes.
 *
 * @module
 */
import type { SchedulerClock } from "../../src/collect/scheduler.ts";

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** A clock that a test lets go on. */
export class FakeTime implements SchedulerClock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  /** @param start ISO 8601. */
  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  readonly now = (): number => this.#now;

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const sleeper: Sleeper = {
        untilMs: this.#now + ms,
        wake: () => {
          signal.removeEventListener("abort", stop);
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      const stop = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      signal.addEventListener("abort", stop, { once: true });
      this.#sleepers.add(sleeper);
    });

  /** Lets everybody go on until all sleep or have ended: promises settle without time going by. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  /** Lets time go by until a moment, waking each sleeper at its time. */
  async until(end: string): Promise<void> {
    const endMs = Date.parse(end);
    for (;;) {
      await this.settle();
      let first: Sleeper | undefined;
      for (const each of this.#sleepers) {
        if (first === undefined || each.untilMs < first.untilMs) first = each;
      }
      if (first === undefined || first.untilMs > endMs) break;
      this.#now = Math.max(this.#now, first.untilMs);
      first.wake();
    }
    this.#now = Math.max(this.#now, endMs);
  }

  /** Sets the clock without anybody being asleep in between, as a machine that was suspended does. */
  set(at: string): void {
    this.#now = Date.parse(at);
  }
}
