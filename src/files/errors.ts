/** What can go wrong with a file, and the way there from what the runtime throws. @module */
import { EXIT, messageOf, TickerlockError, type TickerlockErrorOptions } from "../base/errors.ts";
import {
  attemptOf,
  hintOf,
  type Refusal,
  type RefusalKind,
  refusalOf,
} from "../platform/refusals.ts";

/**
 * The codes of {@linkcode FileError}; stable.
 * @category Files
 */
export type FileErrorCode =
  | "file_not_found"
  | "file_permission"
  | "file_disk_full"
  | "file_quota"
  | "file_mounted"
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
 * @category Files
 */
export class FileError extends TickerlockError {
  /** The code of the base class, by its narrower type. */
  declare readonly code: FileErrorCode;
  /** Path of the file, as the caller gave it. */
  readonly path: string;

  /** Says what was attempted on which file. */
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

const CODES: Readonly<Record<RefusalKind, FileErrorCode>> = {
  missing: "file_not_found",
  not_a_folder: "file_not_found",
  a_folder: "file_not_regular",
  permission: "file_permission",
  withheld: "file_permission",
  special: "file_permission",
  read_only: "file_permission",
  loop: "file_io",
  too_long: "file_name_too_long",
  full: "file_disk_full",
  quota: "file_quota",
  mounted: "file_mounted",
  too_large: "file_disk_full",
  busy: "file_io",
  unsafe: "file_permission",
  open_files: "file_io",
  other: "file_io",
};

function hintFor(action: FileAction, refusal: Refusal): string {
  const { kind, fix } = refusal;
  if (kind === "missing") {
    return action === "read"
      ? `${fix}, or pass a default for a file that may be missing.`
      : `${fix}; something may have removed the folder just now.`;
  }
  if (kind === "full" || kind === "quota" || kind === "too_large") {
    return `${fix} and try again; the old content is as it was.`;
  }
  if (kind === "too_long") {
    return `${fix}; the lock and the temporary file beside it have longer names.`;
  }
  return hintOf(refusal, kind === "read_only" ? "choose a folder on another one" : undefined);
}

/** Puts a failed operation into this project's terms; a {@linkcode TickerlockError} stays as it is. */
export function fileError(action: FileAction, path: string, error: unknown): TickerlockError {
  if (error instanceof TickerlockError) return error;
  const refusal = refusalOf(error, path, action === "read" ? "read" : "write");
  const shown = `cannot ${action} ${JSON.stringify(path)}`;
  if (refusal === undefined) {
    const hint = "Check the disk and the path, and try again.";
    const message = `${shown}: ${messageOf(error)}`;
    return new FileError("file_io", message, path, { hint, cause: error });
  }
  const isFolder = refusal.kind === "missing" && action !== "read";
  const why = isFolder ? "its folder does not exist" : refusal.why;
  return new FileError(CODES[refusal.kind], `${shown}: ${why}`, path, {
    hint: hintFor(action, refusal),
    cause: error,
  });
}

/** Does work on a file whose failures are told as {@linkcode fileError} tells them. */
export async function inTerms<T>(
  action: FileAction,
  path: string,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(action, path, error);
  }
}

/** Names of the runtime's errors about connections: no file is at fault. */
const OF_NETWORK = /^(Addr|BrokenPipe|Connection|Host|Network|NotConnected|TimedOut)/;

/** Puts what escaped into this project's terms; undefined for what says of no file. */
function systemError(error: unknown): TickerlockError | undefined {
  const { use, path } = attemptOf(error) ?? { use: "read", path: "" };
  const refusal = refusalOf(error, path, use);
  if (refusal === undefined) return undefined;
  if (path !== "") return fileError(use, path, error);
  const isOfNetwork = error instanceof Error && OF_NETWORK.test(error.name);
  if (refusal.kind === "other" && isOfNetwork) return undefined;
  return new FileError(CODES[refusal.kind], `a file could not be used: ${refusal.why}`, path, {
    hint: hintOf(refusal),
    cause: error,
  });
}

/** What was thrown, in this project's terms where the system refused something. */
export function ordinary(error: unknown): unknown {
  return error instanceof TickerlockError ? error : systemError(error) ?? error;
}
