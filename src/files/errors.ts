/**
 * What can go wrong with a file, each with a code of its own, and the way there from what the
 * runtime throws.
 *
 * @module
 */
import { EXIT, messageOf, TickerlockError, type TickerlockErrorOptions } from "../base/errors.ts";
import { systemCode } from "../platform/errors.ts";

/**
 * The codes of {@linkcode FileError}; stable.
 *
 * @category Files
 */
export type FileErrorCode =
  | "file_not_found"
  | "file_permission"
  | "file_disk_full"
  | "file_corrupt_json"
  | "file_schema"
  | "file_io"
  | "file_name_too_long"
  | "file_not_regular"
  | "file_not_utf8"
  | "file_lock_lost"
  | "stage_missing"
  | "stage_checksum_mismatch";

/**
 * A file could not be read or written, or holds something else than it should (exit 1).
 *
 * @category Files
 */
export class FileError extends TickerlockError {
  /** The code of the base class, by its narrower type. */
  declare readonly code: FileErrorCode;
  /** Path of the file, as the caller gave it. */
  readonly path: string;

  /**
   * Says what was attempted on which file.
   *
   * @param code One of {@linkcode FileErrorCode}.
   * @param message What was attempted on which file, and what went wrong.
   * @param path Path of the file; also in `details.path`.
   */
  constructor(
    code: FileErrorCode,
    message: string,
    path: string,
    options: TickerlockErrorOptions = {},
  ) {
    super(code, message, EXIT.failed, { ...options, details: { path, ...options.details } });
    this.path = path;
  }
}

/** What was attempted, for the message: `cannot read "prices.json": …`. */
export type FileAction = "read" | "write" | "append to" | "lock";

interface Kind {
  readonly code: FileErrorCode;
  readonly why: string;
  readonly hint: string;
}

const FULL_HINT = "Make room and try again; the old content is as it was.";

const KINDS: Readonly<Record<string, Kind>> = {
  EACCES: {
    code: "file_permission",
    why: "permission denied",
    hint: "Give the user who runs this the right to read the file, and to write in its folder.",
  },
  EROFS: {
    code: "file_permission",
    why: "its file system is read-only",
    hint: "Choose a folder on another file system, or mount this one writable.",
  },
  ENOSPC: { code: "file_disk_full", why: "no space is left on its disk", hint: FULL_HINT },
  EDQUOT: { code: "file_disk_full", why: "the disk quota is used up", hint: FULL_HINT },
  EFBIG: {
    code: "file_disk_full",
    why: "it would be larger than this process may make a file",
    hint: "Raise the limit (ulimit -f) and try again; the old content is as it was.",
  },
  ENAMETOOLONG: {
    code: "file_name_too_long",
    why: "its name or path is too long",
    hint: "Choose a shorter one: the lock and the temporary file beside it have longer names.",
  },
  EBUSY: {
    code: "file_io",
    why: "another program has it open or locked",
    hint: "Let that program end, or close the file in it, and try again.",
  },
  EISDIR: { code: "file_not_regular", why: "it is a folder", hint: "Name a file in it." },
  ELOOP: {
    code: "file_io",
    why: "its symbolic links lead in a circle",
    hint: "Find the links with ls -l and remove one.",
  },
};

function missing(action: FileAction, why?: string): Kind {
  const [what, hint] = action === "read"
    ? ["it", "Check the path, or pass a default for a file that may be missing."]
    : ["its folder", "Check the path; something may have removed the folder just now."];
  return { code: "file_not_found", why: why ?? `${what} does not exist`, hint };
}

function kindOf(action: FileAction, error: unknown): Kind | undefined {
  if (error instanceof Deno.errors.NotCapable) {
    return {
      code: "file_permission",
      why: "this program may not",
      hint: action === "read"
        ? "Start it with --allow-read for that path."
        : "Start it with --allow-read and --allow-write for the file's folder.",
    };
  }
  const code = systemCode(error);
  if (code === "ENOENT" || error instanceof Deno.errors.NotFound) return missing(action);
  if (code === "ENOTDIR" || error instanceof Deno.errors.NotADirectory) {
    return missing(action, "a part of its path is not a folder");
  }
  if (code === "EPERM" || error instanceof Deno.errors.PermissionDenied) return KINDS.EACCES;
  return code === undefined ? undefined : KINDS[code];
}

/**
 * Puts a failed file operation into this project's terms.
 *
 * @param action What was attempted.
 * @param error What the operation threw. A {@linkcode TickerlockError} is returned as it is.
 */
export function fileError(action: FileAction, path: string, error: unknown): TickerlockError {
  if (error instanceof TickerlockError) return error;
  const kind = kindOf(action, error);
  return new FileError(
    kind?.code ?? "file_io",
    `cannot ${action} ${JSON.stringify(path)}: ${kind?.why ?? messageOf(error)}`,
    path,
    { hint: kind?.hint ?? "Check the disk and the path, and try again.", cause: error },
  );
}
