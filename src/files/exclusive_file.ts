/**
 * The right to write one file with its checksum, and what killed writers have left.
 *
 * A file is written under a hidden name, with a lock file beside it that its process holds (`flock(2)`): no
 * other writes a file of that name or removes what is hidden meanwhile. What is written has no lock itself,
 * because SQLite locks its copies, and on some systems the two kinds of lock interfere.
 * @module
 */
import { sleep } from "../base/sleep.ts";
import { PendingFile } from "./atomic.ts";
import { fs } from "./file_system.ts";
import { openInPlace } from "../platform/in_place.ts";
import { lstatIfThere, removeQuietly, sameFile } from "../platform/files.ts";
import { isOfGroup } from "../platform/owners.ts";
import { joinPath, splitPath } from "../platform/paths.ts";
import { renameOverSync } from "../platform/replace.ts";

/** What the names of hidden files contain, so that only this program's are removed as left over. */
type Mark = "tickerlock-backup" | "tickerlock-export";

/** What can be hidden, in the order of removal: a checksum that outlives `.tmp` counts as a placed file's. */
const HIDDEN = [".sha256", ".tmp-old", ".tmp-journal", ".tmp-wal", ".tmp-shm", ".tmp"];

/** Tries, and the pause between two, until a name counts as taken: a look takes less than 1 ms. */
const TRIES = 10;
const PAUSE_MS = 20;

/** The right to write a file of one name. Dispose it after what is written: nothing hidden is left then. */
export interface Reservation extends Disposable {
  readonly target: string;
  readonly temporary: string;
  readonly checksum: string;
}

// A holder removes its file when done: the one that was locked may not be at the path any more.
function lockOf(path: string): Deno.FsFile | undefined {
  for (;;) {
    const { file, info } = openInPlace(path);
    let held = false;
    try {
      if (!file.tryLockSync(true)) return undefined;
      const now = lstatIfThere(path);
      held = now !== undefined && sameFile(info, now);
      if (held) return file;
    } finally {
      if (!held) file.close();
    }
  }
}

function isThere(path: string): boolean {
  return lstatIfThere(path) !== undefined;
}

function hiddenOf(target: string, mark: Mark): string {
  const { folder, name } = splitPath(target);
  return joinPath(folder, `.${name}.${mark}`);
}

/** Name of the one file of a dataset's folder. */
export const PART = "part-0.parquet";

/** Path of the checksum beside a file: `_FILE.sha256` in a dataset, which readers leave out (Spark). */
export function checksumBeside(target: string): string {
  const { folder, name } = splitPath(target);
  return name === PART ? joinPath(folder, `_${name}.sha256`) : `${target}.sha256`;
}

/** Where the checksum of a file is: beside it, or still hidden where its writer was killed. */
export function checksumPathOf(target: string, mark: Mark): string {
  const hidden = hiddenOf(target, mark);
  const beside = checksumBeside(target);
  const isHidden = !isThere(beside) && !isThere(`${hidden}.tmp`) &&
    isThere(`${hidden}.sha256`);
  return isHidden ? `${hidden}.sha256` : beside;
}

/** Ends what a writer did not: a file has its own checksum or none. What cannot be renamed stays hidden. */
function settle(target: string, hidden: string): void {
  const beside = checksumBeside(target);
  const isPlaced = !isThere(`${hidden}.tmp`);
  let left: string | undefined;
  if (!isThere(target)) {
    // A checksum comes before its file, and means nothing without it.
    if (!isPlaced) removeQuietly(beside);
  } else if (!isThere(beside)) {
    left = (isPlaced ? [".sha256", ".tmp-old"] : [".tmp-old"])
      .find((suffix) => isThere(hidden + suffix));
    try {
      if (left !== undefined) renameOverSync(hidden + left, beside);
      left = undefined;
    } catch {
      // The next one tries again.
    }
  }
  for (const suffix of HIDDEN) if (suffix !== left) removeQuietly(hidden + suffix);
}

/** Reserves a name, if no other has. @param target Path that the file shall have, in a folder that exists. */
export function tryReserve(target: string, mark: Mark): Reservation | undefined {
  const hidden = hiddenOf(target, mark);
  const lockPath = `${hidden}.lock`;
  const lock = lockOf(lockPath);
  if (lock === undefined) return undefined;
  settle(target, hidden);
  let disposed = false;
  return {
    target,
    temporary: `${hidden}.tmp`,
    checksum: `${hidden}.sha256`,
    [Symbol.dispose]: () => {
      if (disposed) return;
      disposed = true;
      settle(target, hidden);
      // Before the lock is released: the next one must not obtain a file that is about to vanish.
      removeQuietly(lockPath);
      lock.close();
    },
  };
}

/** Reserves a name, with a moment's patience for those that only look. */
export async function reserveName(target: string, mark: Mark): Promise<Reservation | undefined> {
  for (let tries = 1;; tries++) {
    const reserved = tryReserve(target, mark);
    if (reserved !== undefined || tries === TRIES) return reserved;
    await sleep(PAUSE_MS);
  }
}

/** The line as sha256sum(1) writes it, also for names with line breaks. */
export function checksumLine(sha256: string, name: string): string {
  if (!/[\\\n\r]/.test(name)) return `${sha256}  ${name}\n`;
  const escaped = name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `\\${sha256}  ${escaped}\n`;
}

/**
 * Gives a finished file its name, with its checksum beside it.
 *
 * A new file is never without its checksum; one that is replaced is for a moment, so that it never has the
 * checksum of another. What ends in that moment is settled by the next reservation, or the next look for
 * left-overs. The checksum has the permission bits of the file that is replaced, where its group may write
 * it; else those of the replaced checksum, or 0600.
 */
export async function placeWithChecksum(
  file: PendingFile,
  reserved: Reservation,
  sha256: string,
): Promise<void> {
  const { folder, name } = splitPath(reserved.target);
  const beside = checksumBeside(reserved.target);
  const old = lstatIfThere(reserved.target);
  const isNew = old === undefined;
  const checksum = await PendingFile.create(beside, {
    temporary: reserved.checksum,
    mode: old !== undefined && isOfGroup(old) ? old.mode ?? undefined : undefined,
  });
  let isBeside = false;
  try {
    await checksum.write(new TextEncoder().encode(checksumLine(sha256, name)));
    await checksum.finish();
    if (isNew) {
      await checksum.place();
      isBeside = true;
    } else if (isThere(beside)) {
      await fs.rename(beside, `${reserved.temporary}-old`);
    }
    await file.place();
  } catch (error) {
    // The checksum is of no file that is there; the reservation settles the rest.
    await checksum[Symbol.asyncDispose]();
    if (isBeside) removeQuietly(beside);
    throw error;
  }
  if (!isNew) await checksum.place();
  await fs.syncFolder(folder);
}

/** Removes what killed writers have left in a folder, where no living process holds their lock. */
export function removeUnreserved(folder: string, mark: Mark): void {
  const leftOver = new RegExp(`^\\.(.+)\\.${mark}\\.(lock|sha256|tmp|tmp-(journal|wal|shm|old))$`);
  const names = new Set<string>();
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    const of = leftOver.exec(name)?.[1];
    if (isFile && of !== undefined) names.add(of);
  }
  for (const name of names) {
    try {
      tryReserve(joinPath(folder, name), mark)?.[Symbol.dispose]();
    } catch {
      // Another user's.
    }
  }
}
