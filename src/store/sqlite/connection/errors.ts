/** SQLite's failures as errors with a remedy, told apart by their result codes. @module */
import { messageOf, TickerlockError } from "../../../base/errors.ts";
import { bytesText, shellWord } from "../../../base/text.ts";
import { StoreError, type StoreErrorScope } from "../../errors.ts";
import { isOnReadOnlyDisk } from "../../../platform/files.ts";
import { trimFolder } from "../../../platform/paths.ts";
import { hintOf, type RefusalKind, refusalOf, type Use } from "../../../platform/refusals.ts";
import { ANOTHER, hasUnknownFormat, type Obstacle, obstacleOf } from "./obstacle.ts";

/** The error for a file in which there is no table yet. */
export function emptyDatabase(path: string): StoreError {
  return new StoreError("db_empty", `database ${path} has no tables yet`, path, {
    hint: `Bring some data in: tickerlock ingest --db ${path} …, or make the tables: ` +
      `tickerlock db migrate --db ${path}. If it had data: tickerlock db restore latest --db ${path}`,
  });
}

/** The error for a folder in the place of the file. */
export function folderAsDatabase(path: string): StoreError {
  return new StoreError("db_is_a_folder", `database ${path} is a folder`, path, {
    hint: `Name a file with --db, for example ${trimFolder(path)}/tickerlock.db`,
  });
}

/** The error for a database whose schema has to be brought up to date first. */
export function oldSchema(path: string): StoreError {
  const message = `database ${path} has an older schema than this program`;
  return new StoreError("db_schema_old", message, path, {
    hint: `Bring it up to date with: tickerlock db migrate --db ${path}`,
  });
}

/** Refuses what no database can be: a folder, a device, a pipe. @param info Of what is at the path. */
export function refuseNoFile(path: string, info: Deno.FileInfo): void {
  if (info.isFile) return;
  if (info.isDirectory) throw folderAsDatabase(path);
  throw new StoreError("db_not_a_database", `database ${path} is no regular file`, path, {
    hint: "Choose another file with --db; this one was left as it is.",
  });
}

/** What to do about a damaged file. @param newest Good backup; null for none, undefined if not asked. */
export function damagedHint(code: string, path: string, newest?: string | null): string {
  const named = newest ? ` (${newest})` : "";
  const where = newest === null ? "FILE" : "latest";
  const restore = `bring back ${newest === null ? "a" : "the newest"} good backup${named}: ` +
    `tickerlock db restore ${where} --db ${shellWord(path)}`;
  const kept = newest === null
    ? "There is none in its folder of backups."
    : "The file is kept beside it.";
  return code === "db_corrupt"
    ? `B${restore.slice(1)}. ${kept}`
    : `If this was a database of tickerlock, ${restore}. ${kept} If not, choose another file with ` +
      "--db; this one was left as it is.";
}

interface Kind {
  readonly code: string;
  readonly what: string;
  /** Empty where the disk decides ({@linkcode refusedWriteHint}) or the damage ({@linkcode damagedHint}). */
  readonly hint: string;
  readonly retryable?: boolean;
  readonly scope?: StoreErrorScope;
}

function kind(code: string, what: string, hint = "", more: Partial<Kind> = {}): Kind {
  return { code, what, hint, ...more };
}

const UPSERTS = "Report this: tickerlock upserts, and should never meet it.";
const REFUSES = "Report this: tickerlock should have refused the value before.";
const PASSES = { retryable: true } as const;
const OF_STORE = { scope: "store" } as const;

/** What is not 13 is mostly a limit on the size of files, which cannot be read from here. */
const REFUSED_WRITE = kind("db_io", "a write was refused", "", OF_STORE);

// Result codes: https://sqlite.org/rescode.html. An extended code goes before its primary one, which
// is the low byte.
const KINDS: Readonly<Record<number, Kind>> = {
  261: kind(
    "db_recovering",
    "another process is repairing it after a crash",
    "Try again in a moment.",
    PASSES,
  ),
  517: kind(
    "db_busy_snapshot",
    "it was changed by another process since this one began to read",
    "Try again.",
    PASSES,
  ),
  1032: kind(
    "db_moved",
    "the file was moved or removed while it was open",
    "Try again, and find out what moves the file.",
    OF_STORE,
  ),
  1555: kind("db_constraint", "a row of that key is there already", UPSERTS),
  2067: kind("db_constraint", "a row with that unique value is there already", UPSERTS),
  778: REFUSED_WRITE,
  // The same for the file of shared memory beside the database.
  4874: REFUSED_WRITE,
  3: kind(
    "db_permission",
    "access was denied",
    "Give this user read and write permission on the file and its folder.",
  ),
  5: kind(
    "db_locked",
    "another process is writing to it",
    "Let the other writer finish; the same can simply be tried again.",
    PASSES,
  ),
  6: kind("db_locked", "another connection of this process is writing to it", "Try again.", PASSES),
  8: kind(
    "db_read_only",
    "it can only be read",
    "Give this user write permission on the file and its folder, or choose another with --db.",
    OF_STORE,
  ),
  10: kind(
    "db_io",
    "reading or writing the disk failed",
    "Look at the kernel's log (dmesg) for the disk, and at the free space.",
    OF_STORE,
  ),
  11: kind("db_corrupt", "the file is damaged", "", OF_STORE),
  13: kind(
    "db_full",
    "there is no space left",
    "Free some space on the disk, then try again: nothing was half-written.",
    { ...OF_STORE, ...PASSES },
  ),
  14: kind("db_cannot_open", "", "", OF_STORE),
  18: kind("db_too_big", "a value or statement is too big", REFUSES),
  19: kind("db_constraint", "a value breaks a rule of the table", REFUSES),
  26: kind("db_not_a_database", "the file is not a SQLite database, or its beginning is damaged"),
};

/** Whichever code SQLite has for it: no right of a user helps there. */
const READ_ONLY_DISK = kind(
  "db_read_only",
  "the file system that it is on can only be read",
  "Have it mounted for writing (mount -o remount,rw), or copy the database to another one and " +
    "name the copy with --db; nothing was changed.",
  OF_STORE,
);

const IOERR_SHMOPEN = 4618;

const READ_ONLY_MOVED = 1032;

/** What SQLite says, with its general code, of a schema format that there is not: a damaged header. */
const UNSUPPORTED_FORMAT = "unsupported file format";

const CODES: Readonly<Partial<Record<RefusalKind, string>>> = {
  a_folder: "db_is_a_folder",
  permission: "db_permission",
  read_only: "db_read_only",
  full: "db_full",
  quota: "db_full",
};

/**
 * The error of a database that could not be opened or looked at; the error itself where it is of neither
 * the system nor SQLite.
 * @param attempted In the form of "open the database".
 * @param wasOpen Whether SQLite had opened it.
 */
export function toOpenError(
  error: unknown,
  path: string,
  use: Use,
  attempted = "open the database",
  wasOpen = false,
): unknown {
  const resultCode = resultCodeOf(error);
  // Opening alone fails with SQLite's general code (Deno 2.9.6): whatever the cause, the system has
  // refused the file.
  if (resultCode === 1 && !wasOpen) return storeError(error, path, attempted, 14, use);
  if (resultCode !== 0) return toStoreError(error, path, attempted);
  const refusal = refusalOf(error, path, use);
  if (refusal === undefined) return error;
  const code = CODES[refusal.kind] ?? "db_cannot_open";
  const message = `could not ${attempted} ${path}: ${refusal.why}`;
  return new StoreError(code, message, path, {
    hint: hintOf(refusal, ANOTHER),
    scope: "store",
    cause: error,
  });
}

/** Less than this much free space is a full disk: SQLite writes pages of 4 KiB, several at a time. */
export const FULL_BELOW_BYTES = 1024 * 1024;

/** Free space, in bytes, where a file or folder is; undefined where that cannot be told. */
export function freeBytes(path: string): number | undefined {
  try {
    // Not imported: only Deno 2.9 knows why that takes 30 ms, and hardly any run gets here.
    const { bavail, bsize } = process.getBuiltinModule("node:fs").statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/**
 * What to do about a refused write: the limit cannot be read (Deno keeps /proc closed), free space tells.
 */
export function refusedWriteHint(free: number | undefined): string {
  const limit = "a limit on the size of files (ulimit -f; LimitFSIZE= of a systemd unit)";
  const start = "then try again: nothing was half-written.";
  if (free === undefined) return `Look for ${limit} and for a full disk (df), ${start}`;
  return free < FULL_BELOW_BYTES
    ? `Free some space, the disk is full; or else raise ${limit}, ${start}`
    : `Raise ${limit}: the disk has ${
      bytesText(free)
    } free. Else look at quotas and at the kernel's log ` +
      `(dmesg), ${start}`;
}

/**
 * SQLite's extended result code of an error; 0 for any other. What `DatabaseSync.exec` throws has none
 * (Deno 2.9.6) and counts as 1: run what can fail as a prepared statement.
 */
export function resultCodeOf(error: unknown): number {
  if (error instanceof StoreError) return Number(error.details.result_code ?? 0);
  if (!(error instanceof Error)) return 0;
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode;
  return "code" in error && error.code === "ERR_SQLITE_ERROR" ? 1 : 0;
}

/** Whether an error may come of companions that this user may not write. */
export function mayBeOfCompanions(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === IOERR_SHMOPEN || (code & 0xff) === 8 || (code & 0xff) === 14;
}

/** Whether an error means that the database is busy, so that the same work can succeed later. */
export function isBusy(error: unknown): boolean {
  const code = resultCodeOf(error) & 0xff;
  return code === 5 || code === 6;
}

/** What `node:sqlite` threw as a {@linkcode StoreError}; any other error as it is. */
export function toStoreError(error: unknown, path: string, attempted: string): unknown {
  if (error instanceof TickerlockError) return error;
  if (error instanceof Deno.errors.NotCapable) {
    const refusal = refusalOf(error, path, "write");
    const message = `could not ${attempted} ${path}: ${refusal?.why ?? messageOf(error)}`;
    const hint = refusal === undefined ? undefined : hintOf(refusal);
    return new StoreError("db_permission", message, path, { hint, cause: error });
  }
  const resultCode = resultCodeOf(error);
  return resultCode === 0 ? error : storeError(error, path, attempted, resultCode);
}

/** The way there is free, and so are the files: a file that cannot be opened then is one to be made. */
function otherObstacle(primary: number, path: string, use: Use): Obstacle | undefined {
  const refusal = refusalOf(new Deno.errors.PermissionDenied(), path, use);
  if (primary === 8 || refusal === undefined) return undefined;
  return { refusal, what: refusal.why, hint: hintOf(refusal, ANOTHER), isBeside: false };
}

function storeError(
  error: unknown,
  path: string,
  attempted: string,
  resultCode: number,
  use: Use = "write",
): StoreError {
  const primary = resultCode & 0xff;
  const isReadOnly = (primary === 8 || primary === 14) && isOnReadOnlyDisk(path);
  const isRefused = !isReadOnly && (resultCode !== READ_ONLY_MOVED && primary === 8 ||
    primary === 14 || resultCode === IOERR_SHMOPEN);
  const obstacle = isRefused
    ? obstacleOf(path, use) ?? otherObstacle(primary, path, use)
    : undefined;
  const isUnknownFormat = resultCode === 1 && messageOf(error) === UNSUPPORTED_FORMAT ||
    resultCode === 8 && isRefused && obstacle === undefined && hasUnknownFormat(path);
  const known = isUnknownFormat ? KINDS[11] : KINDS[resultCode] ?? KINDS[primary];
  const found = (isReadOnly ? READ_ONLY_DISK : undefined) ?? known ??
    kind("db_error", messageOf(error), "Report this with the output of --log-level debug.");
  const isDamaged = primary === 11 || primary === 26 || isUnknownFormat;
  const { retryable = false, scope } = found;
  const ofObstacle = obstacle && primary !== 8 ? CODES[obstacle.refusal.kind] : undefined;
  const code = ofObstacle ?? found.code;
  const isTold = obstacle !== undefined && (primary !== 8 || obstacle.isBeside);
  const what = isTold ? obstacle.what : found.what;
  const hint = obstacle?.hint ?? (isDamaged ? damagedHint(code, path) : found.hint);
  const free = hint === "" ? freeBytes(path) : undefined;
  const reason = `${what} (SQLite ${resultCode}: ${messageOf(error)})`;
  return new StoreError(code, `could not ${attempted} ${path}: ${reason}`, path, {
    hint: hint === "" ? refusedWriteHint(free) : hint,
    retryable,
    scope,
    cause: error,
    details: { result_code: resultCode, ...(free === undefined ? {} : { free_bytes: free }) },
  });
}
