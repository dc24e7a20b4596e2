/**
 * Where log rows wait.
 *
 * @module
 */

/**
 * Where log rows wait that a database could not take: JSON Lines, one job each.
 *
 * @param path The database.
 */
export function spillPathOf(path: string): string {
  return `${path}.spill.ndjson`;
}
