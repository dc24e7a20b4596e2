/**
 * The rows of `lock_folders`: where the runs of each machine have their locks.
 *
 * @module
 */
import { UsageError } from "../../../base/errors.ts";
import { timestamp } from "../../../base/time.ts";
import { realPath, statIfThere } from "../../../platform/files.ts";
import { hostName } from "../../../platform/host.ts";
import { pathKey } from "../../../platform/paths.ts";
import type { LockFolder, RememberedFolder } from "../../store.ts";
import type { Database } from "../connection/database.ts";
import type { Reader } from "../connection/reader.ts";

/** Machines that are remembered: a container can have a new name at each start. */
const MOST_HOSTS = 20;

/** A file or folder: where it is and, where it is there, its numbers. */
interface Place {
  readonly path: string;
  readonly device: string | null;
  /** With the time of birth: the inode of a removed file is given to another one. */
  readonly inode: string | null;
}

interface Row extends Place {
  readonly host: string;
  readonly since: string;
  readonly db_path: string;
  readonly db_device: string | null;
  readonly db_inode: string | null;
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return statIfThere(path);
  } catch {
    // The first lock tells what is wrong with it.
    return undefined;
  }
}

function placeOf(path: string): Place {
  const info = infoOf(path);
  const ino = info?.ino ?? null;
  return {
    path: realPath(path),
    device: info === undefined ? null : String(info.dev),
    inode: ino === null ? null : `${ino}@${info?.birthtime?.getTime() ?? ""}`,
  };
}

function samePath(one: string, other: string): boolean {
  return pathKey(one) === pathKey(other);
}

/**
 * A folder that was removed and made anew has the same path; one that was moved, or is mounted elsewhere
 * in a container, the same numbers.
 */
function isSameFolder(one: Place, other: Place): boolean {
  const sameNumbers = one.inode !== null && one.inode === other.inode &&
    one.device === other.device;
  return samePath(one.path, other.path) || sameNumbers;
}

/**
 * Whether a row was written into this very file, and not into one that this is a copy of. The device of
 * a disk can have another number after a restart.
 */
function isOfThisFile(row: Row, file: Place): boolean {
  return row.db_inode === file.inode &&
    (row.db_device === file.device || samePath(row.db_path, file.path));
}

/** As much of a connection as is needed to look. */
type Looking = Pick<Database | Reader, "path" | "all" | "get">;

function rowOf(db: Looking, file: Place): Row | undefined {
  const row = db.get("SELECT * FROM lock_folders WHERE host = ?", hostName());
  if (row === undefined) return undefined;
  const found = row as unknown as Row;
  return isOfThisFile(found, file) ? found : undefined;
}

/** Whether the schema has the table. */
function remembers(db: Looking): boolean {
  return db.get("SELECT 1 FROM sqlite_schema WHERE name = 'lock_folders'") !== undefined;
}

/** The folders of locks of all machines. Rows that were copied from another database do not count. */
export function lockFolders(db: Looking): readonly LockFolder[] {
  if (!remembers(db)) return [];
  const file = placeOf(db.path);
  const rows = db.all("SELECT * FROM lock_folders ORDER BY host") as unknown as Row[];
  return rows.filter((row) => isOfThisFile(row, file))
    .map(({ host, path, since }) => ({ host, path, since }));
}

/** A folder of locks, for the runs of this machine on one database. */
export class OwnLockFolder {
  /** As it was given. */
  readonly #given: string;
  #found: Place | undefined;

  constructor(lockDir: string) {
    this.#given = lockDir;
  }

  /** Where it is; looked at again until it is there, for the first lock makes it. */
  #place(): Place {
    if (this.#found?.inode === undefined || this.#found.inode === null) {
      this.#found = placeOf(this.#given);
    }
    return this.#found;
  }

  /** What a database with any schema says of it. */
  remembered(db: Looking): RememberedFolder {
    const row = remembers(db) ? rowOf(db, placeOf(db.path)) : undefined;
    if (row === undefined) return { folder: null, isOther: false };
    const { host, path, since } = row;
    return { folder: { host, path, since }, isOther: !isSameFolder(row, this.#place()) };
  }

  #refuse(db: Looking, { host, path, since }: LockFolder): UsageError {
    const given = this.#given;
    const { path: real } = this.#place();
    const here = real === given ? given : `${given} (${real})`;
    const message = `the lock folder ${here} is not that of ${db.path}: its runs on ${host} have ` +
      `their locks in ${path}, since ${since}`;
    return new UsageError("other_lock_folder", message, {
      hint: `Use that one: --lock-dir ${path}. To move all runs to the other: ` +
        `tickerlock locks adopt --db ${db.path} --lock-dir ${given}`,
      details: { path: db.path, lock_dir: real, host, remembered: path, since },
    });
  }

  /** @throws {UsageError} `other_lock_folder` where the database remembers another one. */
  check(db: Looking): void {
    const { folder, isOther } = this.remembered(db);
    if (folder !== null && isOther) throw this.#refuse(db, folder);
  }

  /**
   * Writes that this is the folder of this machine, unless the database says so. In a transaction.
   *
   * @param adopt Whether another one is replaced, in place of being refused.
   * @throws {UsageError} `other_lock_folder`.
   */
  remember(db: Database, adopt = false): LockFolder {
    const place = this.#place();
    const file = placeOf(db.path);
    const row = rowOf(db, file);
    const isSame = row !== undefined && isSameFolder(row, place);
    if (row !== undefined && !isSame && !adopt) throw this.#refuse(db, row);
    const values = [place.path, place.device, place.inode, file.path, file.device, file.inode];
    const stored = row &&
      [row.path, row.device, row.inode, row.db_path, row.db_device, row.db_inode];
    const host = hostName();
    const since = isSame ? row.since : timestamp();
    if (values.some((value, at) => value !== stored?.[at])) {
      db.run(
        "INSERT OR REPLACE INTO lock_folders VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        host,
        ...values,
        since,
      );
      db.run(
        `DELETE FROM lock_folders WHERE host NOT IN
           (SELECT host FROM lock_folders ORDER BY since DESC LIMIT ${MOST_HOSTS})`,
      );
    }
    return { host, path: place.path, since };
  }
}
