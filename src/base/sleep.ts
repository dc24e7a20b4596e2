/**
 * Waiting for time to pass.
 *
 * @module
 */

/**
 * Waits, and leaves neither timer nor listener behind.
 *
 * @throws `signal.reason` when aborted.
 */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Stops this thread for some milliseconds: no event and no signal is handled meanwhile. */
export function sleepSync(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}
