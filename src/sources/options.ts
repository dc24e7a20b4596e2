/**
 * The options of `ingest` that are for some sources only.
 *
 * @module
 */

/** Options of `ingest` that not every source uses, as they are typed without the dashes. */
export const SOURCE_OPTIONS = [
  "file",
  "markets",
  "allow-truncated",
  "from",
  "to",
  "all",
  "force-refresh",
  "concurrency",
  "rate",
  "timeout",
  "attempts",
  "deadline",
  "save-raw",
  "dataset",
  "status",
  "series",
  "event",
] as const;

/** One of {@linkcode SOURCE_OPTIONS}. */
export type SourceOption = (typeof SOURCE_OPTIONS)[number];

/** Those that every source uses that asks a service. */
export const SERVICE_OPTIONS = ["rate", "timeout", "attempts", "deadline", "save-raw"] as const;
