/** What starts programs on a system, and commands for people there. @module */
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

/** Whether statfs(2) tells a file system by number: macOS gives them out anew at each start. */
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

/** How to end a process with an open file or a lock; never by its noted pid, maybe a container's. */
export function endProcess(path: string, os: Os = CURRENT_OS): string {
  if (isUrl(path)) return "end its process on its machine with kill and its pid";
  const find = `find its process with ${whoHasOpen(path, os)}`;
  if (os === "windows") return `${find}, and end it with taskkill /F /PID and the number shown`;
  return `${find} (as root where it is another user's), and end it with kill and the number shown`;
}

/** The same for one that is stopped (Ctrl+Z, SIGSTOP) or hangs, where SIGTERM may do nothing. */
export function endStopped(path: string, os: Os = CURRENT_OS): string {
  const goOn = "let it go on by kill -CONT where it is stopped, or end it by kill -9";
  if (isUrl(path)) return `with its pid on its machine, ${goOn}`;
  if (os === "windows") return endProcess(path, os);
  const find = `find its process with ${whoHasOpen(path, os)}`;
  return `${find} (as root where it is another user's); with the number shown, ${goOn}`;
}
