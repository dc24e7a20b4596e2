/**
 * Moments as the tables have them.
 *
 * @module
 */

let lastMs = 0;
let lastText = "";

/**
 * Now, as ISO 8601 in UTC with milliseconds. A run over thousands of tickers asks several times per
 * millisecond, and making the text costs more than a look at the clock.
 */
export function timestamp(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastMs = now;
    lastText = new Date(now).toISOString();
  }
  return lastText;
}
