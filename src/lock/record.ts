/**
 * Where the holder's record stands: in the lock file itself, or in a file beside it where a locked
 * file cannot be read by others, as on Windows.
 *
 * The file beside it, `PETR4.SA.lock.holder`, holds the same block as the lock file would. Only the
 * holder of the lock writes it, and a reader takes what makes no sense for "unknown holder". It is
 * blanked when the lock is released, and stays: what a killed holder has left in it says nothing as soon
 * as the lock is free.
 *
 * @module
 */
import { lstatIfThere, sameFile } from "../platform/files.ts";
import { openInPlace } from "../platform/in_place.ts";
import { canReadLocked } from "../platform/locks.ts";
import { isStillAt, type OpenLockFile } from "./lock_file.ts";
import { BLANK_RECORD, decodeRecord, type HolderRecord, RECORD_SIZE } from "./holder.ts";

let isBeside = !canReadLocked();

/**
 * For tests: has this process keep records beside the lock files, as on Windows, until it is disposed.
 * All who use a folder must agree.
 */
export function keepRecordsBeside(): Disposable {
  const before = isBeside;
  isBeside = true;
  return { [Symbol.dispose]: () => void (isBeside = before) };
}

/** Path of the file that holds the record where the lock file cannot. */
export function besidePath(path: string): string {
  return `${path}.holder`;
}

function readBlock(file: Deno.FsFile): HolderRecord | undefined {
  const block = new Uint8Array(RECORD_SIZE);
  try {
    file.seekSync(0, Deno.SeekMode.Start);
    const count = file.readSync(block);
    return count === null ? undefined : decodeRecord(block.subarray(0, count));
  } catch {
    return undefined;
  }
}

function writeBlock(file: Deno.FsFile, block: Uint8Array, isUntouched = false): void {
  if (!isUntouched) file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(block);
}

// What is no file is left alone: a pipe would stop this program, a link lead to another file.
function openToRead(path: string): Deno.FsFile | undefined {
  const there = lstatIfThere(path);
  if (there === undefined || !there.isFile) return undefined;
  const file = Deno.openSync(path, { read: true });
  if (sameFile(file.statSync(), there)) return file;
  file.close();
  return undefined;
}

/**
 * Reads the record of the lock at a path.
 *
 * @param path Path of the lock file, which is not touched where the record is beside it.
 * @returns The record, or undefined where none can be read. Never throws.
 */
export function readRecordAt(path: string): HolderRecord | undefined {
  try {
    using file = openToRead(isBeside ? besidePath(path) : path);
    return file === undefined ? undefined : readBlock(file);
  } catch {
    return undefined;
  }
}

/** The same as {@linkcode readRecordAt} for a lock whose file is open. */
export function readRecord(file: Deno.FsFile, path: string): HolderRecord | undefined {
  return isBeside ? readRecordAt(path) : readBlock(file);
}

/** When the record of a lock whose file is open was written last, by the system's clock. */
export function recordWrittenAt(file: Deno.FsFile, path: string): Date | null {
  return (isBeside ? lstatIfThere(besidePath(path)) : file.statSync())?.mtime ?? null;
}

function writeBeside(path: string, block: Uint8Array): void {
  using file = openInPlace(besidePath(path)).file;
  writeBlock(file, block);
}

/**
 * Writes the record of a lock that is held. A full disk or the like is no reason to give up a lock,
 * so a failure is swallowed: the record is only a hint.
 *
 * @param opened The lock file. One that was replaced by a forced release has a successor, whose record
 *   is not touched.
 * @param block From `encodeRecord`, or `BLANK_RECORD`.
 * @param isUntouched Nothing of the file was read or written yet.
 */
export function writeRecord(
  opened: OpenLockFile,
  path: string,
  block: Uint8Array,
  isUntouched = false,
): void {
  try {
    if (!isBeside) writeBlock(opened.file, block, isUntouched);
    else if (isStillAt(opened, path)) writeBeside(path, block);
  } catch {
    // The kernel's lock stands without it.
  }
}

/**
 * Blanks the record that is kept beside a lock, just before the lock's file is replaced. Does nothing
 * where the record goes with the file.
 */
export function blankBeside(path: string): void {
  try {
    if (isBeside) writeBeside(path, BLANK_RECORD);
  } catch {
    // It is a hint, and the lock is free in a moment.
  }
}
