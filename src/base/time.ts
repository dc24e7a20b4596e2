/** Moments as the tables have them. @module */
import { spanText } from "./text.ts";

/** Two machines that keep their clocks by NTP differ by less. */
export const CLOCK_SLACK_MS = 2000;

/** Before the first release: a machine without a clock of its own starts in 1970. */
const EARLIEST_MS = Date.parse("2026-01-01T00:00:00Z");

let lastMs = 0;
let lastText = "";

/** Now, as ISO 8601 in UTC with milliseconds; the text is made once per millisecond. */
export function timestamp(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastMs = now;
    lastText = new Date(now).toISOString();
  }
  return lastText;
}

/** Whether a moment is in the future, as one noted by a clock that was ahead. */
export function isToCome(atMs: number, nowMs: number = Date.now()): boolean {
  return atMs > nowMs + CLOCK_SLACK_MS;
}

/** The last moment that is not in the future by {@linkcode isToCome}; ISO 8601 in UTC. */
export function lastCredible(): string {
  return new Date(Date.now() + CLOCK_SLACK_MS).toISOString();
}

/** What to do about a clock that is wrong. */
export const CLOCK_HINT =
  "Set the clock (timedatectl). Days and the order of runs are told by it; what was noted with a time " +
  "that is still to come counts for nothing until then.";

/** What is wrong with the clock, by the newest time in the log; undefined for nothing. */
export function clockProblem(newestAt: string | null, nowMs: number): string | undefined {
  const now = new Date(nowMs).toISOString();
  if (nowMs < EARLIEST_MS) return `the clock says ${now}, which cannot be`;
  const newest = newestAt === null ? NaN : Date.parse(newestAt);
  if (!isToCome(newest, nowMs)) return undefined;
  const span = spanText(newest - nowMs);
  return `the clock says ${now}, and the newest row is ${span} later (${newestAt}): the clock ` +
    "is wrong now, or was when that row was written";
}
