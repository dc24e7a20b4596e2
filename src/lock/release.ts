/** Settling a lock from outside: clearing a dead holder's record, or taking a living one's lock. @module */
import { attemptLock, type HeldFile } from "./attempt.ts";
import { LockBusyError } from "./errors.ts";
import { lstatIfThere, removeQuietly, sameFile } from "../platform/files.ts";
import { joinPath, splitPath } from "../platform/paths.ts";
import { likenTo, NEW_FILE_MODE } from "../platform/owners.ts";
import { BLANK_RECORD, type HolderRecord } from "./holder.ts";
import { fileUnusable } from "./lock_file.ts";
import { renameOverSync } from "../platform/replace.ts";
import { blankBeside, readRecord, writeRecord } from "./record.ts";
import { DEFAULT_LOCK_DIR, lockPath, lockTarget } from "./target.ts";

/**
 * How to release.
 * @category Locks
 */
export interface ReleaseOptions {
  /** Folder of the lock files. Default `locks`. */
  lockDir?: string;
  /**
   * Take the lock from a living holder. It is told nothing, and goes on until it notices: whatever
   * it guards must be fenced by other means, as the database's rows are. Default false.
   */
  force?: boolean;
  /**
   * Called before the lock's file is replaced, with the holder's record: the place to revoke the
   * claim, so that no successor can start before its predecessor is fenced off.
   */
  revoke?: (holder: HolderRecord | undefined) => void | Promise<void>;
}

/**
 * What a release did.
 * @category Locks
 */
export interface Released {
  /**
   * `free`: there was nothing to do; `cleared`: the record of a dead holder is gone; `revoked`: the
   * lock was taken from a living holder.
   */
  readonly outcome: "free" | "cleared" | "revoked";
  /** Whose record it was, as far as it could be read. */
  readonly holder: HolderRecord | undefined;
}

/**
 * Files made at most until one is told from the old one. Of the 64 bits of a file's number on NTFS Deno
 * tells the upper 53, 16 of which count the uses of its place: two neighbours look alike from 32 uses on, 32
 * of them at 1,000.
 */
const MOST_ALIKE = 64;

function isMissing(path: string): boolean {
  try {
    return lstatIfThere(path) === undefined;
  } catch {
    // Opening the file tells better what is wrong.
    return false;
  }
}

/** Makes a file that can be told from the old one: those that look like it stay meanwhile (Windows). */
function makeOther(path: string, old: Deno.FileInfo, made: string[]): string {
  const { folder } = splitPath(path);
  while (made.length < MOST_ALIKE) {
    const temporary = joinPath(folder, `.new-${crypto.randomUUID()}`);
    made.push(temporary);
    using file = Deno.openSync(temporary, { write: true, createNew: true, mode: NEW_FILE_MODE });
    const info = file.statSync();
    if (sameFile(old, info)) continue;
    try {
      // A user's file stays the user's where root replaces it.
      likenTo(temporary, info, old);
    } catch {
      // It is private, then.
    }
    return temporary;
  }
  throw new Error("no file can be made there that is told from the old one");
}

// A new file in its place: waiters on the old one notice, and the old holder cannot disturb the new lock.
function replaceFile(path: string): void {
  const made: string[] = [];
  try {
    const old = Deno.lstatSync(path);
    const other = makeOther(path, old, made);
    blankBeside(path);
    renameOverSync(other, path);
  } catch (error) {
    // Removed meanwhile: the next run makes a new one.
    if (error instanceof Deno.errors.NotFound) return;
    const another = "run the command as a user who can write the lock folder";
    throw fileUnusable(path, "replaced", error, another);
  } finally {
    for (const temporary of made) removeQuietly(temporary);
  }
}

function clear(held: HeldFile, path: string): HolderRecord | undefined {
  try {
    const holder = readRecord(held.opened.file, path);
    if (holder !== undefined) writeRecord(held.opened, path, BLANK_RECORD);
    return holder;
  } finally {
    held.release();
  }
}

function isSame(one: HolderRecord | undefined, other: HolderRecord | undefined): boolean {
  return one?.pid === other?.pid && one?.processStartedAt === other?.processStartedAt &&
    one?.acquiredAt === other?.acquiredAt;
}

/**
 * Releases a lock: clears the record that a dead holder left, or, with `force`, takes the lock from
 * a living one.
 * @throws {LockBusyError} Held, and `force` is false; carries the holder.
 * @throws {LockError} The file cannot be used.
 * @throws {UsageError} Where the name is none.
 * @category Locks
 */
export async function releaseLock(name: string, options: ReleaseOptions = {}): Promise<Released> {
  const target = lockTarget(name);
  const path = lockPath(options.lockDir ?? DEFAULT_LOCK_DIR, target.fileName);
  // Settling must not make a file; and between this and the try, a missing file may only appear.
  if (isMissing(path)) return { outcome: "free", holder: undefined };
  const attempted = await attemptLock(path);
  if (attempted.held !== undefined) {
    const holder = clear(attempted.held, path);
    return { outcome: holder === undefined ? "free" : "cleared", holder };
  }
  const { opened, holder } = attempted;
  opened.file.close();
  if (options.force !== true) throw new LockBusyError(target.name, holder);
  await options.revoke?.(holder);
  // A process that has obtained the lock by itself meanwhile keeps it.
  const again = await attemptLock(path);
  if (again.held !== undefined) {
    clear(again.held, path);
  } else {
    again.opened.file.close();
    if (isSame(again.holder, holder)) replaceFile(path);
  }
  return { outcome: "revoked", holder };
}
