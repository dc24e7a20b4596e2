/**
 * What waits in the spill file of a database.
 *
 * @module
 */
import type { Spilled } from "./care.ts";
import { spillPathOf } from "./spill.ts";

/** Bytes of a file; 0 where there is none. */
export function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const BLANK = 32;

function countLines(path: string): number {
  using file = Deno.openSync(path, { read: true });
  const chunk = new Uint8Array(1 << 16);
  let lines = 0;
  let hasContent = false;
  for (;;) {
    const count = file.readSync(chunk);
    if (count === null) return lines + (hasContent ? 1 : 0);
    for (const byte of chunk.subarray(0, count)) {
      if (byte === NEWLINE) {
        if (hasContent) lines++;
        hasContent = false;
      } else if (byte !== BLANK && byte !== CARRIAGE_RETURN) hasContent = true;
    }
  }
}

/**
 * What waits in the spill file, without locking it: a run may be adding to it.
 *
 * @returns Null where there is no such file, or an empty one.
 */
export function spilledOf(db: string): Spilled | null {
  const spill = spillPathOf(db);
  const bytes = sizeOf(spill);
  if (bytes === 0) return null;
  try {
    return { path: spill, rows: countLines(spill), bytes };
  } catch (error) {
    // Brought in since, and removed.
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
