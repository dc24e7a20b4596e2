/** What starts programs on a system, and the commands that a person has there. @module */
import { isUrl } from "../base/text.ts";
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

/** The command that tells who has a file open. */
export function whoHasOpen(path: string, os: Os = CURRENT_OS): string {
  if (os === "windows") return `openfiles /query | findstr /I /C:"${path}"`;
  return os === "darwin" ? `lsof ${path}` : `fuser -v ${path}`;
}

/**
 * How to end a process that has a file open, or a lock on a server, as the middle of a sentence. Never by the number that it has
 * noted of itself: in a container that is a number of the container, and may be a stranger's here. On
 * Windows the process ends at once, without a chance to tidy up; locks are free and SQLite rolls back all
 * the same.
 */
export function endProcess(path: string, os: Os = CURRENT_OS): string {
  if (isUrl(path)) return "end its process on its machine with kill and its pid";
  const find = `find its process with ${whoHasOpen(path, os)}`;
  if (os === "windows") return `${find}, and end it with taskkill /F /PID and the number shown`;
  return `${find} (as root where it is another user's), and end it with kill and the number shown`;
}

/**
 * The same for one that is stopped (Ctrl+Z, SIGSTOP) or hangs. SIGTERM does nothing to the one, and maybe
 * nothing to the other.
 */
export function endStopped(path: string, os: Os = CURRENT_OS): string {
  if (isUrl(path)) {
    return "with its pid on its machine, let it go on by kill -CONT where it is stopped, or end it " +
      "by kill -9";
  }
  if (os === "windows") return endProcess(path, os);
  return `find its process with ${
    whoHasOpen(path, os)
  } (as root where it is another user's); with ` +
    "the number shown, let it go on by kill -CONT where it is stopped, or end it by kill -9";
}
