/** Removing lock files that were not used for long, without two holders of the same lock. @module */
import { sleep } from "../base/sleep.ts";
import { lstatIfThere, removeQuietly } from "../platform/files.ts";
import { attemptAtOnce } from "./attempt.ts";
import { inspectLock, lockNames } from "./inspect.ts";
import { fileUnusable } from "./lock_file.ts";
import { besidePath } from "./record.ts";
import { lockPath, lockTarget } from "./target.ts";

/** Files between two looks for a signal. */
const FILES_AT_ONCE = 50;

interface PruneLocksOptions {
  readonly lockDir: string;
  /** Last use before this moment, in ms since 1970. */
  readonly beforeMs: number;
  readonly dryRun: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Acquiring and releasing write the record, in the file or beside it. */
function lastUse(path: string): number | undefined {
  const times = [path, besidePath(path)].flatMap((each) => lstatIfThere(each)?.mtime ?? []);
  return times.length === 0 ? undefined : Math.max(...times.map((time) => time.getTime()));
}

/** Removes a file with its lock held: waiters find it gone, and begin anew. */
function removeUnused(path: string, beforeMs: number): boolean {
  const held = attemptAtOnce(path);
  if (held === undefined) return false;
  try {
    // It may have been used, or made anew, since it was looked at.
    const used = lastUse(path);
    if (used === undefined || used >= beforeMs) return false;
    removeQuietly(besidePath(path));
    Deno.removeSync(path);
    return true;
  } catch (error) {
    throw fileUnusable(path, "removed", error, "run the command as the folder's owner");
  } finally {
    held.release();
  }
}

/** Removes the files of free locks that were last used before a moment. @throws The signal's reason. */
export async function pruneLocks(
  options: PruneLocksOptions,
): Promise<{ readonly removed: readonly string[]; readonly kept: number }> {
  const { lockDir, beforeMs, dryRun, signal } = options;
  const removed: string[] = [];
  let kept = 0;
  let seen = 0;
  for (const name of lockNames({ lockDir })) {
    // Lets a signal in.
    if (++seen % FILES_AT_ONCE === 0) await sleep(0);
    signal?.throwIfAborted();
    const path = lockPath(lockDir, lockTarget(name).fileName);
    const used = lastUse(path);
    const isOld = used !== undefined && used < beforeMs;
    const isGone = isOld && inspectLock(name, { lockDir }).state === "free" &&
      (dryRun || removeUnused(path, beforeMs));
    if (isGone) removed.push(name);
    else if (used !== undefined) kept++;
  }
  return { removed, kept };
}
