/**
 * What stands beside a database: log rows that wait, and its backups.
 *
 * @module
 */
import type { Spilled } from "../../care.ts";
import { joinPath, splitPath } from "../../../platform/paths.ts";
import { spillPathOf } from "../../spill.ts";

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
export function spilledBeside(path: string): Spilled | null {
  const spill = spillPathOf(path);
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

/** A time as it stands in the name of a file: `20240131T235959999Z`. */
export function stampOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:.]/g, "");
}

/** What the names of a database's backups begin with. */
export function stemOf(path: string): string {
  return splitPath(path).name.replace(/\.[^.]*$/, "");
}

/** Where a database's backups are unless another place is named: the folder `backups` beside it. */
export function backupFolderOf(path: string): string {
  return joinPath(splitPath(path).folder, "backups");
}
