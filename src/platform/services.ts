/**
 * What starts programs on a system, and the commands that a person has there.
 *
 * @module
 */
import { CURRENT_OS, type Os } from "./os.ts";

/** Whether systemd may be there. It is on Linux only. */
export function hasSystemd(os: Os = CURRENT_OS): boolean {
  return os !== "windows" && os !== "darwin";
}

/** Whether there is a crontab. */
export function hasCron(os: Os = CURRENT_OS): boolean {
  return os !== "windows";
}

/** What starts programs at set times, by its name for people. */
export function schedulerName(os: Os = CURRENT_OS): string {
  if (os === "windows") return "the Task Scheduler";
  return os === "darwin" ? "launchd" : "systemd";
}

/**
 * Whether the number that statfs(2) gives tells the kind of a file system. On macOS numbers are given
 * out when the system starts, on Windows there is none.
 */
export function hasFileSystemNumbers(os: Os = CURRENT_OS): boolean {
  return os !== "windows" && os !== "darwin";
}

/** The command that shows a process. */
export function showProcess(pid: number | string, os: Os = CURRENT_OS): string {
  return os === "windows" ? `tasklist /FI "PID eq ${pid}"` : `ps ${pid}`;
}

/**
 * The command that ends a process. On Windows it ends at once, without a chance to tidy up; locks are
 * free and SQLite rolls back all the same.
 */
export function endProcess(pid: number | string, os: Os = CURRENT_OS): string {
  return os === "windows" ? `taskkill /F /PID ${pid}` : `kill ${pid}`;
}

/**
 * What to do about a process that is stopped (Ctrl+Z, SIGSTOP) or hangs, as the middle of a sentence.
 * SIGTERM does nothing to the one, and maybe nothing to the other.
 */
export function endStopped(pid: number | string, os: Os = CURRENT_OS): string {
  if (os === "windows") return `end it with ${endProcess(pid, os)}`;
  return `let it go on with kill -CONT ${pid} where it is stopped, or end it with kill -9 ${pid}`;
}

/** The command that tells who has a file open. */
export function whoHasOpen(path: string, os: Os = CURRENT_OS): string {
  if (os === "windows") return `openfiles /query | findstr /I /C:"${path}"`;
  return os === "darwin" ? `lsof ${path}` : `fuser -v ${path}`;
}
