/**
 * Spans of time for people.
 *
 * @module
 */

/**
 * How long something is, in the largest unit that says it well.
 *
 * @param ms Milliseconds, 0 or more.
 */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  const hours = Math.round(seconds / 3600);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
