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
 * The home folder of this user by the list of users; `HOME` is not read.
 *
 * @returns Null for a user without an entry in it, as containers have, and where the program may not
 *   ask (`--allow-sys=userInfo`).
 */
export function homeFolder(): string | null {
  try {
    // Not imported: hardly any command asks.
    return process.getBuiltinModule("node:os").userInfo().homedir || null;
  } catch {
    return null;
  }
}
