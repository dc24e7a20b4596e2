/**
 * What a lock on a file does to its readers. `flock(2)` is advisory; `LockFileEx` on Windows keeps all other
 * handles from reading and writing, those of the same process too. Opening, renaming and removing a locked
 * file work on both.
 * @module
 */
import { CURRENT_OS, type Os } from "./os.ts";

/** Whether a locked file can be read by others. */
export function canReadLocked(os: Os = CURRENT_OS): boolean {
  return os !== "windows";
}

/** Whether locking needs the right to read, also of a file that is only appended to (`LockFileEx`). */
export function lockNeedsRead(os: Os = CURRENT_OS): boolean {
  return os === "windows";
}
