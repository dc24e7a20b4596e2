/** Opening a lock file safely, and telling whether what was locked is still what is at the path. @module */
import { sleepSync } from "../base/sleep.ts";
import { shellWord } from "../base/text.ts";
import {
  type FileNumbers,
  hasFileModes,
  lstatIfThere,
  sameFile,
  statIfThere,
} from "../platform/files.ts";
import {
  type InPlace,
  type InPlaceOptions,
  openInPlace,
  refuseUnlessOnly,
} from "../platform/in_place.ts";
import {
  isOfGroup,
  makeFolders,
  modeText,
  NEW_FOLDER_MODE,
  share,
  UnsafeFileError,
} from "../platform/owners.ts";
import { splitPath } from "../platform/paths.ts";
import { explain, refusalOf } from "../platform/refusals.ts";
import { LockError } from "./errors.ts";

/** A lock file that is open, not necessarily locked. */
export interface OpenLockFile extends FileNumbers {
  readonly file: Deno.FsFile;
  /** How many names it had once it was open; null where that is not told. */
  readonly names: number | null;
}

/**
 * Who can use new lock folders and the files in them: their owner, or also the folder's group.
 * @category Locks
 */
export type LockMode = "private" | "group";

/** Permission bits of a new lock folder. */
export const FOLDER_MODES: Readonly<Record<LockMode, number>> = {
  private: NEW_FOLDER_MODE,
  group: 0o770,
};

/** Tries, and the pause between two in ms, until an empty file counts as not shared. */
const YOUNG_TRIES = 20;
const YOUNG_PAUSE_MS = 2;

/** Tries to open a file that others create and remove at the same time. */
const MOST_ATTEMPTS = 100;

const NAMED = "with --lock-dir or TICKERLOCK_LOCK_DIR";

/** How to name another folder: on a command line, in the environment, in code. */
export const CHOOSE_FOLDER = `choose another folder ${NAMED}`;

/** The error of a lock file that cannot be used. @param another The other way out, see {@linkcode explain}. */
export function fileUnusable(
  path: string,
  verb: "opened" | "locked" | "replaced" | "removed",
  cause: unknown,
  another: string = CHOOSE_FOLDER,
): LockError {
  const { why, hint } = explain(cause, path, "write", another);
  const message = `lock file ${path} cannot be ${verb}: ${why}`;
  return new LockError("lock_file_unusable", message, { hint, cause, details: { path } });
}

/** The error of a folder in which no lock can be looked at or made. */
export function folderUnusable(
  folder: string,
  verb: "read" | "used" | "created" | "written",
  cause: unknown,
): LockError {
  let { kind, why, hint } = explain(cause, folder, verb === "read" ? verb : "write", CHOOSE_FOLDER);
  if (kind === "special") {
    hint = `Choose a folder elsewhere ${NAMED}; /run/lock/tickerlock, say, is in memory as well.`;
  } else if (kind === "withheld") {
    why = "the program was started without the right to read and write it";
    hint = `Start it with --allow-read and --allow-write for the folder, or ${CHOOSE_FOLDER}.`;
  }
  const used = kind === "special" || kind === "withheld" ? "used" : verb;
  const message = `lock folder ${folder} cannot be ${used}: ${why}`;
  return new LockError("lock_dir_unusable", message, { hint, cause, details: { folder } });
}

/** Makes a folder of locks where it is missing; refuses one that is to be a group's and is not. */
export function makeLockFolder(folder: string, mode: LockMode = "private"): void {
  try {
    makeFolders(folder, FOLDER_MODES[mode]);
  } catch (error) {
    throw folderUnusable(folder, "created", error);
  }
  if (mode === "group") refuseUnlessOfGroup(folder);
}

function refuseUnlessLock(path: string, info: Deno.FileInfo): void {
  try {
    refuseUnlessOnly(path, info);
  } catch (error) {
    throw notAFile(path, error);
  }
}

/** The error of what is no lock file; any other one as it is. */
function notAFile(path: string, error: unknown): unknown {
  if (!(error instanceof UnsafeFileError)) return error;
  const message = `lock file ${path} ${error.message.replace(/^it /, "")}, and so it is refused`;
  return new LockError("lock_not_a_file", message, { hint: `${error.fix}.`, details: { path } });
}

/** Refusals to make a file that are its folder's. */
const OF_FOLDER: readonly string[] = ["permission", "read_only", "not_a_folder"];

// An exception costs more than an open: what the last open met, missing or not, is tried first.
let expectMissing = false;

function openOrCreate(
  path: string,
  mode: LockMode | undefined,
  onOpen: InPlaceOptions["onOpen"],
): InPlace {
  for (let attempt = 0;; attempt++) {
    try {
      // The right to read suffices for flock(2).
      const opened = openInPlace(path, { expectMissing, orRead: true, onOpen });
      expectMissing = opened.isNew;
      return opened;
    } catch (error) {
      if (error instanceof LockError) throw error;
      const { folder } = splitPath(path);
      if (error instanceof Deno.errors.NotCapable) throw folderUnusable(folder, "used", error);
      if (error instanceof UnsafeFileError) throw notAFile(path, error);
      const info = lstat(path);
      if (info !== undefined) refuseUnlessLock(path, info);
      if (attempt > MOST_ATTEMPTS) throw fileUnusable(path, "opened", error);
      if (error instanceof Deno.errors.NotFound) {
        makeLockFolder(folder, mode);
        continue;
      }
      const kind = refusalOf(error, path, "write")?.kind ?? "";
      if (kind === "permission" && info?.size === 0 && attempt < YOUNG_TRIES) {
        // It may have been made just now, and not been shared yet.
        sleepSync(YOUNG_PAUSE_MS);
        continue;
      }
      const isFolder = info === undefined && OF_FOLDER.includes(kind);
      throw isFolder
        ? folderUnusable(folder, "written", error)
        : fileUnusable(path, "opened", error);
    }
  }
}

function lstat(path: string): Deno.FileInfo | undefined {
  try {
    return lstatIfThere(path);
  } catch (error) {
    throw folderUnusable(splitPath(path).folder, "used", error);
  }
}

/** Opens a lock file, or makes it and its folder. Never truncates. @throws {LockError} */
export function openLockFile(
  path: string,
  mode?: LockMode,
  onOpen?: InPlaceOptions["onOpen"],
): OpenLockFile {
  const { file, info, isNew } = openOrCreate(path, mode, onOpen);
  if (isNew) share(path, info);
  return { file, ino: info.ino, dev: info.dev, birthtime: info.birthtime, names: info.nlink };
}

/** Tries the kernel's lock. @throws {LockError} Where flock(2) fails, as on a share without locks (ENOLCK). */
export function tryLock(file: Deno.FsFile, path: string, exclusive = true): boolean {
  try {
    return file.tryLockSync(exclusive);
  } catch (error) {
    throw fileUnusable(path, "locked", error);
  }
}

/** Refuses a folder that is to be a group's, and in which its group may make no files. */
export function refuseUnlessOfGroup(folder: string): void {
  let info: Deno.FileInfo | undefined;
  try {
    info = statIfThere(folder);
  } catch (error) {
    throw folderUnusable(folder, "used", error);
  }
  if (info === undefined || !hasFileModes() || isOfGroup(info)) return;
  const word = shellWord(folder);
  const message = `lock folder ${folder} is not for its group (mode ${modeText(info)}), as ` +
    "--lock-mode group wants it";
  const hint = `Have its owner share it (chgrp GROUP ${word} ${word}/*; chmod 2770 ${word}; ` +
    `chmod 660 ${word}/*), or leave --lock-mode out.`;
  throw new LockError("lock_dir_unusable", message, { hint, details: { folder } });
}

/** Whether an open file is still the one at its path; a lock on one that was replaced is worth nothing. */
export function isStillAt(opened: OpenLockFile, path: string): boolean {
  const info = lstat(path);
  if (info === undefined) return false;
  refuseUnlessLock(path, info);
  return sameFile(opened, info);
}
