/**
 * What happens in a folder of backups: names, who is writing which, what killed ones left, and which
 * are old.
 *
 * A backup is written under a hidden name, with a lock file beside it that its process holds with
 * `flock(2)`: as long as it lives, nobody else writes a backup of that name or removes what is hidden.
 * The lock is on a file of its own and not on the copy, because SQLite locks the copy, and on some
 * systems the two kinds of lock get into each other's way.
 *
 * @module
 */
import { DatabaseError } from "./errors.ts";

/** What no other program's files end in: only such are ever removed as left over. */
const MARK = ".tickerlock-backup";

const LEFT_OVER = /^\.(.+)\.tickerlock-backup\.(lock|sha256|tmp|tmp-(journal|wal|shm))$/;

/** Suffixes of {@linkcode MARK}; the lock file is not among them. */
const HIDDEN = [".tmp", ".tmp-journal", ".tmp-wal", ".tmp-shm", ".sha256"];

/**
 * Tries, and the pause between two, until a name counts as taken: whoever only looks for what is left
 * over holds it for less than a millisecond.
 */
const TRIES = 10;
const PAUSE_MS = 20;

/** The right to write a backup of one name. Dispose it, and what is hidden of it is gone. */
export interface Claim extends Disposable {
  /** Path that the backup will have. */
  readonly target: string;
  /** Path to write the copy to. */
  readonly temporary: string;
  /** Path to write its checksum to. */
  readonly checksum: string;
}

/** Splits a path into its folder (without a trailing slash, `.` where there is none) and name. */
export function splitPath(path: string): { folder: string; name: string } {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (slash < 0) return { folder: ".", name: path };
  return { folder: path.slice(0, slash) || "/", name: path.slice(slash + 1) };
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function remove(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch (error) {
    // Another backup was faster, or there never was one.
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function removeQuietly(path: string): void {
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
    const [ours, there] = [file.statSync(), Deno.statSync(path)];
    return ours.ino === there.ino && ours.dev === there.dev;
  } catch {
    return false;
  }
}

function tryClaim(target: string): Claim | undefined {
  const { folder, name } = splitPath(target);
  const hidden = `${folder}/.${name}${MARK}`;
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
    // One that was killed may have left something; its checksum means nothing without a backup.
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
 * Claims a name for a backup.
 *
 * @param path The database, for messages.
 * @param target Path that the backup shall have, in a folder that exists.
 * @throws {DatabaseError} `backup_running` where another process is writing a backup of that name.
 */
export async function claimName(path: string, target: string): Promise<Claim> {
  for (let tries = 1;; tries++) {
    const claim = tryClaim(target);
    if (claim !== undefined) return claim;
    if (tries === TRIES) break;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new DatabaseError(
    "backup_running",
    `another backup is being written to ${target}`,
    path,
    { hint: "Let it finish, or name another file or a folder with --to.", retryable: true },
  );
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]/g, "").replace(".", "");
}

function stemOf(path: string): string {
  return splitPath(path).name.replace(/\.[^.]*$/, "");
}

/**
 * Claims a name of the time for a backup, one that no other backup has or will have: where two begin
 * in the same millisecond, one takes the next.
 *
 * @param path The database.
 * @param folder Where, without a slash at its end.
 */
export function claimTime(path: string, folder: string): Claim {
  for (let ms = Date.now();; ms++) {
    const claim = tryClaim(`${folder}/${stemOf(path)}-${stamp(ms)}.db`);
    // A backup gets its name while its claim is held, so nobody else can take this one from now on.
    if (claim !== undefined && !exists(claim.target)) return claim;
    claim?.[Symbol.dispose]();
  }
}

/**
 * Removes what backups have left in a folder that were killed: files with this program's own mark, and
 * only where no living process holds their lock. What cannot be removed stays.
 *
 * @param folder Where.
 */
export function removeLeftOver(folder: string): void {
  const names = new Set<string>();
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    const of = LEFT_OVER.exec(name)?.[1];
    if (isFile && of !== undefined) names.add(of);
  }
  for (const name of names) {
    try {
      tryClaim(`${folder}/${name}`)?.[Symbol.dispose]();
    } catch {
      // Another user's.
    }
  }
}

/**
 * Removes the oldest backups of a database, with their checksums. Only what carries its name counts:
 * a copy that is still being written has none yet.
 *
 * @param path The database.
 * @param made The backup just made, which stays in any case: others may have made newer ones meanwhile.
 * @param keep How many stay.
 * @returns Those that were removed here, the newest first.
 */
export function removeOld(path: string, made: string, keep: number): string[] {
  const { folder } = splitPath(made);
  const stem = stemOf(path).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const ours = new RegExp(`^${stem}-\\d{8}T\\d{9}Z\\.db$`);
  const names: string[] = [];
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (isFile && ours.test(name)) names.push(name);
  }
  const old = names.sort().reverse().slice(keep).map((name) => `${folder}/${name}`);
  return old.filter((each) => {
    if (each === made || !remove(each)) return false;
    removeQuietly(`${each}.sha256`);
    return true;
  });
}
