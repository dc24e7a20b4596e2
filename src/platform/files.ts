/** Modes, owners and identities of files, and looking at what is at a path. @module */
import { systemCode } from "./errors.ts";
import { CURRENT_OS, type Os } from "./os.ts";
import { absolutePath, joinPath, pathKey, splitPath, trimFolder } from "./paths.ts";

/** Whether permission bits and owners mean something; on Windows access control lists decide. */
export function hasFileModes(os: Os = CURRENT_OS): boolean {
  return os !== "windows";
}

/** Whether a folder can be synced, so that a name outlasts a power cut; NTFS has a journal for that. */
export function canSyncFolder(os: Os = CURRENT_OS): boolean {
  return os !== "windows";
}

/**
 * Whether a locked file can be read by others: `flock(2)` is advisory, and `LockFileEx` on Windows keeps all
 * other handles from reading and writing, those of the same process too. Opening, renaming and removing a
 * locked file work on both.
 */
export function canReadLocked(os: Os = CURRENT_OS): boolean {
  return os !== "windows";
}

/** Whether locking needs the right to read, also of a file that is only appended to (`LockFileEx`). */
export function lockNeedsRead(os: Os = CURRENT_OS): boolean {
  return os === "windows";
}

/** What tells one file from another. */
export type FileNumbers = Pick<Deno.FileInfo, "dev" | "ino" | "birthtime">;

/**
 * One text for one file, however it is named.
 *
 * On Windows Deno gives 53 of the 64 bits of a file's index: two files made one after the other can look
 * alike, so who replaces a file compares them first ({@linkcode sameFile}). Where a file system has no
 * index, the time of making stands for it.
 */
export function fileNumber(info: FileNumbers, os: Os = CURRENT_OS): string | undefined {
  if (os !== "windows") return info.ino === null ? undefined : `${info.dev}:${info.ino}`;
  if (info.ino !== null && info.ino !== 0) return `${info.dev}:${info.ino}`;
  return info.birthtime === null ? undefined : `${info.dev}@${info.birthtime.getTime()}`;
}

/** What a path leads to; undefined also where it cannot be told. */
function found(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

/** {@linkcode fileNumber} of what a path leads to; undefined also where nothing is there. */
export function fileIdentity(path: string): string | undefined {
  const info = found(path);
  return info && fileNumber(info);
}

/** Whether two looks met the same file; true where nothing tells. */
export function sameFile(one: FileNumbers, other: FileNumbers, os: Os = CURRENT_OS): boolean {
  if (os !== "windows") return one.ino === other.ino && one.dev === other.dev;
  return fileNumber(one, os) === fileNumber(other, os);
}

function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What is at a path, links followed; undefined where nothing is. @throws Where it cannot be told. */
export function statIfThere(path: string): Deno.FileInfo | undefined {
  return unlessMissing(() => Deno.statSync(path));
}

/** What is at a path, a link being one; undefined where nothing is. @throws Where it cannot be told. */
export function lstatIfThere(path: string): Deno.FileInfo | undefined {
  return unlessMissing(() => Deno.lstatSync(path));
}

/**
 * Whether something may be at a path, links followed: true where that cannot be told. No test before a
 * creation: another may be faster.
 */
export function exists(path: string): boolean {
  try {
    return statIfThere(path) !== undefined;
  } catch {
    return true;
  }
}

/** Whether a path leads to a file; false also where that cannot be told. */
export function isFile(path: string): boolean {
  return found(path)?.isFile === true;
}

/** Whether a path leads to a folder; false also where that cannot be told. */
export function isFolder(path: string): boolean {
  return found(path)?.isDirectory === true;
}

/** Removes a file, if there is one and it can be removed. */
export function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Missing, or another user's.
  }
}

/** Whether a file is on a read-only disk: renaming a missing one fails with EROFS before ENOENT. */
export function isOnReadOnlyDisk(path: string): boolean {
  const { folder } = splitPath(path);
  const missing = `${folder}/.tickerlock-${crypto.randomUUID()}`;
  try {
    Deno.renameSync(missing, missing);
  } catch (error) {
    return systemCode(error) === "EROFS";
  }
  return false;
}

/** One spelling of all the ways to name a file, which need not exist. */
export function oneSpelling(path: string): string {
  try {
    return pathKey(Deno.realPathSync(path));
  } catch {
    const { folder, name } = splitPath(path);
    try {
      return pathKey(joinPath(Deno.realPathSync(folder), name));
    } catch {
      // A folder that is not there yet.
      return path;
    }
  }
}

/** Where a path leads, through links; of what is not there yet, below the nearest folder that is. */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    const whole = trimFolder(absolutePath(path));
    const { folder, name } = splitPath(whole);
    return name === "" || folder === whole ? whole : joinPath(realPath(folder), name);
  }
}

/** Bytes that a user may still write to the disk of a folder; undefined where that cannot be told. */
export function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = process.getBuiltinModule("node:fs").statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
