/**
 * Time, so that a test can hold it.
 *
 * @module
 */
import { sleep } from "./sleep.ts";

/** What waits and what tells the time. */
export interface Clock {
  /** Milliseconds since 1970; never goes back. */
  now(): number;
  /** @throws The signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's time, which goes on evenly where the machine's clock is set meanwhile. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep,
};
