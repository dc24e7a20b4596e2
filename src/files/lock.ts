/** The lock of a data file: a file beside it, because the data file itself is replaced. @module */
import { acquireLock } from "../lock/acquire.ts";
import { LockError } from "../lock/errors.ts";
import type { LockGuard } from "../lock/guard.ts";
import { splitPath, trimFolder } from "../platform/paths.ts";
import { FileError, fileError, inTerms } from "./errors.ts";
import { fs } from "./file_system.ts";
import type { FilePlace } from "./place.ts";

/**
 * Seconds that a file's lock is waited for by default.
 * @category Files
 */
export const DEFAULT_FILE_LOCK_TIMEOUT_SECONDS = 10;

/**
 * How to wait for a file's lock.
 * @category Files
 */
export interface FileLockOptions {
  /** Seconds to wait at most: 0 is one try, `Infinity` no limit. Default 10. */
  timeoutSeconds?: number;
  /** Ends the wait; the promise rejects with its reason. Does not end work that has begun. */
  signal?: AbortSignal;
}

/** A file whose lock is held. */
export interface HeldPlace {
  readonly place: FilePlace;
  /** @throws {FileError} `file_lock_lost`: the lock file was removed or replaced. */
  readonly assertHeld: () => void;
}

// Each new folder's entry is synced, too: a file in a folder that a power cut takes away is lost.
function makeFolder(folder: string): void {
  try {
    if (fs.look(folder) !== undefined) return;
  } catch {
    // A program that may not look may still write there.
    return;
  }
  const { folder: parent } = splitPath(trimFolder(folder));
  if (parent !== folder) makeFolder(parent);
  fs.makeFolder(folder, parent);
}

function explain(place: FilePlace, error: unknown): unknown {
  if (!(error instanceof LockError)) return error;
  if (error.code === "lock_nested") {
    return new LockError("lock_nested", `this task holds ${place.asked} already`, {
      hint: "Inside of withLockedFile, read and write with what it passes to your function.",
      cause: error,
      details: { path: place.asked },
    });
  }
  // The lock module's hint is about the program's lock folder.
  return error.cause === undefined ? error : fileError("lock", place.asked, error.cause);
}

function lost({ asked, folder, lockName }: FilePlace): FileError {
  const shown = JSON.stringify(asked);
  const message = `${shown} was not written: its lock file was removed or replaced meanwhile`;
  const hint = `Leave ${folder}/${lockName} alone while programs run; then try again.`;
  return new FileError("file_lock_lost", message, asked, { hint, retryable: true });
}

/**
 * Does work under a file's lock, until its promise settles; its folder is made.
 * @throws {LockTimeoutError} {LockError} `lock_nested`, `lock_not_a_file`. @throws {FileError} Of the folder.
 */
export async function underLock<T>(
  place: FilePlace,
  options: FileLockOptions,
  work: (held: HeldPlace) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted();
  await inTerms("lock", place.asked, () => makeFolder(place.folder));
  // The lock marks the context that asks. Without this it were the caller's own, whose next call, which
  // merely queues, would count as nested.
  await undefined;
  using guard: LockGuard = await acquireLock({
    name: place.asked,
    fileName: place.lockName,
    defaultTimeoutSeconds: DEFAULT_FILE_LOCK_TIMEOUT_SECONDS,
  }, { ...options, lockDir: place.folder }).catch((error) => {
    throw explain(place, error);
  });
  return await work({
    place,
    assertHeld: () => {
      if (!guard.isCurrent()) throw lost(place);
    },
  });
}
