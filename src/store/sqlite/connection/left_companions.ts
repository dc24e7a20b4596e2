/**
 * The `-wal` and `-shm` of another user beside a database that this one may write: `sqlite3 -readonly`
 * makes them where it may write in the folder, and cannot remove them. With the mode of the database,
 * they keep its own owner from writing.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { lstatIfThere, realPath, statIfThere } from "../../../platform/files.ts";
import { thisUser } from "../../../platform/owners.ts";
import { splitPath } from "../../../platform/paths.ts";

/** A companion that this user may not write. */
export interface RefusedCompanion {
  readonly path: string;
  readonly uid: number | null;
}

/** Whether the modes of a database let this user write it, or its group or all, to which he may belong. */
function mayWrite({ uid, mode }: Deno.FileInfo, me: number): boolean {
  return ((mode ?? 0) & (uid === me ? 0o200 : 0o022)) !== 0;
}

// SQLite has no locks on the -wal; those on the -shm would be dropped by closing another descriptor.
function isRefused(wal: string): boolean {
  try {
    Deno.openSync(wal, { read: true, append: true }).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}

/** The companions of other users that keep this one from writing a database, which its modes let him. */
function refusedCompanions(named: string): RefusedCompanion[] {
  const path = realPath(named);
  const me = thisUser();
  const info = statIfThere(path);
  if (me === null || me === 0 || info === undefined || !mayWrite(info, me)) return [];
  const [wal, shm] = ["-wal", "-shm"].map((suffix) => {
    const found = lstatIfThere(path + suffix);
    return found?.isFile && found.uid !== me ? { ...found, path: path + suffix } : undefined;
  });
  const isWalRefused = wal !== undefined && isRefused(wal.path);
  const isLikeWal = shm?.uid === wal?.uid && shm?.gid === wal?.gid && shm?.mode === wal?.mode;
  const found = [isWalRefused ? wal : undefined, isLikeWal && !isWalRefused ? undefined : shm];
  return found.flatMap((each) => each === undefined ? [] : [{ path: each.path, uid: each.uid }]);
}

/**
 * Removes the companions that another user has left beside a database, where this one owns the database
 * or its folder, nothing is in the `-wal`, and no program has the database open: SQLite's own lock tells,
 * which every connection to a database with a write-ahead log holds for as long as it is open.
 *
 * @param dryRun Only tells whether they would be removed. Default false.
 * @returns Those that were removed; none where one of the conditions does not hold.
 */
export function clearCompanions(named: string, dryRun = false): readonly RefusedCompanion[] {
  const path = realPath(named);
  const refused = refusedCompanions(path);
  const owners = [statIfThere(path)?.uid, statIfThere(splitPath(path).folder)?.uid];
  const isEmpty = (): boolean => (statIfThere(`${path}-wal`)?.size ?? 0) === 0;
  if (refused.length === 0 || !owners.includes(thisUser()) || !isEmpty()) return [];
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 0 });
    // Before the first reading: SQLite takes the exclusive lock then, and needs no -shm.
    // https://sqlite.org/wal.html#use_of_wal_without_shared_memory
    db.prepare("PRAGMA locking_mode = EXCLUSIVE").get();
    db.prepare("SELECT 1 FROM sqlite_schema").get();
    const hasWal = db.prepare("PRAGMA journal_mode").get()?.journal_mode === "wal";
    if (!hasWal || !isEmpty()) return [];
    if (!dryRun) { for (const each of refused) Deno.removeSync(each.path); }
    return refused;
  } catch {
    // In use, or not this user's to remove: the error of opening it names them.
    return [];
  } finally {
    db?.close();
  }
}
