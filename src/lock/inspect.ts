/** Looking at locks. The state comes from trying the lock, never from its file's content. @module */
import { lstatIfThere } from "../platform/files.ts";
import { foldName, unescapeName } from "../platform/names.ts";
import { CURRENT_OS, type Os } from "../platform/os.ts";
import { splitPath } from "../platform/paths.ts";
import { explain } from "../platform/refusals.ts";
import { refuseUnlessOnly } from "../platform/in_place.ts";
import { UnsafeFileError } from "../platform/owners.ts";
import type { HolderRecord } from "./holder.ts";
import { CHOOSE_FOLDER, folderUnusable } from "./lock_file.ts";
import { readRecord, recordWrittenAt } from "./record.ts";
import { DEFAULT_LOCK_DIR, lockPath, lockTarget } from "./target.ts";

/** Seconds without a heartbeat after which a holder counts as silent: three beats and some. */
export const SILENT_AFTER_SECONDS = 20;

const SILENT_AFTER_MS = SILENT_AFTER_SECONDS * 1000;

/** What a holder writes is in its file at once: more than that is another clock. */
const SAME_CLOCK_MS = 15_000;

/**
 * How a lock stands.
 * @category Locks
 */
export interface LockState {
  /** The ticker, or the job's name with its leading dot. */
  readonly name: string;
  /** The lock file. */
  readonly path: string;
  /** `unusable` where the file cannot be tried; {@linkcode LockState.problem} says why. */
  readonly state: "held" | "free" | "unusable";
  /** What the record says, a hint: of the holder where held, of the one that died where free. */
  readonly holder: HolderRecord | null;
  /** A record of a holder that has gone without clearing it: its process was killed. */
  readonly stale: boolean;
  /** Held, but without a heartbeat for 20 s, whatever the holder's clock says: it is stopped or hung. */
  readonly silent: boolean;
  /**
   * How far the holder's clock is ahead of this machine's, in ms, by the time that it has written and
   * that of its file; negative where it is behind. 0 where they agree, and where that cannot be told: it
   * has written nothing for 20 s, or writes into another file.
   */
  readonly clockAheadMs: number;
  /** Why the file cannot be tried; null where it can. */
  readonly problem: string | null;
  /** What to do about the problem; null where there is none. */
  readonly hint: string | null;
}

/**
 * Where to look.
 * @category Locks
 */
export interface InspectOptions {
  /** Folder of the lock files. Default `locks`. */
  lockDir?: string;
}

/** The record file's time is the system's: it tells a holder that still writes from one that does not. */
function heartbeatOf(
  holder: HolderRecord | undefined,
  writtenAt: Date | null,
): Pick<LockState, "silent" | "clockAheadMs"> {
  if (holder === undefined) return { silent: false, clockAheadMs: 0 };
  const nowMs = Date.now();
  const beatMs = Date.parse(holder.heartbeatAt);
  const writtenMs = Number(writtenAt);
  const writes = Math.abs(nowMs - writtenMs) <= SILENT_AFTER_MS;
  const isOther = Math.abs(beatMs - writtenMs) > SAME_CLOCK_MS;
  return {
    silent: !writes && Math.abs(nowMs - beatMs) > SILENT_AFTER_MS,
    clockAheadMs: writes && isOther ? beatMs - writtenMs : 0,
  };
}

/** Why no lock can be in a folder: Windows says of a path below a file only that it is not there. */
function folderProblem(folder: string): string | null {
  try {
    return Deno.statSync(folder).isDirectory ? null : `${folder} is not a folder`;
  } catch {
    return null;
  }
}

function stateAt(name: string, path: string): LockState {
  const of = (state: LockState["state"], more: Partial<LockState> = {}): LockState => ({
    name,
    path,
    state,
    holder: null,
    stale: false,
    silent: false,
    clockAheadMs: 0,
    problem: null,
    hint: null,
    ...more,
  });
  const { folder } = splitPath(path);
  let info: Deno.FileInfo | undefined;
  try {
    info = lstatIfThere(path);
  } catch (error) {
    const { message: problem, hint = null } = folderUnusable(folder, "used", error);
    return of("unusable", { problem, hint });
  }
  if (info === undefined) {
    const problem = folderProblem(folder);
    if (problem === null) return of("free");
    return of("unusable", { problem, hint: `Check the path, or ${CHOOSE_FOLDER}.` });
  }
  try {
    refuseUnlessOnly(path, info);
    using file = Deno.openSync(path, { read: true });
    const before = readRecord(file, path);
    // A shared lock suffices, and does not stand in the way of another look. It is released at once.
    const free = file.tryLockSync(false);
    if (free) file.unlockSync();
    const holder = readRecord(file, path);
    // What appears only after the lock was free is of a holder that has taken it since.
    const left = before?.acquiredAt === holder?.acquiredAt && before?.pid === holder?.pid;
    return of(free ? "free" : "held", {
      holder: (free && !left ? undefined : holder) ?? null,
      stale: free && left && holder !== undefined,
      ...heartbeatOf(free ? undefined : holder, recordWrittenAt(file, path)),
    });
  } catch (error) {
    if (error instanceof UnsafeFileError) {
      return of("unusable", { problem: error.message, hint: `${error.fix}.` });
    }
    const { why: problem, hint } = explain(error, path, "read", CHOOSE_FOLDER);
    return of("unusable", { problem, hint });
  }
}

/**
 * How one lock stands at this moment. The answer can be out of date when it arrives: to do something
 * only if a lock is free, acquire it with `wait: false` in place of looking first.
 * @throws {UsageError} Where the name is none.
 * @category Locks
 */
export function inspectLock(name: string, options: InspectOptions = {}): LockState {
  const target = lockTarget(name);
  return stateAt(target.name, lockPath(options.lockDir ?? DEFAULT_LOCK_DIR, target.fileName));
}

/** Internal: whether a lock is held; null where its file cannot be tried, as by another user. */
export function isLockHeld(name: string, lockDir: string): boolean | null {
  const { state } = inspectLock(name, { lockDir });
  return state === "unusable" ? null : state === "held";
}

const ENDING = ".lock";

/** Internal: the lock of a file's name, also of `petr4.sa.lock` where case is folded; undefined for none. */
export function lockNameOf(fileName: string, os: Os = CURRENT_OS): string | undefined {
  const ending = foldName(fileName.slice(-ENDING.length), os);
  if (ending !== ENDING) return undefined;
  const name = unescapeName(fileName.slice(0, -ENDING.length));
  if (name === undefined) return undefined;
  try {
    const target = lockTarget(name);
    return foldName(target.fileName, os) === foldName(fileName, os) ? target.name : undefined;
  } catch {
    return undefined;
  }
}

/** Names of the locks in a folder, jobs first, without trying any. @throws {LockError} `lock_dir_unusable`. */
export function lockNames(options: InspectOptions = {}): string[] {
  const lockDir = options.lockDir ?? DEFAULT_LOCK_DIR;
  const names = new Set<string>();
  try {
    for (const { name: fileName } of Deno.readDirSync(lockDir)) {
      const name = lockNameOf(fileName);
      if (name !== undefined) names.add(name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw folderUnusable(lockDir, "read", error);
  }
  const jobsFirst = (name: string): string => name.startsWith(".") ? ` ${name}` : `~${name}`;
  return [...names].sort((one, other) => jobsFirst(one) < jobsFirst(other) ? -1 : 1);
}

/**
 * How every lock in a folder stands, jobs first, then tickers, each by name. Files that are no lock files
 * are left out; a folder that does not exist has no locks.
 * @throws {LockError} `lock_dir_unusable` where the folder cannot be read.
 * @category Locks
 */
export function listLocks(options: InspectOptions = {}): LockState[] {
  const lockDir = options.lockDir ?? DEFAULT_LOCK_DIR;
  return lockNames(options).map((name) => inspectLock(name, { lockDir }));
}
