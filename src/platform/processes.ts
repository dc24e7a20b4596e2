/** Whether a process is there. @module */

type PriorityOf = (pid: number) => number;

function codeOf(reason: unknown): unknown {
  if (!(reason instanceof Error)) return undefined;
  // Deno puts the system's own code into `info`, and `ERR_SYSTEM_ERROR` into `code`.
  const { info, code } = reason as { info?: { code?: unknown }; code?: unknown };
  return info?.code ?? code;
}

/**
 * Whether a process of this machine is alive, also a stopped one; its number may be another's by now. Null
 * where it cannot be told, as without `--allow-sys=getPriority`.
 */
export function processLives(
  pid: number,
  priorityOf: PriorityOf = (of) => process.getBuiltinModule("node:os").getPriority(of),
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
