/**
 * Waiting for time to pass.
 *
 * @module
 */

/**
 * Waits, and leaves neither timer nor listener behind.
 *
 * @param ms Milliseconds.
 * @param signal Ends the wait.
 * @throws `signal.reason` when aborted.
 */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
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
