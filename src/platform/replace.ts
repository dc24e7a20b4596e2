/**
 * Renaming a file over another that somebody may have open.
 *
 * Elsewhere nobody is in the way. On Windows it works as well where the other file was opened for all
 * to share, as Deno does it, from Windows 10 on and on NTFS. Other programs (a spreadsheet, a virus
 * scanner, SQLite) do not share so: then it is refused for as long as they have the file open, which
 * with a scanner is a moment.
 *
 * @module
 */
import { errorName } from "./errors.ts";
import { CURRENT_OS, type Os } from "./os.ts";

/** Pauses before the second and each further try, in ms: 0.6 s in all. */
const PAUSES_MS: readonly number[] = [10, 20, 40, 80, 160, 320];

const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** How to rename, for tests. */
export interface ReplaceOptions {
  /** Default this system. */
  readonly os?: Os;
  /** Waits. Default the clock. */
  readonly pause?: (ms: number) => Promise<void>;
}

function isOpenElsewhere(error: unknown, os: Os): boolean {
  if (os !== "windows" || !(error instanceof Error)) return false;
  // "Access is denied" is what MoveFileEx says of a target that is open.
  if (error instanceof Deno.errors.PermissionDenied) return true;
  if ("code" in error && error.code === "EBUSY") return true;
  const number = /\(os error (\d+)\)/.exec(error.message)?.[1];
  return number !== undefined && errorName(Number(number), os) === "EBUSY";
}

function pauseFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Renames a file, over another where there is one.
 *
 * @param from Path of the file.
 * @param to Its new path, on the same file system.
 * @param options For tests.
 * @throws What Deno threw; on Windows, of a target that others have open, after 0.6 s.
 */
export async function replaceFile(
  from: string,
  to: string,
  { os = CURRENT_OS, pause = pauseFor }: ReplaceOptions = {},
): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      return await Deno.rename(from, to);
    } catch (error) {
      const ms = PAUSES_MS[tries];
      if (ms === undefined || !isOpenElsewhere(error, os)) throw error;
      await pause(ms);
    }
  }
}

/**
 * The same as {@linkcode replaceFile}, for work that cannot be parted: it stops this thread meanwhile.
 *
 * @param from Path of the file.
 * @param to Its new path, on the same file system.
 * @param os For tests. Default this one.
 * @throws As {@linkcode replaceFile}.
 */
export function replaceFileSync(from: string, to: string, os: Os = CURRENT_OS): void {
  for (let tries = 0;; tries++) {
    try {
      return Deno.renameSync(from, to);
    } catch (error) {
      const ms = PAUSES_MS[tries];
      if (ms === undefined || !isOpenElsewhere(error, os)) throw error;
      Atomics.wait(never, 0, 0, ms);
    }
  }
}
