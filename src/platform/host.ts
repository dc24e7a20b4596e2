/**
 * The name of this machine.
 *
 * @module
 */

/** Host name, or an empty text where the program may not ask for it (`--allow-sys=hostname`). */
export function hostName(): string {
  try {
    return Deno.hostname();
  } catch {
    return "";
  }
}
