/**
 * The queue of one process's own tasks for a lock: first come, first served. The kernel knows only
 * processes' open files and would hand the lock to any of them.
 *
 * @module
 */

/** A place at the head of the queue: the right to try the kernel's lock. */
export interface Turn {
  /** Lets the next task go. Harmless when called twice. */
  end(): void;
}

interface Waiter {
  readonly start: () => void;
}

const queues = new Map<string, Waiter[]>();

function turnFor(key: string): Turn {
  let ended = false;
  return {
    end(): void {
      if (ended) return;
      ended = true;
      const next = queues.get(key)?.shift();
      if (next === undefined) queues.delete(key);
      else next.start();
    },
  };
}

/**
 * Takes the turn if no task of this process holds or waits for the lock.
 *
 * @param key Identity of the lock.
 * @returns The turn, or undefined where there is a queue.
 */
export function takeTurn(key: string): Turn | undefined {
  if (queues.has(key)) return undefined;
  queues.set(key, []);
  return turnFor(key);
}

/**
 * Waits for the turn, in order of arrival.
 *
 * @param key Identity of the lock.
 * @param waitMs Milliseconds to wait at most; `Infinity` for no limit.
 * @param signal Ends the wait.
 * @returns The turn, or undefined when the time is over.
 * @throws `signal.reason` when aborted.
 */
export function waitForTurn(
  key: string,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<Turn | undefined> {
  const free = takeTurn(key);
  if (free !== undefined) return Promise.resolve(free);
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = (): void => {
      const waiters = queues.get(key);
      const index = waiters?.indexOf(waiter) ?? -1;
      if (index >= 0) waiters?.splice(index, 1);
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => {
      leave();
      reject(signal?.reason);
    };
    const waiter: Waiter = {
      start: () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        resolve(turnFor(key));
      },
    };
    queues.get(key)?.push(waiter);
    signal?.addEventListener("abort", onAbort, { once: true });
    // A timer holds 2^31 - 1 ms (24 days); a longer limit is as good as none. It cuts fractions off,
    // and would end the wait early.
    if (waitMs < 2 ** 31 - 1) {
      timer = setTimeout(() => {
        leave();
        resolve(undefined);
      }, Math.ceil(Math.max(0, waitMs)));
    }
  });
}
