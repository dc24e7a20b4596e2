/** The name of this machine, and what it knows of its user. @module */

/** Host name, or an empty text where the program may not ask for it (`--allow-sys=hostname`). */
export function hostName(): string {
  try {
    return Deno.hostname();
  } catch {
    return "";
  }
}

/**
 * The home folder by the list of users, not by `HOME`; null without an entry (containers) or the right to
 * ask.
 */
export function homeFolder(): string | null {
  try {
    return process.getBuiltinModule("node:os").userInfo().homedir || null;
  } catch {
    return null;
  }
}
