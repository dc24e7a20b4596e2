/**
 * Which lock, and how it is wanted: names, paths, options and their checks.
 *
 * @module
 */
import { foldName } from "../platform/names.ts";
import { CURRENT_OS, type Os } from "../platform/os.ts";
import { joinPath, trimFolder } from "../platform/paths.ts";
import type { HolderRecord } from "./record.ts";

/** How to acquire a lock. */
export interface AcquireOptions {
  /** Wait for another holder; false throws {@linkcode LockBusyError} at once. Default true. */
  wait?: boolean;
  /**
   * Seconds to wait at most: 0 is one try, `Infinity` no limit. Default 120 for a ticker, 300 for a
   * job. Without meaning where `wait` is false.
   */
  timeoutSeconds?: number;
  /** Folder of the lock files; made where it is missing. Default `locks`. */
  lockDir?: string;
  /** Ends the wait; the promise rejects with its reason. */
  signal?: AbortSignal;
  /**
   * Called once, before waiting, with the holder of the lock as far as the record tells; of several
   * locks, once for each that has to be waited for. What it throws ends the acquisition; a promise
   * that it returns is not waited for, and its rejection is logged.
   */
  onWait?: (holder: HolderRecord | undefined) => void;
  /** What the record says of the holder's work. Default the program's file name. */
  command?: string;
  /** The job's id in the record. Default null. */
  jobId?: string;
  /**
   * Identity of the task that asks, for telling a nested acquisition (an error) from another task's
   * (which queues). By default the asynchronous context tells. Pass an object of your own where one
   * task starts others and both use the same locks.
   */
  task?: object;
}

/** A lock, named for people and for the file system. */
export interface LockTarget {
  /** The canonical ticker, or the job's name with its leading dot. */
  readonly name: string;
  /** Name of the lock file in the folder of the locks. */
  readonly fileName: string;
  /** Seconds to wait by default. */
  readonly defaultTimeoutSeconds: number;
}

/** Folder of the lock files where none is named. */
export const DEFAULT_LOCK_DIR = "locks";

function checkText(name: string, value: unknown): void {
  if (value === undefined || typeof value === "string") return;
  throw new TypeError(
    `Cannot acquire a lock as '${name}' must be a string: current value is ${String(value)}`,
  );
}

/**
 * Refuses options that make no sense, before anything is touched.
 *
 * @throws {TypeError} For the shape of a value. @throws {RangeError} For its range.
 */
export function checkOptions(options: AcquireOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot acquire a lock as 'options' must be an object: current value is ${String(options)}`,
    );
  }
  const { timeoutSeconds, wait, lockDir, onWait, signal, task } = options;
  if (timeoutSeconds !== undefined) {
    if (typeof timeoutSeconds !== "number") {
      throw new TypeError(
        `Cannot acquire a lock as 'timeoutSeconds' must be a number: current value is ${timeoutSeconds}`,
      );
    }
    if (Number.isNaN(timeoutSeconds) || timeoutSeconds < 0) {
      throw new RangeError(
        `Cannot acquire a lock as 'timeoutSeconds' must be 0 or more: current value is ${timeoutSeconds}`,
      );
    }
  }
  if (wait !== undefined && typeof wait !== "boolean") {
    throw new TypeError(
      `Cannot acquire a lock as 'wait' must be a boolean: current value is ${wait}`,
    );
  }
  if (lockDir !== undefined && (typeof lockDir !== "string" || lockDir === "")) {
    throw new TypeError(
      `Cannot acquire a lock as 'lockDir' must be a path: current value is ${lockDir}`,
    );
  }
  checkText("command", options.command);
  checkText("jobId", options.jobId);
  if (onWait !== undefined && typeof onWait !== "function") {
    throw new TypeError(
      `Cannot acquire a lock as 'onWait' must be a function: current value is ${onWait}`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(
      `Cannot acquire a lock as 'signal' must be an AbortSignal: current value is ${signal}`,
    );
  }
  if (task !== undefined && (task === null || !["object", "function"].includes(typeof task))) {
    throw new TypeError(
      `Cannot acquire a lock as 'task' must be an object: current value is ${String(task)}`,
    );
  }
}

/**
 * Where a lock's file is.
 *
 * @param lockDir Folder; trailing slashes do not matter.
 * @param fileName Name of the file in it.
 */
export function lockPath(lockDir: string, fileName: string): string {
  return joinPath(trimFolder(lockDir), fileName);
}

const folders = new Map<string, string>();

/**
 * One key for one file however its folder is spelled, for the queue of this process. A folder that
 * cannot be made has no real path; the spelling serves, and opening the file says what is wrong.
 *
 * @param folder Folder of the lock files; made where it is missing.
 * @param fileName Name of the file in it.
 */
export function lockIdentity(folder: string, fileName: string, os: Os = CURRENT_OS): string {
  let real = folders.get(folder);
  if (real === undefined) {
    try {
      Deno.mkdirSync(folder, { recursive: true });
      real = Deno.realPathSync(folder);
      folders.set(folder, real);
    } catch {
      real = folder;
    }
  }
  return foldName(`${real}/${fileName}`, os);
}
