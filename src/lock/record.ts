/**
 * Where the holder's record is: in the lock file, or in `PETR4.SA.lock.holder` beside it where a locked file
 * cannot be read, as on Windows. Only the lock's holder writes it, and blanks it at the release; what a
 * killed holder leaves means nothing once the lock is free.
 * @module
 */
import { canReadLocked, lstatIfThere, sameFile } from "../platform/files.ts";
import { openInPlace } from "../platform/in_place.ts";
import { isStillAt, type OpenLockFile } from "./lock_file.ts";
import { BLANK_RECORD, decodeRecord, type HolderRecord, RECORD_SIZE } from "./holder.ts";

let isBeside = !canReadLocked();

/** For tests: keeps records beside the lock files, as on Windows, until it is disposed. */
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

// Only a file is opened: a pipe would stop this program, a link lead to another file.
function openToRead(path: string): Deno.FsFile | undefined {
  const there = lstatIfThere(path);
  if (there === undefined || !there.isFile) return undefined;
  const file = Deno.openSync(path, { read: true });
  if (sameFile(file.statSync(), there)) return file;
  file.close();
  return undefined;
}

/** Reads the record of the lock at a path; undefined where none can be read. Never throws. */
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
 * Writes the record of a held lock; a failure, as on a full disk, is no reason to give up the lock.
 * @param opened One that a forced release has replaced has a successor, whose record is not touched.
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

/** Blanks a record beside a lock, just before the lock's file is replaced; one in the file goes with it. */
export function blankBeside(path: string): void {
  try {
    if (isBeside) writeBeside(path, BLANK_RECORD);
  } catch {
    // It is a hint, and the lock is free in a moment.
  }
}
