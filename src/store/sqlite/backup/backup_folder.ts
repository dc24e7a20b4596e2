/**
 * The names in a folder of backups, and which of them are old.
 *
 * @module
 */
import { type Claim, claimSoon, tryClaim } from "../../../files/exclusive_file.ts";
import { lstatIfThere, removeQuietly } from "../../../platform/files.ts";
import { splitPath } from "../../../platform/paths.ts";
import { StoreError } from "../../errors.ts";
import { stampOf, stemOf } from "./companion_files.ts";

/** The mark of hidden files of backups. */
export const BACKUP_MARK = "tickerlock-backup";

/**
 * Claims a name for a backup.
 *
 * @param target Path that the backup shall have, in a folder that exists.
 * @throws {StoreError} `backup_running` where another process is writing a backup of that name.
 */
export async function claimName(path: string, target: string): Promise<Claim> {
  const claim = await claimSoon(target, BACKUP_MARK);
  if (claim !== undefined) return claim;
  throw new StoreError("backup_running", `another backup is being written to ${target}`, path, {
    hint: "Let it finish, or name another file or a folder with --to.",
    retryable: true,
  });
}

/**
 * Claims a name of the time for a backup, one that no other backup has or will have: where two begin
 * in the same millisecond, one takes the next.
 *
 * @param folder Where, without a slash at its end.
 */
export function claimTime(path: string, folder: string): Claim {
  for (let ms = Date.now();; ms++) {
    const claim = tryClaim(`${folder}/${stemOf(path)}-${stampOf(ms)}.db`, BACKUP_MARK);
    // A backup gets its name while its claim is held, so no other can take this one from now on.
    if (claim !== undefined && lstatIfThere(claim.target) === undefined) return claim;
    claim?.[Symbol.dispose]();
  }
}

/**
 * Removes the oldest backups of a database, with their checksums. Only what carries its name counts:
 * a copy that is still being written has none yet.
 *
 * @param made The backup just made, which stays in any case: others may have made newer ones meanwhile.
 * @returns Those that were removed here, the newest first.
 */
export function removeOld(path: string, made: string, keep: number): string[] {
  const { folder } = splitPath(made);
  const stem = stemOf(path).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const ours = new RegExp(`^${stem}-\\d{8}T\\d{9}Z\\.db$`);
  const names: string[] = [];
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (isFile && ours.test(name)) names.push(name);
  }
  const old = names.sort().reverse().slice(keep).map((name) => `${folder}/${name}`);
  return old.filter((each) => {
    if (each === made) return false;
    try {
      Deno.removeSync(each);
    } catch (error) {
      // Another backup was faster.
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
    removeQuietly(`${each}.sha256`);
    return true;
  });
}
