/**
 * Days of the calendar as text, `YYYY-MM-DD`.
 *
 * @module
 */

const DAY_MS = 86_400_000;

/** Milliseconds by which the earliest time zone, UTC+14, is ahead of UTC. */
const MOST_AHEAD_MS = 14 * 3_600_000;

/**
 * The last day that can have begun anywhere on Earth: time zones reach UTC+14.
 *
 * @param nowMs Milliseconds since 1970.
 */
export function lastPossibleDay(nowMs: number): string {
  return new Date(nowMs + MOST_AHEAD_MS).toISOString().slice(0, 10);
}

/**
 * A day, some days later or earlier.
 *
 * @param day `YYYY-MM-DD`.
 * @param days How many later; negative for earlier.
 */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}
