/**
 * Telling a file system that can only be read from a folder that this user must not write to.
 *
 * @module
 */
import { splitPath } from "../../../platform/paths.ts";

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
    return error instanceof Error && "code" in error && error.code === "EROFS";
  }
  return false;
}
