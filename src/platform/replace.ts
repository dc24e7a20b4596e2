/**
 * Renaming a file over another that may be open. Windows refuses that while a program has the file open
 * without sharing it (a spreadsheet, a virus scanner, SQLite): with a scanner for a moment.
 * @module
 */
import { sleep, sleepSync } from "../base/sleep.ts";
import { systemCode } from "./errors.ts";
import { CURRENT_OS, type Os } from "./os.ts";

/** Pauses before the second and each further try, in ms: 0.6 s in all. */
const PAUSES_MS: readonly number[] = [10, 20, 40, 80, 160, 320];

/** How long to wait before another try; throws the error where there is none. */
function pauseAfter(error: unknown, tries: number, os: Os): number {
  // "Access is denied" is what MoveFileEx says of a target that is open.
  const isOpenElsewhere = os === "windows" &&
    (error instanceof Deno.errors.PermissionDenied || systemCode(error, os) === "EBUSY");
  const ms = PAUSES_MS[tries];
  if (ms === undefined || !isOpenElsewhere) throw error;
  return ms;
}

/** Renames a file, over another where there is one. @throws After 0.6 s on Windows. */
export async function renameOver(
  from: string,
  to: string,
  { os = CURRENT_OS, pause = sleep }: { os?: Os; pause?: (ms: number) => Promise<void> } = {},
): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      return await Deno.rename(from, to);
    } catch (error) {
      await pause(pauseAfter(error, tries, os));
    }
  }
}

/** {@linkcode renameOver} that stops this thread while it waits. */
export function renameOverSync(from: string, to: string, os: Os = CURRENT_OS): void {
  for (let tries = 0;; tries++) {
    try {
      return Deno.renameSync(from, to);
    } catch (error) {
      sleepSync(pauseAfter(error, tries, os));
    }
  }
}
