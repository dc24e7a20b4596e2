/**
 * Programs that tests use and that are not Deno. Where `CI` is set they have to be there: a test that
 * quietly leaves itself out proves nothing.
 *
 * @module
 */
import { fail } from "./assert.ts";
import { mustHaveProgram, SYSTEM, type System } from "./system.ts";

/** Says loudly that something is not tested. */
export function leaveOut(why: string): void {
  // deno-lint-ignore no-console
  console.log(`left out: ${why}`);
}

/**
 * Whether a command succeeds; one that is not there does not.
 *
 * @param command A program and its arguments.
 */
export async function succeeds(command: readonly string[]): Promise<boolean> {
  const [first = "", ...args] = command;
  try {
    const options = { args, stdin: "null", stdout: "null", stderr: "null" } as const;
    return (await new Deno.Command(first, options).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Whether a program is installed. Where it is not, that is said, and under `CI` it fails.
 *
 * @param name What to call it.
 * @param probe A command that succeeds where it is installed. Default its name with `--version`.
 * @param ci What `CI` says.
 * @param system Default this one. Elsewhere than on Linux, a program may be missing that is Linux's own.
 */
export async function installed(
  name: string,
  probe: readonly string[] = [name, "--version"],
  ci: string | undefined = Deno.env.get("CI"),
  system: System = SYSTEM,
): Promise<boolean> {
  if (await succeeds(probe)) return true;
  if (ci && mustHaveProgram(name, system)) {
    fail(`${name} is not installed: these tests have to run`);
  }
  leaveOut(`${name} is not installed here`);
  return false;
}

/**
 * Whether a file system of our own can be mounted, for us alone. Containers often forbid it to
 * everybody, which no package changes: that is said and is no failure, a missing `unshare` is one.
 *
 * @param unshare The words that make a mount namespace.
 */
export async function canMount(unshare: readonly string[]): Promise<boolean> {
  if (!await installed("unshare")) return false;
  if (await succeeds([...unshare, "sh", "-c", "mount -t tmpfs tmpfs /mnt"])) return true;
  leaveOut("file systems cannot be mounted here");
  return false;
}
