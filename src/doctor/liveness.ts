/**
 * What this machine knows of the runs that a database names: their processes and locks.
 *
 * @module
 */
import type { LockState } from "../lock/mod.ts";

/** What this machine knows of the processes that the database names. */
export interface Lives {
  /** Name of this machine; empty where it cannot be told. */
  readonly host: string;
  /** Folder of the locks, for messages. */
  readonly lockDir: string;
  /** Whether a process of this machine lives; null where it cannot be told. */
  readonly lives: (pid: number) => boolean | null;
  /** How the job lock stands that a collector has; null where it has just changed. */
  readonly jobLock: LockState | null;
}

/**
 * Whether a process that the database names lives.
 *
 * @param named Its number and machine.
 * @param here What is known here.
 * @returns Null for one of another machine, and where it cannot be told.
 */
export function livesHere(
  { pid, host }: { readonly pid: number; readonly host: string },
  here: Lives,
): boolean | null {
  return here.host !== "" && host === here.host ? here.lives(pid) : null;
}
