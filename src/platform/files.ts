/**
 * What a system's files have: modes, owners, folders that can be synced, numbers that tell one file
 * from another. And looking at what is at a path.
 *
 * @module
 */
import { systemCode } from "./errors.ts";
import { CURRENT_OS, type Os } from "./os.ts";
import { absolutePath, joinPath, pathKey, splitPath, trimFolder } from "./paths.ts";

/**
 * Whether files have permission bits and an owner that mean something. On Windows access control
 * lists decide, of which Deno tells nothing: the mode that it shows there is made up from the
 * read-only attribute.
 */
export function hasFileModes(os: Os = CURRENT_OS): boolean {
  return os !== "windows";
}

/**
 * Whether a folder can be opened and synced, so that a new name in it outlasts a power cut. Windows
 * opens no folder as a file; NTFS has its own journal for names.
 */
export function canSyncFolder(os: Os = CURRENT_OS): boolean {
  return os !== "windows";
}

/** What tells one file from another. */
export type FileNumbers = Pick<Deno.FileInfo, "dev" | "ino" | "birthtime">;

/**
 * One text for one file, however it is named.
 *
 * Windows tells the volume's serial number and the file's index, of which Deno gives 53 bits of 64:
 * two files made one after the other can come out alike. Where a program makes a file to take
 * another's place, it has to compare them before ({@linkcode sameFile}). A file system without an
 * index (0, or none) leaves the time at which the file was made.
 *
 * @returns Undefined where nothing tells it from others.
 */
export function fileNumber(info: FileNumbers, os: Os = CURRENT_OS): string | undefined {
  if (os !== "windows") return info.ino === null ? undefined : `${info.dev}:${info.ino}`;
  if (info.ino !== null && info.ino !== 0) return `${info.dev}:${info.ino}`;
  return info.birthtime === null ? undefined : `${info.dev}@${info.birthtime.getTime()}`;
}

/** {@linkcode fileNumber} of what a path leads to; undefined also where nothing is there. */
export function fileIdentity(path: string): string | undefined {
  try {
    return fileNumber(Deno.statSync(path));
  } catch {
    return undefined;
  }
}

/**
 * Whether two looks met the same file. Where nothing can be told, the name is all that can be gone
 * by, and they count as the same.
 */
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
 * Whether there is something at a path, links followed. What cannot be looked at counts as there: using
 * it tells what is wrong. Not for deciding whether to create a file: another may be faster.
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
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether a path leads to a folder; false also where that cannot be told. */
export function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Removes a file, if there is one and it can be removed. */
export function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Missing, or another user's.
  }
}

/**
 * Whether a file is on a file system that is mounted for reading alone. Nothing is written: the
 * system says so of a name that is not there before it looks for it.
 *
 * @param path The file, which need not be there.
 */
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

/**
 * One spelling of all the ways to name a file, which need not exist: through links, `./`, another case
 * where the system folds it.
 */
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
