/** Waiting for time to pass. @module */

/** Waits, and leaves neither timer nor listener behind. @throws `signal.reason` when aborted. */
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

/** Waits for less than a timer can, which takes 2 ms for 1 ms (Deno 2.9.6). Nothing ends it early. */
export async function sleepBriefly(ms: number): Promise<void> {
  const { value } = Atomics.waitAsync(never, 0, 0, ms);
  // The wait itself does not keep the program alive.
  const alive = setTimeout(() => {}, 1000);
  await value;
  clearTimeout(alive);
}
