import { DatabaseSync } from "node:sqlite";
import { UsageError } from "../../../base/errors.ts";
import { runsOn } from "../../../base/text.ts";
import { lastCredible, timestamp } from "../../../base/time.ts";
import { realPath, statIfThere } from "../../../platform/files.ts";
import { hostName } from "../../../platform/host.ts";
import { pathKey } from "../../../platform/paths.ts";
import type { LockFolder, RememberedFolder } from "../../store.ts";
import type { Database } from "../connection/database.ts";
import type { Reader } from "../connection/reader.ts";

const MOST_HOSTS = 20;

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

/** One that was made anew has the same path; one that was moved or mounted elsewhere, the same numbers. */
function isSameFolder(one: Place, other: Place): boolean {
  const sameNumbers = one.inode !== null && one.inode === other.inode &&
    one.device === other.device;
  return samePath(one.path, other.path) || sameNumbers;
}

/** Whether a row is of this database, not of one that it is a copy of: a moved one has the same numbers. */
function isOfThisFile(row: Row, file: Place): boolean {
  return samePath(row.db_path, file.path) ||
    row.db_inode === file.inode && row.db_device === file.device;
}

type Looking = Pick<Database | Reader, "path" | "all" | "get">;

type Writing = Looking & Pick<Database, "run">;

/** Rows of runs that may be on this machine, its own first; without a right to its name that is any. */
function ownRows(db: Looking, file: Place): Row[] {
  const sql = "SELECT * FROM lock_folders WHERE host IN (?1, '') OR ?1 = '' ORDER BY host DESC";
  const rows = db.all(sql, hostName()) as unknown as Row[];
  return rows.filter((row) => isOfThisFile(row, file));
}

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
  readonly #given: string;
  #found: Place | undefined;

  constructor(lockDir: string) {
    this.#given = lockDir;
  }

  #place(): Place {
    if (this.#found?.inode === undefined || this.#found.inode === null) {
      this.#found = placeOf(this.#given);
    }
    return this.#found;
  }

  #look(db: Looking, file: Place): { readonly row: Row | undefined; readonly isOther: boolean } {
    const rows = ownRows(db, file);
    const other = rows.find((row) => !isSameFolder(row, this.#place()));
    return { row: other ?? rows[0], isOther: other !== undefined };
  }

  remembered(db: Looking): RememberedFolder {
    if (!remembers(db)) return { folder: null, isOther: false };
    const { row, isOther } = this.#look(db, placeOf(db.path));
    if (row === undefined) return { folder: null, isOther };
    const { host, path, since } = row;
    return { folder: { host, path, since }, isOther };
  }

  #refuse(db: Looking, { host, path, since }: LockFolder): UsageError {
    const given = this.#given;
    const { path: real } = this.#place();
    const here = real === given ? given : `${given} (${real})`;
    const message = `the lock folder ${here} is not that of ${db.path}: its ${runsOn(host)} have ` +
      `their locks in ${path}, since ${since}`;
    const unnamed = hostName() === ""
      ? ". If this is another machine: start it with --allow-sys=hostname."
      : "";
    return new UsageError("other_lock_folder", message, {
      hint: `Use that one: --lock-dir ${path}. To move all runs to the other: ` +
        `tickerlock locks adopt --db ${db.path} --lock-dir ${given}${unnamed}`,
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
   * @param adopt Whether another one is replaced.
   * @param path Where the database will be.
   * @throws {UsageError} `other_lock_folder`.
   */
  remember(db: Writing, adopt = false, path: string = db.path): LockFolder {
    const place = this.#place();
    const file = { ...placeOf(db.path), path: realPath(path) };
    const { row, isOther } = this.#look(db, file);
    if (row !== undefined && isOther && !adopt) throw this.#refuse(db, row);
    const values = [place.path, place.device, place.inode, file.path, file.device, file.inode];
    const stored = row &&
      [row.path, row.device, row.inode, row.db_path, row.db_device, row.db_inode];
    const known = isOther ? undefined : row;
    const host = hostName() || (known?.host ?? "");
    const since = known?.since ?? timestamp();
    if (row?.host !== host || values.some((value, at) => value !== stored?.[at])) {
      db.run("DELETE FROM lock_folders WHERE host = '' OR ? = ''", host);
      db.run(
        "INSERT OR REPLACE INTO lock_folders VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        host,
        ...values,
        since,
      );
      db.run(
        `DELETE FROM lock_folders WHERE host NOT IN
           (SELECT host FROM lock_folders ORDER BY since > ?, since DESC LIMIT ${MOST_HOSTS})`,
        lastCredible(),
      );
    }
    return { host, path: place.path, since };
  }

  /** Writes the same into a copy that is to take the place of a database, unless its schema is older. */
  rememberInCopy(copy: string, path: string): void {
    using raw = new DatabaseSync(copy);
    const db: Writing = {
      path: copy,
      all: (sql, ...values) => raw.prepare(sql).all(...values),
      get: (sql, ...values) => raw.prepare(sql).get(...values),
      run: (sql, ...values) => Number(raw.prepare(sql).run(...values).changes),
    };
    if (!remembers(db)) return;
    // A journal of a copy whose writer is killed would stay: nothing knows its name.
    raw.prepare("PRAGMA journal_mode = MEMORY").get();
    raw.prepare("BEGIN IMMEDIATE").run();
    this.remember(db, true, path);
    raw.prepare("COMMIT").run();
  }
}
