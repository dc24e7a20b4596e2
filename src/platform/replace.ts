/**
 * Renaming a file over another that may be open.
 *
 * On Linux and macOS an open file does not matter. On Windows it works as well where the other file
 * was opened for all to share, as Deno does it, from Windows 10 on and on NTFS. Other programs (a
 * spreadsheet, a virus scanner, SQLite) do not share so: then it is refused for as long as they have
 * the file open, which with a scanner is a moment.
 *
 * @module
 */
import { sleep, sleepSync } from "../base/sleep.ts";
import { systemCode } from "./errors.ts";
import { CURRENT_OS, type Os } from "./os.ts";

/** Pauses before the second and each further try, in ms: 0.6 s in all. */
const PAUSES_MS: readonly number[] = [10, 20, 40, 80, 160, 320];

/** How to rename, for tests. */
export interface RenameOptions {
  /** Default this system. */
  readonly os?: Os;
  /** Waits. Default the clock. */
  readonly pause?: (ms: number) => Promise<void>;
}

/** How long to wait before another try; throws what was thrown where there is none. */
function pauseAfter(error: unknown, tries: number, os: Os): number {
  // "Access is denied" is what MoveFileEx says of a target that is open.
  const isOpenElsewhere = os === "windows" &&
    (error instanceof Deno.errors.PermissionDenied || systemCode(error, os) === "EBUSY");
  const ms = PAUSES_MS[tries];
  if (ms === undefined || !isOpenElsewhere) throw error;
  return ms;
}

/**
 * Renames a file, over another where there is one, on the same file system.
 *
 * @throws What Deno threw; on Windows, of a target that other programs have open, after 0.6 s.
 */
export async function renameOver(
  from: string,
  to: string,
  { os = CURRENT_OS, pause = sleep }: RenameOptions = {},
): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      return await Deno.rename(from, to);
    } catch (error) {
      await pause(pauseAfter(error, tries, os));
    }
  }
}

/** The same as {@linkcode renameOver}; stops this thread while it waits. @throws As that. */
export function renameOverSync(from: string, to: string, os: Os = CURRENT_OS): void {
  for (let tries = 0;; tries++) {
    try {
      return Deno.renameSync(from, to);
    } catch (error) {
      sleepSync(pauseAfter(error, tries, os));
    }
  }
}
