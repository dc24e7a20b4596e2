/**
 * Numbers for people.
 *
 * @module
 */

/**
 * A whole number with a comma before each three digits. `toLocaleString` does the same, and the first
 * call of it costs 20 to 50 ms.
 *
 * @param number A whole number.
 */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}
