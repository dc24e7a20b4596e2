/** The name of this machine, and what it knows of its user and its processes. @module */

/** Host name, or an empty text where the program may not ask for it (`--allow-sys=hostname`). */
export function hostName(): string {
  try {
    return Deno.hostname();
  } catch {
    return "";
  }
}

/** The home folder by the list of users; null without an entry (containers) or the right to ask. */
export function homeFolder(): string | null {
  try {
    return process.getBuiltinModule("node:os").userInfo().homedir || null;
  } catch {
    return null;
  }
}

function codeOf(reason: unknown): unknown {
  if (!(reason instanceof Error)) return undefined;
  // Deno puts the system's own code into `info`, and `ERR_SYSTEM_ERROR` into `code`.
  const { info, code } = reason as { info?: { code?: unknown }; code?: unknown };
  return info?.code ?? code;
}

/** Whether a process is alive, or another of its number; null where it cannot be told. */
export function processLives(
  pid: number,
  priorityOf: (of: number) => number = (of) => process.getBuiltinModule("node:os").getPriority(of),
): boolean | null {
  // 0 is the process that asks.
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  try {
    priorityOf(pid);
    return true;
  } catch (reason) {
    return codeOf(reason) === "ESRCH" ? false : null;
  }
}
