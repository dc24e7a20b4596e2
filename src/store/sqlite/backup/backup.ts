import { backup, DatabaseSync } from "node:sqlite";
import { messageOf, TickerlockError, UsageError } from "../../../base/errors.ts";
import { bytesText } from "../../../base/text.ts";
import { PendingFile } from "../../../files/atomic.ts";
import {
  placeWithChecksum,
  removeUnreserved,
  type Reservation,
} from "../../../files/exclusive_file.ts";
import { sha256OfFile } from "../../../files/sha256.ts";
import { fileIdentity, isFolder } from "../../../platform/files.ts";
import {
  behindLink,
  makeFolders,
  newFolderMode,
  UnsafeFileError,
} from "../../../platform/owners.ts";
import { endsInSeparator, splitPath, trimFolder } from "../../../platform/paths.ts";
import { attemptOf, explain } from "../../../platform/refusals.ts";
import type { Backup, BackupOptions } from "../../care.ts";
import {
  BACKUP_MARK,
  removeOld,
  reserveBackup,
  reserveByTime,
  type Retention,
} from "./backup_folder.ts";
import { sizeOf, spilledOf } from "../../spill.ts";
import { backupFolderOf } from "./companion_files.ts";
import { StoreError } from "../../errors.ts";
import {
  freeBytes,
  FULL_BELOW_BYTES,
  refusedWriteHint,
  resultCodeOf,
  toStoreError,
} from "../connection/errors.ts";
import { APPLICATION_ID, pendingMigrations } from "../connection/migrate.ts";
import { belongsByName } from "../../protected_file.ts";
import { traceFreePlace, TraceFreeReader } from "../connection/trace_free_read.ts";
import { Reader } from "../connection/reader.ts";
import { loggedDays } from "../tables/history.ts";

/** Pages copied at a time; between two of these, others may write. 1000 pages are 4 MB. */
const PAGES_PER_STEP = 1000;

const TAKEN = "is there already, and is no backup";

const ANOTHER = "Name another file or a folder with --to";

function refusedTarget(
  code: string,
  path: string,
  target: string,
  what: string,
  remedy = ANOTHER,
): UsageError {
  return new UsageError(code, `${target} ${what}`, {
    hint: `${remedy}; nothing was changed.`,
    details: { path, target },
  });
}

// A file by that name, or a folder (without a slash at its end) in which the name is made.
function placeOf(path: string, to: string | undefined): { file: string } | { folder: string } {
  if (to === undefined) return { folder: backupFolderOf(path) };
  if (endsInSeparator(to) || isFolder(to)) return { folder: trimFolder(to) };
  try {
    return { file: behindLink(to) };
  } catch (error) {
    // Writing it tells what is wrong with the way there.
    if (!(error instanceof UnsafeFileError)) return { file: to };
    throw refusedTarget("backup_target_taken", path, to, `cannot be written: ${error.message}`);
  }
}

function refuseName(path: string, target: string): void {
  const there = fileIdentity(target);
  if (target === path || (there !== undefined && there === fileIdentity(path))) {
    throw refusedTarget("backup_onto_itself", path, target, "is the database itself");
  }
  if (!belongsByName(target) && !target.endsWith(".sha256")) return;
  const what = there === undefined ? "is no name for a backup" : TAKEN;
  throw refusedTarget("backup_target_taken", path, target, what);
}

const HEADER_BYTES = 100;
const AT_WRITE_VERSION = 18;
const AT_APPLICATION_ID = 68;
const WITHOUT_WAL = 1;

/** Whether a file is a backup by its header: a database in use is in WAL mode, also while not open. */
function isBackup(path: string): boolean {
  if (fileIdentity(`${path}-wal`) !== undefined || spilledOf(path) !== null) return false;
  using file = Deno.openSync(path, { read: true });
  const bytes = new Uint8Array(HEADER_BYTES);
  if (file.readSync(bytes) !== HEADER_BYTES) return false;
  const header = new DataView(bytes.buffer);
  return header.getUint8(AT_WRITE_VERSION) === WITHOUT_WAL &&
    header.getInt32(AT_APPLICATION_ID) === APPLICATION_ID;
}

/** Reserves a backup's name, which brings a moved checksum back: by that or its header it is a backup. */
async function reserveFile(path: string, target: string): Promise<Reservation> {
  const reserved = await reserveBackup(path, target);
  const isThere = fileIdentity(target) !== undefined;
  try {
    const isOurs = !isThere || fileIdentity(`${target}.sha256`) !== undefined || isBackup(target);
    if (isOurs) return reserved;
  } catch (error) {
    reserved[Symbol.dispose]();
    throw error;
  }
  reserved[Symbol.dispose]();
  throw refusedTarget("backup_target_taken", path, target, TAKEN);
}

// An empty file is a database as well, of no program.
function checkOurs(db: Reader, hint: string): void {
  const { path } = db;
  if (db.get("PRAGMA application_id")?.application_id === APPLICATION_ID) return;
  throw new StoreError("db_of_another_program", `${path} is no database of tickerlock`, path, {
    hint,
  });
}

const MAPPED_BYTES = 2 ** 31 - 1;

interface CopyCheckOptions {
  /**
   * Written just now, and so checked in memory, in a tenth to a third less time. Not for other files: where
   * a disk cannot be read, a mapped file ends the program. Default false.
   */
  fresh?: boolean;
  /** The file that errors shall name, and which is there: what it is a copy of. Default the file. */
  named?: string;
}

/** Fails unless a file, open nowhere in this process, is a sound database. @throws {StoreError} */
export function checkCopy(path: string, options: CopyCheckOptions = {}): void {
  const { fresh = false, named = path } = options;
  using place = traceFreePlace(path);
  using copy = Reader.open(named, { anySchema: true }, place.file);
  if (fresh) copy.get(`PRAGMA mmap_size = ${MAPPED_BYTES}`);
  checkOurs(copy, "Choose a file that tickerlock db backup has made.");
  pendingMigrations(copy.raw, named);
  const problems = copy.all("PRAGMA integrity_check(5)").map((row) => String(row.integrity_check));
  if (problems[0] !== "ok") {
    throw new StoreError("db_corrupt", `${named} is damaged: ${problems.join("; ")}`, named, {
      hint: "Choose another backup; this one was left as it is.",
    });
  }
}

// One file without companions: a copy in WAL mode would grow a -wal and a -shm at its first reading,
// and its checksum would not last.
function leaveWal(path: string): void {
  const copy = new DatabaseSync(path, { timeout: 5000 });
  try {
    copy.prepare("PRAGMA journal_mode = DELETE").get();
  } finally {
    copy.close();
  }
}

const FULL = 13;

/**
 * Tells a full disk and a refused write from other failures of a copy; before its parts are removed, which
 * makes space. SQLite's online backup says only that it failed (its errors have no result code in Deno
 * 2.9.6 and count as 1), so the disk is asked.
 * @param bytes Size of the whole copy.
 * @returns `db_full`, `db_io`, or the error as it is.
 */
function copyError(error: unknown, path: string, temporary: string, bytes: number): unknown {
  if (error instanceof TickerlockError) return error;
  const resultCode = resultCodeOf(error);
  const { folder } = splitPath(temporary);
  const free = freeBytes(folder);
  const space = free === undefined ? {} : { free_bytes: free };
  const failed = `could not back up ${path} to ${folder}`;
  const saidFull = resultCode === FULL ||
    (error instanceof Error && "code" in error && error.code === "ENOSPC");
  // SQLite may have made the copy empty again.
  const tooLittle = free !== undefined && free + sizeOf(temporary) < bytes + FULL_BELOW_BYTES;
  if (saidFull || (resultCode === 1 && tooLittle)) {
    const told = free === undefined ? "" : `, ${bytesText(free)} are free with what there is of it`;
    const message = `${failed}: there is no space left (the copy needs ${bytesText(bytes)}${told})`;
    return new StoreError("db_full", message, path, {
      hint: `Free some space on the disk of ${folder}, then try again; nothing of the copy stayed.`,
      retryable: true,
      cause: error,
      details: { result_code: FULL, folder, needed_bytes: bytes, ...space },
    });
  }
  if (resultCode !== 1) return error;
  return new StoreError("db_io", `${failed}: ${messageOf(error)}`, path, {
    hint: refusedWriteHint(free),
    cause: error,
    details: { result_code: resultCode, folder, ...space },
  });
}

/** The error of an unsound copy as one of the database: the copy is gone when the error is read. */
function damagedSource(error: unknown, path: string): unknown {
  if (!(error instanceof StoreError) || error.code !== "db_corrupt") return error;
  return new StoreError(error.code, `no backup was made: ${error.message}`, path, {
    hint: `See what is damaged: tickerlock db verify --db ${path}; then keep a copy of the file, ` +
      "and restore the last good backup.",
    cause: error,
    details: error.details,
  });
}

const NOTHING_REMOVED: Retention = { removed: [], from_future: [], spared: [] };

async function writeCopy(
  source: Reader,
  reserved: Reservation,
  { onProgress, throwIfStopped }: BackupOptions,
): Promise<Omit<Backup, keyof Retention>> {
  const { target, temporary } = reserved;
  await using file = await PendingFile.create(target, { temporary });
  // One state of the database, held for as long as it takes: without it SQLite begins anew whenever
  // another process commits, and never ends beside one that writes all the time.
  source.raw.prepare("BEGIN").run();
  const pages = Number(source.get("PRAGMA page_count")?.page_count ?? 0);
  const pageSize = Number(source.get("PRAGMA page_size")?.page_size ?? 0);
  try {
    await backup(source.raw, temporary, {
      rate: PAGES_PER_STEP,
      progress: ({ totalPages, remainingPages }) => {
        onProgress?.(totalPages - remainingPages, totalPages);
        throwIfStopped?.();
      },
    });
    source.raw.prepare("COMMIT").run();
    // Of the last step SQLite's progress says nothing.
    onProgress?.(pages, pages);
    leaveWal(temporary);
    await file.finish();
  } catch (error) {
    throw copyError(error, source.path, temporary, pages * pageSize);
  }
  throwIfStopped?.();
  try {
    checkCopy(temporary, { fresh: true, named: source.path });
  } catch (error) {
    throw damagedSource(error, source.path);
  }
  const sha256 = await sha256OfFile(temporary);
  throwIfStopped?.();
  const { size } = Deno.statSync(temporary);
  await placeWithChecksum(file, reserved, sha256);
  return { path: target, sha256, bytes: size, pages };
}

/** Backs up a database as `FileCare.backup` says; leaves its folder as it is where `to` is elsewhere. */
export async function backupDatabase(path: string, options: BackupOptions = {}): Promise<Backup> {
  const { keep, keepWithinMs } = options;
  if (keep !== undefined && (!Number.isSafeInteger(keep) || keep < 1)) {
    throw new RangeError(
      `Cannot back up as 'keep' must be a whole number from 1: current value is ${keep}`,
    );
  }
  if (keepWithinMs !== undefined && !(keepWithinMs > 0)) {
    throw new RangeError(
      `Cannot back up as 'keepWithinMs' must be above 0: current value is ${keepWithinMs}`,
    );
  }
  using source = TraceFreeReader.open(path, { anySchema: true });
  checkOurs(source, "Name another database with --db.");
  const place = placeOf(path, options.to);
  if ("file" in place) refuseName(path, place.file);
  const folder = "file" in place ? splitPath(place.file).folder : place.folder;
  try {
    makeFolders(folder, newFolderMode(folder));
    removeUnreserved(folder, BACKUP_MARK);
    using reserved = "file" in place
      ? await reserveFile(path, place.file)
      : reserveByTime(path, folder);
    const made = await writeCopy(source, reserved, options);
    // Where a file was named, its neighbours are looked at to remove old ones alone.
    const looks = (keep ?? keepWithinMs) !== undefined || "folder" in place;
    const kept = looks
      ? removeOld(path, reserved.target, options, loggedDays(source))
      : NOTHING_REMOVED;
    return { ...made, ...kept };
  } catch (error) {
    const known = toStoreError(error, path, "back up");
    if (known instanceof TickerlockError) throw known;
    const at = attemptOf(error)?.path ?? folder;
    const { why, hint } = explain(error, at, "write", "choose another place with --to");
    const message = `could not write the backup to ${options.to ?? folder}: ${why}`;
    throw new StoreError("backup_failed", message, path, { hint, cause: error });
  }
}
