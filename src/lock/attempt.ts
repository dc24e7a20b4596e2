/** One attempt at a lock, which succeeds although others look at it meanwhile. @module */
import { sleep } from "../base/sleep.ts";
import { isStillAt, type LockMode, type OpenLockFile, openLockFile, tryLock } from "./lock_file.ts";
import type { HolderRecord } from "./holder.ts";
import { readRecord } from "./record.ts";
import type { AcquireOptions } from "./target.ts";

/** A lock that is held, by this thread's open file or by a waiting thread's. */
export interface HeldFile {
  readonly opened: OpenLockFile;
  readonly isUntouched?: boolean;
  release(): void;
}

/** The lock, or the open file that another has locked, which the receiver closes. */
type Attempted = { readonly held: HeldFile } | {
  readonly held?: undefined;
  readonly opened: OpenLockFile;
  readonly holder: HolderRecord | undefined;
};

/** Further tries at a lock whose record names no holder yet, and the pause between two, in ms. */
const UNEXPLAINED_TRIES = 3;
const UNEXPLAINED_PAUSE_MS = 1;

/** How long a lock that others only look at is tried again, in ms. A look takes microseconds. */
const LOOK_MS = 250;

/** Pause between two tries at a lock that others look at, in ms: at least half of it. */
const LOOK_PAUSE_MS = 2;

/** A lock held by the file that was opened here. */
export function heldHere(opened: OpenLockFile): HeldFile {
  return { opened, release: () => opened.file.close() };
}

// Looking takes the lock shared: where another shared lock succeeds, no process holds it.
function isOnlyLookedAt(file: Deno.FsFile, path: string): boolean {
  if (!tryLock(file, path, false)) return false;
  file.unlockSync();
  return true;
}

async function attemptOpen(
  opened: OpenLockFile,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Attempted> {
  const started = performance.now();
  for (let tries = 1;; tries++) {
    if (tryLock(opened.file, path)) return { held: heldHere(opened) };
    if (isOnlyLookedAt(opened.file, path)) {
      // Held shared for longer: by another program, which writes no record.
      if (performance.now() - started >= LOOK_MS) return { opened, holder: undefined };
      await sleep(LOOK_PAUSE_MS * (0.5 + Math.random()), signal);
      continue;
    }
    // A holder writes its record just after it has the lock.
    const holder = readRecord(opened.file, path);
    if (holder !== undefined || tries > UNEXPLAINED_TRIES) return { opened, holder };
    await sleep(UNEXPLAINED_PAUSE_MS, signal);
  }
}

/** {@linkcode attemptLock} without a promise; undefined where the first try does not obtain the lock. */
export function attemptAtOnce(path: string, mode?: LockMode): HeldFile | undefined {
  let locked = false;
  // Locked before it is compared with what is at the path: a file that was replaced has no name left.
  const opened = openLockFile(path, mode, (file) => locked = tryLock(file, path));
  let kept = false;
  try {
    kept = locked && (opened.names === null ? isStillAt(opened, path) : opened.names === 1);
    return kept ? { ...heldHere(opened), isUntouched: true } : undefined;
  } finally {
    if (!kept) opened.file.close();
  }
}

/**
 * Tries a lock, until its file is the one at the path: up to 250 ms where others look at it.
 * @throws {LockError} Where the file cannot be used. @throws `signal.reason` when aborted.
 */
export async function attemptLock(
  path: string,
  { signal, lockMode }: Pick<AcquireOptions, "signal" | "lockMode"> = {},
): Promise<Attempted> {
  for (;;) {
    const opened = openLockFile(path, lockMode);
    let kept = false;
    try {
      const attempted = await attemptOpen(opened, path, signal);
      // A forced release may have renamed a new file into place.
      kept = isStillAt(opened, path);
      if (kept) return attempted;
    } finally {
      if (!kept) opened.file.close();
    }
  }
}
