/** Time, so that a test can hold it. @module */
import { sleep } from "./sleep.ts";

/** What waits and what tells the time. */
export interface Clock {
  /** Milliseconds since 1970, by the machine's clock as it is set at this moment. */
  now(): number;
  /** Milliseconds on a clock that cannot be set, for lengths of time: only a difference means anything. */
  elapsed(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep,
};
