/** Bounds on how many tasks of this process do something at once: first come, first served. @module */

/** The right to go on. Dispose it to let the next task go; a second time does nothing. */
export type Slot = Disposable;

interface FifoOptions {
  /** Milliseconds to wait at most. Default, as for more than 2^31 (24 days), no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Slots, given in the order in which they were asked for. */
export class Fifo {
  #free: number;
  readonly #waiting = new Set<() => void>();
  readonly #onIdle: () => void;

  /** @param onIdle Called when a slot is given back and no task waits. */
  constructor(count: number, onIdle: () => void = () => {}) {
    this.#free = count;
    this.#onIdle = onIdle;
  }

  tryTake(): Slot | undefined {
    if (this.#free <= 0) return undefined;
    this.#free--;
    return this.#slot();
  }

  /** Waits for a slot as long as it takes. */
  take(options?: { readonly signal?: AbortSignal | undefined }): Promise<Slot>;
  /** Waits for a slot. @returns Undefined when the time is over. @throws `signal.reason` when aborted. */
  take(options: FifoOptions): Promise<Slot | undefined>;
  take({ timeoutMs = Infinity, signal }: FifoOptions = {}): Promise<Slot | undefined> {
    const free = this.tryTake();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const leave = (): void => {
        this.#waiting.delete(start);
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(signal?.reason);
      };
      const start = (): void => {
        leave();
        resolve(this.#slot());
      };
      this.#waiting.add(start);
      signal?.addEventListener("abort", onAbort, { once: true });
      const onTimeout = (): void => {
        leave();
        resolve(undefined);
      };
      // A timer cuts fractions off, and would end the wait early.
      const timer = timeoutMs < MAX_TIMER_MS
        ? setTimeout(onTimeout, Math.ceil(Math.max(0, timeoutMs)))
        : undefined;
    });
  }

  #slot(): Slot {
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        const [next] = this.#waiting;
        if (next !== undefined) return next();
        this.#free++;
        this.#onIdle();
      },
    };
  }
}

/** One slot for each key. */
export class KeyedFifo {
  readonly #queues = new Map<string, Fifo>();

  tryTake(key: string): Slot | undefined {
    return this.#queues.has(key) ? undefined : this.#queue(key).tryTake();
  }

  /** Waits for the slot of a key, as {@linkcode Fifo.take}. */
  take(key: string, options: FifoOptions): Promise<Slot | undefined> {
    return this.#queue(key).take(options);
  }

  #queue(key: string): Fifo {
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new Fifo(1, () => this.#queues.delete(key));
      this.#queues.set(key, queue);
    }
    return queue;
  }
}

/** Does one thing at a time, in the order of the calls, also after one that fails. */
export function serial(): <T>(work: () => T | Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}
