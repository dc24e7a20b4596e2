/**
 * The `Retry-After` header.
 *
 * @module
 */

/** Nobody means more than a day. In ms. */
const LONGEST_MS = 86_400_000;

/** The oldest form of a date, C's asctime(): without a zone, and yet UTC (RFC 9110, 5.6.7). */
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

function dateMs(text: string): number {
  // `Date.parse` would make a day of the year 2001 of "1.5" and "-5".
  if (!/[A-Za-z].*:/.test(text)) return NaN;
  return Date.parse(ASCTIME.test(text) ? `${text} GMT` : text);
}

/**
 * What the header asks for: seconds or a date (RFC 9110, 10.2.3).
 *
 * @param value The header; null where there is none.
 * @param nowMs Milliseconds since 1970, by the clock of whoever wrote the header.
 * @returns Milliseconds from now, at most a day; null where it says nothing that can be understood.
 */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  const text = value?.trim() ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : dateMs(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(LONGEST_MS, Math.max(0, ms));
}
