/**
 * The names in a folder of backups, and which of them are old.
 *
 * @module
 */
import { type Reservation, reserveName, tryReserve } from "../../../files/exclusive_file.ts";
import { lstatIfThere, removeQuietly } from "../../../platform/files.ts";
import { splitPath } from "../../../platform/paths.ts";
import { StoreError } from "../../errors.ts";
import { stampOf, stemOf } from "./companion_files.ts";

/** The mark of hidden files of backups. */
export const BACKUP_MARK = "tickerlock-backup";

/**
 * Reserves a name for a backup.
 *
 * @param target Path that the backup shall have, in a folder that exists.
 * @throws {StoreError} `backup_running` where another process is writing a backup of that name.
 */
export async function reserveBackup(path: string, target: string): Promise<Reservation> {
  const reserved = await reserveName(target, BACKUP_MARK);
  if (reserved !== undefined) return reserved;
  throw new StoreError("backup_running", `another backup is being written to ${target}`, path, {
    hint: "Let it finish, or name another file or a folder with --to.",
    retryable: true,
  });
}

/**
 * Reserves a name of the time for a backup, one that no other backup has or will have: where two begin
 * in the same millisecond, one takes the next.
 *
 * @param folder Where, without a slash at its end.
 */
export function reserveByTime(path: string, folder: string): Reservation {
  for (let ms = Date.now();; ms++) {
    const reserved = tryReserve(`${folder}/${stemOf(path)}-${stampOf(ms)}.db`, BACKUP_MARK);
    // A backup is renamed while its name is reserved: so no other can take this one from now on.
    if (reserved !== undefined && lstatIfThere(reserved.target) === undefined) return reserved;
    reserved?.[Symbol.dispose]();
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
