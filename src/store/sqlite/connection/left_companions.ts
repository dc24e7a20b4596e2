/**
 * The `-wal` and `-shm` that `sqlite3 -readonly` of another user makes and cannot remove: they keep the
 * owner of the database from writing.
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { lstatIfThere, realPath, statIfThere } from "../../../platform/files.ts";
import { thisUser } from "../../../platform/owners.ts";
import { splitPath } from "../../../platform/paths.ts";

interface RefusedCompanion {
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
 * Removes the companions of another user where this one owns the database or its folder, the `-wal` is
 * empty, and no program has the database open, which SQLite's own lock tells.
 * @param dryRun Only tells whether they would be removed.
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
