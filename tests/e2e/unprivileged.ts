/**
 * Running the program without root's right to pass by file permissions.
 *
 * @module
 */
import { fail } from "../assert.ts";
import { installed, leaveOut, succeeds } from "../installed.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

/** Still uid 0, which can read the project and Deno's cache, but bound by the modes of files. */
const WITHOUT_CAPABILITIES = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];

async function find(): Promise<readonly string[] | undefined> {
  if (Deno.uid() !== 0) return [];
  const folder = await makeTempFolder("tickerlock_e2e_");
  try {
    await Deno.chmod(folder, 0o555);
    const works = await installed("setpriv") &&
      await succeeds([...WITHOUT_CAPABILITIES, "true"]) &&
      !await succeeds([...WITHOUT_CAPABILITIES, "touch", `${folder}/x`]);
    return works ? WITHOUT_CAPABILITIES : undefined;
  } finally {
    await removeFolder(folder);
  }
}

let known: Promise<readonly string[] | undefined> | undefined;

/**
 * Words to put before a command so that file permissions bind it: none for a user who is not root.
 *
 * @returns Undefined where root cannot give up its rights here; the caller says so and makes do with
 *   paths that nobody can use. Under `CI` a missing `setpriv` fails.
 */
export function unprivileged(): Promise<readonly string[] | undefined> {
  return known ??= find();
}

/** The same; where root cannot give up its rights, the test is left out, and under `CI` it fails. */
export async function bound(): Promise<readonly string[] | undefined> {
  const prefix = await unprivileged();
  if (prefix !== undefined) return prefix;
  const why = "root cannot give up its rights here";
  if (Deno.env.get("CI")) fail(why);
  leaveOut(why);
  return undefined;
}
