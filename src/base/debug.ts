/**
 * Debug records: what happened step by step, for whoever looks for a cause at night.
 *
 * This module loads nothing: a lock costs a tenth of what loading a log does. Where nothing has been
 * connected by {@linkcode sendDebugTo}, a record costs one comparison.
 *
 * @module
 */

/** What a record says: a sentence with all that matters, and the same as data. */
export type DebugRecord = readonly [text: string, properties: Readonly<Record<string, unknown>>];

/** Takes records. It calls `tell` only where somebody wants to know. Must not throw. */
export type DebugSink = (area: string, tell: () => DebugRecord) => void;

let sink: DebugSink | undefined;

/**
 * Connects the records to a log.
 *
 * @param to Receives them from now on; undefined for nobody.
 */
export function sendDebugTo(to: DebugSink | undefined): void {
  sink = to;
}

/**
 * Tells what happened, if anybody wants to know.
 *
 * @param area Category below `tickerlock`: `lock`, `db`, `ingest`, `http`, `program`.
 * @param tell Makes the record; not called where nobody listens, so that it may be costly. It must
 *   change nothing, and never tell a secret: addresses are redacted before they come here.
 */
export function debug(area: string, tell: () => DebugRecord): void {
  sink?.(area, tell);
}

/**
 * Milliseconds since a moment, for a record.
 *
 * @param started Of `performance.now()`.
 */
export function msSince(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}
