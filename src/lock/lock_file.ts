/**
 * Opening a lock file safely, and telling whether what was locked is still what is at the path.
 *
 * @module
 */
import { type FileNumbers, lstatIfThere, sameFile } from "../platform/files.ts";
import { splitPath } from "../platform/paths.ts";
import { explain, refusalOf } from "../platform/refusals.ts";
import { LockError } from "./errors.ts";

/** A lock file that is open, not necessarily locked. */
export interface OpenLockFile extends FileNumbers {
  readonly file: Deno.FsFile;
}

/** Tries to open a file that others create and remove at the same time. */
const MOST_ATTEMPTS = 100;

const NAMED = "with --lock-dir or TICKERLOCK_LOCK_DIR";

/** How to name another folder: on a command line, in the environment, in code. */
export const CHOOSE_FOLDER = `choose another folder ${NAMED}`;

/**
 * What to say of a path that Deno keeps from the program.
 *
 * @returns Undefined for any other error.
 */
export function withheld(folder: string, error: unknown): LockError | undefined {
  if (!(error instanceof Deno.errors.NotCapable)) return undefined;
  const refusal = refusalOf(error, folder, "write");
  const special = refusal?.kind === "special";
  const why = special
    ? refusal.why
    : "the program was started without the right to read and write it";
  const hint = special
    ? `Choose a folder elsewhere ${NAMED}; /run/lock/tickerlock, say, is in memory as well.`
    : `Start it with --allow-read and --allow-write for the folder, or ${CHOOSE_FOLDER}.`;
  const message = `lock folder ${folder} cannot be used: ${why}`;
  return new LockError("lock_dir_unusable", message, { hint, cause: error, details: { folder } });
}

function fileUnusable(path: string, error: unknown): LockError {
  const { why, hint } = explain(error, path, "write", CHOOSE_FOLDER);
  const message = `lock file ${path} cannot be opened: ${why}`;
  return new LockError("lock_file_unusable", message, { hint, cause: error, details: { path } });
}

/** The error of a folder in which no lock can be looked at or made. */
export function folderUnusable(
  folder: string,
  verb: "read" | "used" | "created" | "written",
  error: unknown,
): LockError {
  const refused = withheld(folder, error);
  if (refused !== undefined) return refused;
  const use = verb === "read" ? "read" : "write";
  const { why, hint } = explain(error, folder, use, CHOOSE_FOLDER);
  const message = `lock folder ${folder} cannot be ${verb}: ${why}`;
  return new LockError("lock_dir_unusable", message, { hint, cause: error, details: { folder } });
}

function createFolder(path: string): void {
  const { folder } = splitPath(path);
  try {
    Deno.mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw folderUnusable(folder, "created", error);
  }
}

function refuseUnlessFile(path: string, info: Deno.FileInfo): void {
  if (info.isFile) return;
  const kind = info.isSymlink ? "a symbolic link" : info.isDirectory ? "a folder" : "not a file";
  throw new LockError("lock_not_a_file", `lock file ${path} is ${kind}, and so it is refused`, {
    hint: `Find out who put it there, then remove ${path}.`,
    details: { path },
  });
}

/** What keeps a file that is missing from being made, because of its folder. */
const OF_FOLDER: readonly string[] = ["permission", "read_only", "not_a_folder"];

// A run over many new tickers finds file after file missing, and an exception costs more than the
// open: so what the last open met is tried first.
let expectMissing = false;

// Never with `create` alone: that would follow a dangling symbolic link. `createNew` is O_EXCL,
// which does not follow links, and the plain open is checked afterwards by `isStillAt`.
function openOrCreate(path: string): Deno.FsFile {
  for (let attempt = 0;; attempt++) {
    try {
      return expectMissing
        ? Deno.openSync(path, { read: true, write: true, createNew: true, mode: 0o666 })
        : Deno.openSync(path, { read: true, write: true });
    } catch (error) {
      const { folder } = splitPath(path);
      const refused = withheld(folder, error);
      if (refused !== undefined) throw refused;
      const info = lstat(path);
      if (info !== undefined) refuseUnlessFile(path, info);
      if (attempt > MOST_ATTEMPTS) throw fileUnusable(path, error);
      if (error instanceof Deno.errors.NotFound) {
        if (expectMissing) createFolder(path);
        else expectMissing = true;
      } else if (expectMissing && error instanceof Deno.errors.AlreadyExists) {
        expectMissing = false;
      } else {
        const kind = refusalOf(error, path, "write")?.kind ?? "";
        const isFolder = info === undefined && OF_FOLDER.includes(kind);
        throw isFolder ? folderUnusable(folder, "written", error) : fileUnusable(path, error);
      }
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

/**
 * Opens a lock file, creating it and its folder where they are missing. Never truncates.
 *
 * @throws {LockError} `lock_dir_unusable`, `lock_file_unusable` or `lock_not_a_file`.
 */
export function openLockFile(path: string): OpenLockFile {
  const file = openOrCreate(path);
  const info = file.statSync();
  if (!info.isFile) {
    file.close();
    refuseUnlessFile(path, info);
  }
  return { file, ino: info.ino, dev: info.dev, birthtime: info.birthtime };
}

/**
 * Whether the file that was opened is the one at its path now. A forced release renames a new file
 * into place; a lock on the old one is worth nothing.
 *
 * @throws {LockError} `lock_not_a_file` where a symbolic link has taken the place.
 */
export function isStillAt(opened: OpenLockFile, path: string): boolean {
  const info = lstat(path);
  if (info === undefined) return false;
  refuseUnlessFile(path, info);
  return sameFile(opened, info);
}
