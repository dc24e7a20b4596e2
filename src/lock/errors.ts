/**
 * What can go wrong with a lock, each with its own class where callers will want to catch it.
 *
 * @module
 */
import { EXIT, TickerlockError, type TickerlockErrorOptions } from "../errors.ts";
import { describeHolder, type HolderRecord } from "./record.ts";

/** A lock file or folder cannot be used: not writable, a symbolic link, not a file. */
export class LockError extends TickerlockError {
  /**
   * @param code `lock_dir_unusable`, `lock_file_unusable`, `lock_not_a_file`, `lock_nested`, …
   * @param message Names the path and what is wrong.
   * @param options The hint names the remedy.
   */
  constructor(code: string, message: string, options: TickerlockErrorOptions = {}) {
    super(code, message, EXIT.failed, options);
  }
}

/** Another run holds the lock, and the caller did not want to wait. */
export class LockBusyError extends TickerlockError {
  /** Who holds it, as far as the record tells; undefined for an unknown holder. */
  readonly holder: HolderRecord | undefined;
  /** The lock's name: the ticker, or the job's name. */
  readonly lockName: string;

  /**
   * @param lockName Ticker or job name.
   * @param holder The holder's record, a hint for people.
   * @param hint What to do about it. Default: to wait.
   */
  constructor(
    lockName: string,
    holder: HolderRecord | undefined,
    hint = "Let the other run finish, or wait for it (--on-locked wait, wait: true).",
  ) {
    super("lock_busy", `${lockName} is locked by ${describeHolder(holder)}`, EXIT.locked, {
      hint,
      retryable: true,
      details: { lock: lockName, holder: holder ?? null },
    });
    this.holder = holder;
    this.lockName = lockName;
  }
}

/** The lock was still held when the time to wait for it was over. */
export class LockTimeoutError extends TickerlockError {
  /** Who holds it, as far as the record tells; undefined for an unknown holder. */
  readonly holder: HolderRecord | undefined;
  /** The lock's name: the ticker, or the job's name. */
  readonly lockName: string;
  /** How long was waited, in seconds. */
  readonly waitedSeconds: number;

  /**
   * @param lockName Ticker or job name.
   * @param waitedSeconds How long was waited.
   * @param holder The holder's record, a hint for people.
   */
  constructor(lockName: string, waitedSeconds: number, holder: HolderRecord | undefined) {
    super(
      "lock_timeout",
      `${lockName} is still locked by ${describeHolder(holder)} after ${
        waitedSeconds.toFixed(1)
      } s`,
      EXIT.locked,
      {
        hint:
          `Wait longer (${lockName.startsWith(".") ? "--job-lock-timeout" : "--lock-timeout"} ` +
          "SECONDS), or look at what the holder is doing.",
        retryable: true,
        details: { lock: lockName, waitedSeconds, holder: holder ?? null },
      },
    );
    this.holder = holder;
    this.lockName = lockName;
    this.waitedSeconds = waitedSeconds;
  }
}
