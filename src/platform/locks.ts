/**
 * What a lock on a file does to others who read it.
 *
 * Deno locks with `flock(2)`, which is advisory: only who asks for the lock notices. On Windows it is
 * `LockFileEx` over the whole range of a file, which is mandatory: until it is unlocked no other can
 * read or write the file through another handle, in the same process neither (ERROR_LOCK_VIOLATION).
 * Opening, renaming and removing it work, as Deno opens files for all to share.
 *
 * @module
 */
import { CURRENT_OS, type Os } from "./os.ts";

/** Whether a locked file can be read by others. */
export function canReadLocked(os: Os = CURRENT_OS): boolean {
  return os !== "windows";
}

/**
 * Whether a file that is only appended to has to be opened for reading, too, to be locked.
 * `LockFileEx` wants a handle with the right to read or to write all of it.
 */
export function lockNeedsRead(os: Os = CURRENT_OS): boolean {
  return os === "windows";
}
