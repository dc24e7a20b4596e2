/** Debug records. Loads nothing: a lock costs a tenth of what loading a log does. @module */

/** What a record says: a sentence with all that matters, and the same as data. */
export type DebugRecord = readonly [text: string, properties: Readonly<Record<string, unknown>>];

/** Takes records. It calls `tell` only where the record is wanted. Must not throw. */
type DebugSink = (area: string, tell: () => DebugRecord) => void;

let sink: DebugSink | undefined;

/** Connects the records to a log, or, with undefined, to none. */
export function sendDebugTo(to: DebugSink | undefined): void {
  sink = to;
}

/** Tells what happened, if a log listens. @param tell Changes nothing, and tells no secret. */
export function debug(area: string, tell: () => DebugRecord): void {
  sink?.(area, tell);
}

/** Milliseconds since a moment of `performance.now()`, for a record. */
export function msSince(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}
