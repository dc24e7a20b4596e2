/** Opening a file to change it where it is, as locks and logs are. @module */
import { type FileNumbers, lockNeedsRead, lstatIfThere, sameFile } from "./files.ts";
import { giveToHeir, heirOf, NEW_FILE_MODE, UnsafeFileError } from "./owners.ts";
import { splitPath } from "./paths.ts";

/** How to open. */
export interface InPlaceOptions {
  /** Only to write at its end. Default to read and to write anywhere. */
  readonly append?: boolean;
  /** With `append`: also to read. Default false, but where a lock needs it. */
  readonly andRead?: boolean;
  /** Permission bits of a new file, less those of the umask. Default 0600. */
  readonly mode?: number;
  /** Opens a file that this user may not write for reading, in place of an error. Default false. */
  readonly orRead?: boolean;
  /** Takes a file with several names, but not one of root's in another user's folder. Default false. */
  readonly anyNames?: boolean;
  /** Tries first to make the file: one system call less where it is missing. Default false. */
  readonly expectMissing?: boolean;
  /** Receives the file before it is looked at, so that a lock on it is in time for that look. */
  readonly onOpen?: ((file: Deno.FsFile) => void) | undefined;
}

/** A file that was opened. */
export interface InPlace {
  readonly file: Deno.FsFile;
  readonly info: Deno.FileInfo;
  readonly isNew: boolean;
}

const MOST_TRIES = 100;

/** Refuses a link, what is no file, and a file with several names: another one would change. */
export function refuseUnlessOnly(
  path: string,
  info: Pick<Deno.FileInfo, "isFile" | "isSymlink" | "isDirectory" | "nlink" | "uid" | "gid">,
  anyNames = false,
): void {
  const remove = `Find out who put it there, then remove ${path}`;
  if (!info.isFile) {
    const kind = info.isSymlink ? "a symbolic link" : info.isDirectory ? "a folder" : "not a file";
    throw new UnsafeFileError(`it is ${kind}`, remove);
  }
  const names = info.nlink ?? 1;
  if (names <= 1) return;
  if (anyNames && heirOf(info, Deno.statSync(splitPath(path).folder)) === undefined) return;
  throw new UnsafeFileError(
    `it has ${names} names (hard links)`,
    `Find the others with find / -xdev -samefile, or remove ${path}`,
  );
}

function open(path: string, isThere: boolean, options: InPlaceOptions): Deno.FsFile {
  const { append = false, andRead = lockNeedsRead(), mode = NEW_FILE_MODE, orRead } = options;
  try {
    return Deno.openSync(path, {
      read: !append || andRead,
      write: !append,
      append,
      // O_EXCL, which follows no link.
      createNew: !isThere,
      mode,
    });
  } catch (error) {
    const isReadable = orRead === true && isThere && error instanceof Deno.errors.PermissionDenied;
    if (!isReadable) throw error;
    try {
      return Deno.openSync(path, { read: true });
    } catch {
      throw error;
    }
  }
}

/** The file that is at the path, or a new one; undefined where another was faster. */
function attempt(path: string, options: InPlaceOptions, expected: boolean): InPlace | undefined {
  // Before it is opened for writing; what is opened then is compared.
  const there: Deno.FileInfo | undefined = expected ? undefined : lstatIfThere(path);
  if (there !== undefined) refuseUnlessOnly(path, there, options.anyNames);
  let file: Deno.FsFile;
  try {
    file = open(path, there !== undefined, options);
  } catch (error) {
    const isRace = there === undefined
      ? error instanceof Deno.errors.AlreadyExists
      : error instanceof Deno.errors.NotFound;
    if (isRace) return undefined;
    throw error;
  }
  let kept = false;
  try {
    options.onOpen?.(file);
    const info = file.statSync();
    if (there === undefined) giveToHeir(path, info);
    kept = there === undefined || isSameFile(info, there);
    return kept ? { file, info, isNew: there === undefined } : undefined;
  } finally {
    if (!kept) file.close();
  }
}

function isSameFile(
  info: FileNumbers & Pick<Deno.FileInfo, "isFile">,
  there: FileNumbers,
): boolean {
  return info.isFile && sameFile(info, there);
}

/** Opens a file under its only name, or makes it, private. @throws {UnsafeFileError} For a link and the like. */
export function openInPlace(path: string, options: InPlaceOptions = {}): InPlace {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const opened = attempt(path, options, tries === 0 && options.expectMissing === true);
    if (opened !== undefined) return opened;
  }
  throw new UnsafeFileError(
    "another program replaces it again and again",
    `Find that program (${path})`,
  );
}
