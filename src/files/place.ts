/** Where a file really is, and the names of the files beside it: its lock and its temporary files. @module */
import { UsageError } from "../base/errors.ts";
import { nameProblem } from "../platform/names.ts";
import { CURRENT_OS, type Os } from "../platform/os.ts";
import { refuseForeignLink } from "../platform/owners.ts";
import { isAbsolute, joinPath, splitPath } from "../platform/paths.ts";
import { temporaryName } from "./atomic.ts";
import { type FileAction, FileError, fileError } from "./errors.ts";
import { fs } from "./file_system.ts";

/** A file to be written, with its symbolic links followed. */
export interface FilePlace {
  /** The path as the caller gave it, for messages. */
  readonly asked: string;
  readonly path: string;
  readonly folder: string;
  readonly name: string;
  readonly lockName: string;
}

/** Most bytes of a file name on ext4, XFS, Btrfs, APFS and tmpfs; NTFS allows 255 UTF-16 units. */
const MAX_NAME_BYTES = 255;

/** Most links in a row, as in Linux (path_resolution(7)). */
const MAX_LINKS = 40;

const encoder = new TextEncoder();

/** Refuses what cannot be a file's path. @throws {TypeError} Not a string. @throws {UsageError} `bad_path`. */
export function checkPath(path: string, os: Os = CURRENT_OS): void {
  if (typeof path !== "string") {
    throw new TypeError(`Cannot use a file as 'path' must be a string: current value is ${path}`);
  }
  const { name } = splitPath(path, os);
  const shown = JSON.stringify(path);
  const details = { path };
  if (name === "" || name === "." || name === ".." || path.includes("\0")) {
    const hint =
      "Name a file: a path that does not end in a slash, . or .., without NUL characters.";
    throw new UsageError("bad_path", `${shown} is not the path of a file`, { hint, details });
  }
  const problem = nameProblem(name, os);
  if (problem === undefined) return;
  const hint = "Choose another name for the file.";
  throw new UsageError("bad_path", `${shown}: ${problem}`, { hint, details });
}

/** Refuses a name that leaves no room for the longer ones beside it: `file_name_too_long`. */
export function checkName(path: string, name: string): void {
  // The longest name beside it; the random part does not change its length.
  const limit = MAX_NAME_BYTES - temporaryName("").length;
  const bytes = encoder.encode(name).length;
  if (bytes <= limit) return;
  const message = `the name of ${JSON.stringify(path)} has ${bytes} bytes, and at most ${limit} ` +
    "can be written safely";
  throw new FileError("file_name_too_long", message, path, {
    hint: "Choose a shorter name: the temporary file beside it has a longer one.",
    details: { bytes, limit },
  });
}

/**
 * Finds the file that a path leads to, there or not. All spellings of one file have the same lock file.
 * @param follows False replaces a link in the place of the file. Default true.
 */
export function findPlace(asked: string, action: FileAction, follows = true): FilePlace {
  let path = asked;
  for (let links = 0;; links++) {
    const { folder, name } = splitPath(path);
    checkName(asked, name);
    let info: Deno.FileInfo | undefined;
    try {
      info = fs.look(path);
      if (info?.isSymlink && !follows) info = undefined;
      if (info?.isSymlink && links < MAX_LINKS) {
        const target = fs.readLink(path);
        const link = path;
        path = isAbsolute(target) ? target : joinPath(folder, target);
        checkPath(path);
        refuseForeignLink(link, info, path);
        continue;
      }
    } catch (error) {
      throw fileError(action, asked, error);
    }
    if (info !== undefined && !info.isFile) throw notRegular(asked, action, info);
    return { asked, path, folder, name, lockName: `.${name}.lock` };
  }
}

function notRegular(path: string, action: FileAction, info: Deno.FileInfo): FileError {
  const what = `cannot ${action} ${JSON.stringify(path)}`;
  if (info.isSymlink) {
    const hint = "Find the links with ls -l and remove one.";
    return new FileError("file_io", `${what}: its symbolic links lead in a circle`, path, { hint });
  }
  const kind = info.isDirectory ? "a folder" : "a pipe, socket or device";
  const hint = "Name a file: what is written is renamed into place, and would replace it.";
  return new FileError("file_not_regular", `${what}: it is ${kind}`, path, { hint });
}
