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

/**
 * How long the timer outlives the last lock, in turns of the queue of microtasks. Starting and
 * ending it takes longer than acquiring a lock, and a run that locks thousands of tickers one after
 * the other takes the next lock within 10 turns. No timer is left for the event loop, so that a test
 * that looks for leaks finds none.
 */
const LINGER_TURNS = 30;

const beating = new Set<Beating>();
let timer: ReturnType<typeof setInterval> | undefined;
let lingering = false;

function beatAll(): void {
  const now = new Date().toISOString();
  for (const one of beating) one.refresh(now);
}

async function endSoon(): Promise<void> {
  lingering = true;
  for (let turn = 0; turn < LINGER_TURNS && beating.size === 0; turn++) await undefined;
  lingering = false;
  if (beating.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

/** Starts a heartbeat for a guard. The timer never keeps the program alive. */
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
  if (beating.size === 0 && !lingering) void endSoon();
}
