/**
 * One timer for all locks of the process that writes a heartbeat into each record, so that a
 * stopped or hung holder shows.
 *
 * @module
 */

/** Time between two heartbeats, in ms. */
export const HEARTBEAT_MS = 5000;

/** Something that wants a heartbeat. */
export interface Beating {
  /** @param now ISO 8601 in UTC. */
  refresh(now: string): void;
}

const beating = new Set<Beating>();
let timer: ReturnType<typeof setInterval> | undefined;

function beatAll(): void {
  if (beating.size === 0) {
    clearInterval(timer);
    timer = undefined;
    return;
  }
  const now = new Date().toISOString();
  for (const one of beating) one.refresh(now);
}

/**
 * Starts a heartbeat for a guard. The timer never keeps the program alive, and it ends by itself one
 * beat after the last guard: a run that locks thousands of tickers one after the other would
 * otherwise start and stop it each time.
 */
export function beat(one: Beating): void {
  beating.add(one);
  if (timer === undefined) {
    timer = setInterval(beatAll, HEARTBEAT_MS);
    Deno.unrefTimer(timer);
  }
}

/** Ends a guard's heartbeat. */
export function stopBeating(one: Beating): void {
  beating.delete(one);
}
