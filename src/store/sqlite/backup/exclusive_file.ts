/**
 * The right to write one file, for as long as that takes, and what killed writers have left.
 *
 * A file is written under a hidden name, with a lock file beside it that its process holds with
 * `flock(2)`: as long as it lives, nobody else writes a file of that name or removes what is hidden.
 * The lock is on a file of its own and not on what is written, because SQLite locks its copies, and on
 * some systems the two kinds of lock get into each other's way.
 *
 * @module
 */
import { sameFile } from "../../../platform/files.ts";
import { joinPath, splitPath } from "../../../platform/paths.ts";

/**
 * What no other program's hidden files have in their names; only such are ever removed as left over.
 * One for each kind of file.
 */
export type Mark = "tickerlock-backup" | "tickerlock-export";

/** What can be hidden, beside the lock. */
const HIDDEN = [".tmp", ".tmp-journal", ".tmp-wal", ".tmp-shm", ".sha256"];

/**
 * Tries, and the pause between two, until a name counts as taken: whoever only looks for what is left
 * over holds it for less than a millisecond.
 */
const TRIES = 10;
const PAUSE_MS = 20;

/** The right to write a file of one name. Dispose it, and what is hidden of it is gone. */
export interface Claim extends Disposable {
  /** Path that the file will have. */
  readonly target: string;
  /** Path to write it to. */
  readonly temporary: string;
  /** Path to write its checksum to. */
  readonly checksum: string;
}

/** Whether there is anything at a path, a link to nothing included. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes a file, if that can be done. */
export function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never made, or is gone, or is another user's.
  }
}

// Whoever held the file before has removed it when done: then what was locked is no longer the one
// that others find.
function isAt(file: Deno.FsFile, path: string): boolean {
  try {
    return sameFile(file.statSync(), Deno.statSync(path));
  } catch {
    return false;
  }
}

/**
 * Claims a name, if nobody has.
 *
 * @param target Path that the file shall have, in a folder that exists.
 * @param mark What kind of file it is.
 * @returns Undefined where another has claimed it.
 */
export function tryClaim(target: string, mark: Mark): Claim | undefined {
  const { folder, name } = splitPath(target);
  const hidden = joinPath(folder, `.${name}.${mark}`);
  const lockPath = `${hidden}.lock`;
  for (;;) {
    const file = Deno.openSync(lockPath, { read: true, write: true, create: true, mode: 0o600 });
    let held = false;
    try {
      if (!file.tryLockSync(true)) return undefined;
      held = isAt(file, lockPath);
    } finally {
      if (!held) file.close();
    }
    if (!held) continue;
    // One that was killed may have left something; its checksum means nothing without the file.
    if (exists(`${hidden}.tmp`) && !exists(target)) removeQuietly(`${target}.sha256`);
    for (const suffix of HIDDEN) removeQuietly(hidden + suffix);
    let disposed = false;
    return {
      target,
      temporary: `${hidden}.tmp`,
      checksum: `${hidden}.sha256`,
      [Symbol.dispose]: () => {
        if (disposed) return;
        disposed = true;
        for (const suffix of HIDDEN) removeQuietly(hidden + suffix);
        // Before the lock is let go: the next one must not obtain a file that is about to vanish.
        removeQuietly(lockPath);
        file.close();
      },
    };
  }
}

/**
 * Claims a name, with a moment's patience for those who only look.
 *
 * @param target Path that the file shall have, in a folder that exists.
 * @param mark What kind of file it is.
 * @returns Undefined where another is writing a file of that name.
 */
export async function claimSoon(target: string, mark: Mark): Promise<Claim | undefined> {
  for (let tries = 1;; tries++) {
    const claim = tryClaim(target, mark);
    if (claim !== undefined || tries === TRIES) return claim;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/**
 * Removes what killed writers have left in a folder: files with this program's own mark, and only
 * where no living process holds their lock. What cannot be removed stays.
 */
export function removeUnclaimed(folder: string, mark: Mark): void {
  const leftOver = new RegExp(`^\\.(.+)\\.${mark}\\.(lock|sha256|tmp|tmp-(journal|wal|shm))$`);
  const names = new Set<string>();
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    const of = leftOver.exec(name)?.[1];
    if (isFile && of !== undefined) names.add(of);
  }
  for (const name of names) {
    try {
      tryClaim(joinPath(folder, name), mark)?.[Symbol.dispose]();
    } catch {
      // Another user's.
    }
  }
}
