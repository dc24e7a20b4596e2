/**
 * The `Retry-After` header.
 *
 * @module
 */

/** Nobody means more than a day. In ms. */
const LONGEST_MS = 86_400_000;

/**
 * What the header asks for: seconds or a date (RFC 9110, 10.2.3).
 *
 * @param value The header; null where there is none.
 * @param nowMs Milliseconds since 1970.
 * @returns Milliseconds from now, at most a day; null where it says nothing that can be understood.
 */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  const text = value?.trim() ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(LONGEST_MS, Math.max(0, ms));
}
