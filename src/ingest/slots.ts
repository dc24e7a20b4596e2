/**
 * A bound on how many tasks do something at once.
 *
 * @module
 */

/** So many slots, given in the order in which they were asked for. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param count How many; Infinity for no bound. */
  constructor(count: number) {
    this.#free = count;
  }

  /** Waits for a slot. @returns What gives it back when disposed of, once. */
  async take(): Promise<Disposable> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        const next = this.#waiting.shift();
        if (next === undefined) this.#free++;
        else next();
      },
    };
  }
}
