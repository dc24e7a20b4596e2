/**
 * What a row of the trade API is made of: fields, decimals as text, times as text, states.
 *
 * @module
 */

/** A state as the service returns it. */
export type MarketStatus =
  | "initialized"
  | "inactive"
  | "active"
  | "closed"
  | "determined"
  | "disputed"
  | "amended"
  | "finalized";

/** How a market came out; empty as long as it has not. */
export type MarketResult = "yes" | "no" | "scalar" | "";

/** A market as the service returns it. Every other field may be missing. */
export interface MarketRow extends Record<string, unknown> {
  ticker: string;
  event_ticker: string;
  status: MarketStatus;
  result: MarketResult;
}

/** An event as the service returns it. Every other field may be missing. */
export interface EventRow extends Record<string, unknown> {
  event_ticker: string;
  series_ticker: string;
}

/** Which states a filter's word stands for; they are not the words that come back. */
export const STATUS_FILTERS: Readonly<Record<string, readonly MarketStatus[]>> = {
  unopened: ["initialized"],
  open: ["active"],
  paused: ["inactive"],
  closed: ["closed", "determined", "disputed", "amended"],
  settled: ["finalized"],
};

/** A dollar. */
export const MICRO_DOLLARS = 1_000_000;

/**
 * Dollars as text: four places, or six where the price is below a hundredth of a cent.
 *
 * @param micro Millionths of a dollar, an integer.
 */
export function dollars(micro: number): string {
  const text = (micro / MICRO_DOLLARS).toFixed(6);
  return text.endsWith("00") ? text.slice(0, -2) : text;
}

/** Reads {@linkcode dollars}; millionths of a dollar. */
export function microDollars(text: string): number {
  if (!/^\d+(\.\d{1,6})?$/.test(text)) {
    throw new RangeError(
      `a price must be decimal text with up to 6 places: current value is ${text}`,
    );
  }
  return Math.round(Number(text) * MICRO_DOLLARS);
}

/**
 * A count as text with two places.
 *
 * @param hundredths An integer.
 */
export function count(hundredths: number): string {
  return (hundredths / 100).toFixed(2);
}

/** Reads {@linkcode count}; hundredths, 0 for a missing field. */
export function hundredths(text: unknown): number {
  return Math.round(Number(text ?? 0) * 100);
}

/** A time as the service writes it: `2026-09-18T22:00:00Z`. */
export function time(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** Milliseconds since 1970 of a field; `NaN` where it is missing. */
export function timeOf(text: unknown): number {
  return typeof text === "string" ? Date.parse(text) : NaN;
}

/** A number below 2³² that depends on all of these, well mixed (FNV-1a, then a finaliser). */
export function hashOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const char of parts.join("\0")) {
    hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
