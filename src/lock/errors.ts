/** What can go wrong with a lock, each with its own class where callers will want to catch it. @module */
import { EXIT, TickerlockError, type TickerlockErrorOptions } from "../base/errors.ts";
import { lengthOf } from "../base/text.ts";
import { describeHolder, type HolderRecord } from "./holder.ts";

/**
 * A lock file or folder cannot be used: not writable, a symbolic link, not a file.
 * @category Locks
 */
export class LockError extends TickerlockError {
  /** Says which file or folder cannot be used: `lock_dir_unusable`, `lock_not_a_file`, `lock_nested`, … */
  constructor(code: string, message: string, options: TickerlockErrorOptions = {}) {
    super(code, message, EXIT.failed, options);
  }
}

function isJob(lockName: string): boolean {
  return lockName.startsWith(".");
}

/**
 * Another run holds the lock, and the caller did not want to wait.
 * @category Locks
 */
export class LockBusyError extends TickerlockError {
  /** Who holds it, as far as the record tells; undefined for an unknown holder. */
  readonly holder: HolderRecord | undefined;
  /** The lock's name: the ticker, or the job's name. */
  readonly lockName: string;

  /** Says who holds which lock, and what to do about it: by default, to wait. */
  constructor(
    lockName: string,
    holder: HolderRecord | undefined,
    hint = "Let the other run finish, or wait for it (--on-locked wait).",
  ) {
    const who = describeHolder(holder);
    const message = isJob(lockName)
      ? `another run holds the job lock ${lockName}: ${who}`
      : `${lockName} is locked by ${who}`;
    super("lock_busy", message, EXIT.locked, {
      hint,
      retryable: true,
      details: { lock: lockName, holder: holder ?? null },
    });
    this.holder = holder;
    this.lockName = lockName;
  }
}

/**
 * The lock was still held when the time to wait for it was over.
 * @category Locks
 */
export class LockTimeoutError extends TickerlockError {
  /** Who holds it, as far as the record tells; undefined for an unknown holder. */
  readonly holder: HolderRecord | undefined;
  /** The lock's name: the ticker, or the job's name. */
  readonly lockName: string;
  /** How long was waited, in seconds. */
  readonly waitedSeconds: number;

  /** Says who holds which lock, and how long was waited. */
  constructor(lockName: string, waitedSeconds: number, holder: HolderRecord | undefined) {
    const who = describeHolder(holder);
    const after = `after ${lengthOf(waitedSeconds * 1000)}`;
    const job = isJob(lockName);
    const message = job
      ? `another run still holds the job lock ${lockName} ${after}: ${who}`
      : `${lockName} is still locked by ${who} ${after}`;
    super("lock_timeout", message, EXIT.locked, {
      hint: `Wait longer (${job ? "--job-lock-timeout" : "--lock-timeout"} SECONDS), or look at ` +
        "what the holder is doing.",
      retryable: true,
      details: { lock: lockName, waitedSeconds, holder: holder ?? null },
    });
    this.holder = holder;
    this.lockName = lockName;
    this.waitedSeconds = waitedSeconds;
  }
}
