/**
 * Keeping what a command writes away from databases and locks.
 *
 * @module
 */
// Not by the folder's index, which has all of the database layer: a log file needs none of it.
import { protectedAs } from "../../store/sqlite/connection/protected_file.ts";
import { UsageError } from "../../base/errors.ts";

/**
 * Refuses to write over a database, a lock or what belongs to them, also through a link.
 *
 * @param option What named the file: `--log-file`.
 * @param path The file, which need not be there.
 * @param db The database of the command.
 * @throws {UsageError} `path_refused`.
 */
export function refuseOwnFiles(option: string, path: string, db: string): void {
  let why: string | undefined;
  try {
    why = protectedAs(path, db);
  } catch {
    // It cannot be read: writing it will say what is wrong.
    return;
  }
  if (why === undefined) return;
  throw new UsageError("path_refused", `${option} ${path}: ${why}`, {
    hint: `Name another file with ${option}; nothing was changed.`,
    details: { option, path },
  });
}
