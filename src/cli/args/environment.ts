/**
 * The environment of the program.
 *
 * @module
 */

/** Every environment variable that the program reads. The tasks allow these by name and no other. */
export const ENVIRONMENT = [
  "INGEST_LOCK_TIMEOUT_SECONDS",
  "INGEST_LOCK_MODE",
  "LOCK_DIR",
  "JOB_LOCK_TIMEOUT_SEC",
  "TICKERLOCK_DB",
  "TICKERLOCK_SOURCE",
  "TICKERLOCK_LOG_LEVEL",
  "TICKERLOCK_LOG_FORMAT",
  "YAHOO_BASE_URL",
  "YAHOO_USER_AGENT",
  "YAHOO_COOKIE",
  "KALSHI_BASE_URL",
  "NOTIFY_SOCKET",
  "WATCHDOG_USEC",
  "WATCHDOG_PID",
  "NO_COLOR",
  "TERM",
  "XDG_CONFIG_HOME",
] as const;

/** The environment, as much of it as may be read. */
export type Environment = (name: string) => string | undefined;

/** The process's environment; a variable that must not be read counts as not set. */
export function processEnvironment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}
