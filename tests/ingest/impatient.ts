/**
 * Runs that do not wait for a busy database, or wait as a test wants.
 *
 * @module
 */
import { Database } from "../../src/store/sqlite/connection/database.ts";

/**
 * Makes every database that is opened until the end of the block impatient: SQLite does not wait, we
 * do.
 */
export function impatient(
  retry: { totalMs?: number; sleep?: () => Promise<void> } = {},
): Disposable {
  const { totalMs = 0, sleep = () => Promise.resolve() } = retry;
  const original = Database.open;
  Database.open = (path, options) =>
    original.call(Database, path, { ...options, busyTimeoutMs: 0, retry: { totalMs, sleep } });
  return { [Symbol.dispose]: () => void (Database.open = original) };
}
