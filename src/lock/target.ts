/** Which lock, and how it is wanted: names, paths, options and their checks. @module */
import { UsageError } from "../base/errors.ts";
import { canonicalTicker, kindOf } from "../model/ticker.ts";
import { escapeName, foldName } from "../platform/names.ts";
import { CURRENT_OS, type Os } from "../platform/os.ts";
import { joinPath, trimFolder } from "../platform/paths.ts";
import { makeFolders } from "../platform/owners.ts";
import type { HolderRecord } from "./holder.ts";
import { FOLDER_MODES, type LockMode } from "./lock_file.ts";

/**
 * How to acquire a lock.
 * @category Locks
 */
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
  /**
   * For whom a lock folder is that is made: `private` (0700, its files 0600), or `group` (2770, its files
   * 0660 and of the folder's group). The files of a folder that is there are for its group where the
   * folder can be written by it, whatever is said here; `group` for one that cannot is refused. A user
   * who may read a lock file can hold the lock. Default `private`.
   */
  lockMode?: LockMode | undefined;
  /** Ends the wait; the promise rejects with its reason. */
  signal?: AbortSignal | undefined;
  /**
   * Called once, before waiting, with the holder of the lock as far as the record tells; of several
   * locks, once for each that has to be waited for. What it throws ends the acquisition; a promise
   * that it returns is not waited for, and its rejection is logged.
   */
  onWait?: ((holder: HolderRecord | undefined) => void) | undefined;
  /** What the record says of the holder's work. Default the program's file name. */
  command?: string;
  /** The job's id in the record. Default null. */
  jobId?: string | undefined;
  /**
   * Identity of the task that asks, for telling a nested acquisition (an error) from another task's
   * (which queues). By default the asynchronous context tells. Pass an object of your own where one
   * task starts others and both use the same locks.
   */
  task?: object;
}

/**
 * A lock, named for people and for the file system.
 * @category Locks
 */
export interface LockTarget {
  /** The canonical ticker, or the job's name with its leading dot. */
  readonly name: string;
  /** Name of the lock file in the folder of the locks. */
  readonly fileName: string;
  /** Seconds to wait by default. */
  readonly defaultTimeoutSeconds: number;
}

/**
 * Folder of the lock files where none is named.
 * @category Locks
 */
export const DEFAULT_LOCK_DIR = "locks";

/**
 * Seconds that a ticker's lock is waited for by default.
 * @category Locks
 */
export const DEFAULT_LOCK_TIMEOUT_SECONDS = 120;

/**
 * Name of the job lock where none is given; its file is `.job_running.lock`.
 * @category Locks
 */
export const DEFAULT_JOB_NAME = ".job_running";

/**
 * Seconds that a job lock is waited for by default.
 * @category Locks
 */
export const DEFAULT_JOB_LOCK_TIMEOUT_SECONDS = 300;

/** The lock of a ticker. @throws {UsageError} `bad_ticker`. */
export function tickerTarget(ticker: string): LockTarget {
  const name = canonicalTicker(ticker);
  return {
    name,
    fileName: `${escapeName(name)}.lock`,
    defaultTimeoutSeconds: DEFAULT_LOCK_TIMEOUT_SECONDS,
  };
}

/**
 * The lock of a job. Its file begins with a dot, which no ticker does: the two never meet.
 * @param name 1 to 64 characters of `[a-z0-9_-]`, the first no dash or underscore; a leading dot,
 *   as in `.job_running`, is allowed and means the same.
 * @throws {UsageError} `bad_job_name`.
 * @category Locks
 */
export function jobTarget(name: string): LockTarget {
  const hint = "Use 1 to 64 lower-case letters, digits, _ and -, for example nightly.";
  if (typeof name !== "string") {
    const message = `a job's name must be text: it is ${kindOf(name)}`;
    throw new UsageError("bad_job_name", message, { hint });
  }
  const bare = name.startsWith(".") ? name.slice(1) : name;
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(bare)) {
    const message = `job name ${JSON.stringify(name)} is invalid`;
    throw new UsageError("bad_job_name", message, { hint, details: { name } });
  }
  return {
    name: `.${bare}`,
    fileName: `.${bare}.lock`,
    defaultTimeoutSeconds: DEFAULT_JOB_LOCK_TIMEOUT_SECONDS,
  };
}

/**
 * The lock that a name stands for: a job with a leading dot, otherwise a ticker.
 * @throws {UsageError} `bad_ticker` or `bad_job_name`.
 * @category Locks
 */
export function lockTarget(name: string): LockTarget {
  // What is no text at all is refused as a ticker.
  if (typeof name !== "string") return tickerTarget(name);
  return name.trim().startsWith(".") ? jobTarget(name.trim()) : tickerTarget(name);
}

/** Refuses senseless options. @throws {TypeError} For the shape. @throws {RangeError} For the range. */
export function checkOptions(options: AcquireOptions): void {
  const check = (option: string, value: unknown, must: string, fits: boolean, Kind = TypeError) => {
    if (fits) return;
    const why = `'${option}' must be ${must}: current value is ${String(value)}`;
    throw new Kind(`Cannot acquire a lock as ${why}`);
  };
  check("options", options, "an object", typeof options === "object" && options !== null);
  const { timeoutSeconds = 0, wait = true, lockDir = "locks", command = "", jobId = "" } = options;
  const { onWait, signal, task = {}, lockMode = "private" } = options;
  check("timeoutSeconds", timeoutSeconds, "a number", typeof timeoutSeconds === "number");
  check("timeoutSeconds", timeoutSeconds, "0 or more", timeoutSeconds >= 0, RangeError);
  check("wait", wait, "a boolean", typeof wait === "boolean");
  check("lockDir", lockDir, "a path", typeof lockDir === "string" && lockDir !== "");
  check("lockMode", lockMode, '"private" or "group"', Object.hasOwn(FOLDER_MODES, lockMode));
  check("command", command, "a string", typeof command === "string");
  check("jobId", jobId, "a string", typeof jobId === "string");
  check("onWait", onWait, "a function", onWait === undefined || typeof onWait === "function");
  check("signal", signal, "an AbortSignal", signal === undefined || signal instanceof AbortSignal);
  const isObject = task !== null && ["object", "function"].includes(typeof task);
  check("task", task, "an object", isObject);
}

/** Where a lock's file is. */
export function lockPath(lockDir: string, fileName: string): string {
  return joinPath(trimFolder(lockDir), fileName);
}

const folders = new Map<string, string>();

/** One key for one file, in a folder that is made. Where that fails, opening the file tells why. */
export function lockIdentity(
  folder: string,
  fileName: string,
  mode: LockMode = "private",
  os: Os = CURRENT_OS,
): string {
  let real = folders.get(folder);
  if (real === undefined) {
    try {
      makeFolders(folder, FOLDER_MODES[mode]);
      real = Deno.realPathSync(folder);
      folders.set(folder, real);
    } catch {
      real = folder;
    }
  }
  return foldName(`${real}/${fileName}`, os);
}
